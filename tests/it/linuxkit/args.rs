//! Build arguments.

use castoff::recipe::linuxkit::LinuxkitRecipe;

use super::{FOO, Workshop, foo, read};

/// The build arguments of a package, one a line.
pub(super) async fn args(recipe: &LinuxkitRecipe) -> Result<Vec<String>, String> {
    let blueprint = read(recipe).await.blueprint().await.map_err(|failure| failure.to_string())?;
    Ok(blueprint.args.into_iter().map(|(key, value)| format!("{key}={value}")).collect())
}

/// A repository with `foo`, and with `bar`, whose arguments these are.
pub(super) fn bar(lines: &str) -> Workshop {
    let shop = foo();
    shop.write("repo/bar/build.yml", &format!("image: bar\nbuildArgs: {lines}\n"));
    shop.write("repo/bar/Dockerfile", "FROM scratch\n");
    shop.commit("repo");
    shop
}

#[tokio::test]
async fn arguments_come_in_order_and_a_file_overrides_the_metadata() {
    let shop = bar("[IMAGE=one, 'A=x=y', 'EMPTY=']");
    let file = shop.write("args", "# none\n\n IMAGE = two \nNEW=1\n");
    let recipe = shop.recipe("repo/bar");
    assert_eq!(args(&recipe).await.unwrap(), ["IMAGE=one", "A=x=y", "EMPTY="]);
    let recipe = LinuxkitRecipe { build_arg_files: vec![file], ..recipe };
    assert_eq!(args(&recipe).await.unwrap(), ["IMAGE=two", "A=x=y", "EMPTY=", "NEW=1"]);
}

#[tokio::test]
async fn a_package_is_named_by_its_path_relative_to_where_the_line_stands() {
    let shop = bar("['FOO=@lkt:pkg:../foo']");
    let tag = format!("linuxkit/foo:{FOO}");
    assert_eq!(args(&shop.recipe("repo/bar")).await.unwrap(), [format!("FOO={tag}")]);
    let whole = shop.path("repo/foo").display().to_string();
    let file = shop.write("repo/args", &format!("HERE=@lkt:pkg:foo\nWHOLE=@lkt:pkg:{whole}\n"));
    // What is overridden for one package is not for the others.
    let recipe = LinuxkitRecipe {
        build_arg_files: vec![file],
        org: Some("other".into()),
        hash: Some("mine".into()),
        ..shop.recipe("repo/bar")
    };
    let expected = [format!("FOO={tag}"), format!("HERE={tag}"), format!("WHOLE={tag}")];
    assert_eq!(args(&recipe).await.unwrap(), expected);
}

#[tokio::test]
async fn a_pattern_makes_an_argument_for_each_package_that_it_matches() {
    let shop = bar("['HASH_%=@lkt:pkgs:../hashes-in-*/*']");
    for name in ["one", "two-x", ".hidden"] {
        shop.write(
            &format!("repo/hashes-in-args/{name}/build.yml"),
            &format!("image: hashes-in-build-args-{name}\n"),
        );
    }
    shop.write("repo/hashes-in-args/file", "no package");
    shop.commit("repo");
    let found = args(&shop.recipe("repo/bar")).await.unwrap();
    let keys: Vec<_> = found.iter().map(|line| line.split('=').next().unwrap()).collect();
    assert_eq!(
        keys,
        ["HASH_LINUXKIT_HASHES_IN_BUILD_ARGS_ONE", "HASH_LINUXKIT_HASHES_IN_BUILD_ARGS_TWO_X"]
    );
    let one = shop.git("repo", &["rev-parse", "HEAD:hashes-in-args/one"]);
    assert!(found[0].ends_with(&format!("=linuxkit/hashes-in-build-args-one:{one}")), "{found:?}");
}

#[tokio::test]
async fn arguments_that_cannot_be_understood_are_refused() {
    for (line, expected) in [
        ("NAME", "invalid build-arg, must be in format 'arg=value': NAME"),
        ("A=@lkt:nonsense", "unknown linuxkit build arg value \"@lkt:nonsense\""),
        ("A=@lkt:pkgs:../*", "invalid build arg key \"A\", must contain a '%'"),
        ("A_%=@lkt:pkgs:../nowhere/*", "no packages found matching path"),
        ("A=@lkt:pkg:../nowhere", "A=@lkt:pkg:../nowhere"),
    ] {
        let shop = bar(&format!("['{line}']"));
        let told = args(&shop.recipe("repo/bar")).await.unwrap_err();
        assert!(told.contains(expected), "{told}");
        let file = shop.write("args", &format!("OK=1\n{line}\n"));
        let recipe = LinuxkitRecipe { build_arg_files: vec![file], ..shop.recipe("repo/foo") };
        let told = args(&recipe).await.unwrap_err();
        assert!(told.contains("args:2: "), "{told}");
    }
}

#[tokio::test]
async fn since_2026_a_dockerfile_is_told_of_its_package_unless_the_user_tells_it() {
    let shop = bar("[REVISION=mine]");
    let found = args(&shop.recipe_2026("repo/bar")).await.unwrap();
    let head = shop.git("repo", &["rev-parse", "HEAD"]);
    let hash = shop.git("repo", &["rev-parse", "HEAD:bar"]);
    let expected = [
        "REVISION=mine".to_owned(),
        "SOURCE=https://github.com/linuxkit/linuxkit".to_owned(),
        format!("GOPKGVERSION=v0.0.0-20201112124036-{}", &head[..12]),
        format!("PKG_HASH={hash}"),
        "PKG_IMAGE=linuxkit/bar".to_owned(),
    ];
    assert_eq!(found, expected);
    assert_eq!(args(&shop.recipe("repo/bar")).await.unwrap(), ["REVISION=mine"]);
}

#[tokio::test]
async fn a_version_of_go_comes_after_the_nearest_one_in_git() {
    let shop = bar("[]");
    let head = shop.git("repo", &["rev-parse", "HEAD"]);
    let found = async |shop: &Workshop| {
        let args = args(&shop.recipe_2026("repo/bar")).await.unwrap();
        args.into_iter().find_map(|arg| arg.strip_prefix("GOPKGVERSION=").map(str::to_owned))
    };
    shop.git("repo", &["tag", "v1.2.3", "HEAD~1"]);
    let after = format!("v1.2.4-0.20201112124036-{}", &head[..12]);
    assert_eq!(found(&shop).await, Some(after));
    shop.git("repo", &["tag", "-d", "v1.2.3"]);
    shop.git("repo", &["tag", "v1.2.3-rc.1", "HEAD~1"]);
    let after = format!("v1.2.3-rc.1.0.20201112124036-{}", &head[..12]);
    assert_eq!(found(&shop).await, Some(after));
    shop.git("repo", &["tag", "v1.2.3"]);
    assert_eq!(found(&shop).await, Some("v1.2.3".to_owned()));
}
