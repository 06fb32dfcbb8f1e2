//! `castoff pkg` as its users meet it.

use assert_cmd::Command;

use super::{FOO, Workshop, alone, foo};

pub(super) struct Told {
    pub(super) status: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// What `castoff ARGUMENTS` prints in a workshop.
pub(super) fn castoff(shop: &Workshop, arguments: &[&str], env: &[(&str, &str)]) -> Told {
    let mut command = Command::cargo_bin("castoff").unwrap();
    command.env_clear().current_dir(shop.path("")).args(arguments);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        command.env(name, shop.path("home"));
    }
    command.env("CASTOFF_KEYRING", "system").envs(env.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Told { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[track_caller]
pub(super) fn printed(shop: &Workshop, arguments: &[&str]) -> String {
    let told = castoff(shop, arguments, &[("USER", "joe")]);
    assert_eq!(told.status, Some(0), "{arguments:?}: {}", told.stderr);
    told.stdout
}

#[track_caller]
pub(super) fn refused(shop: &Workshop, status: i32, arguments: &[&str]) -> String {
    let told = castoff(shop, arguments, &[]);
    assert_eq!((told.status, told.stdout.as_str()), (Some(status), ""), "{arguments:?}");
    told.stderr
}

#[test]
fn show_tag_prints_a_line_for_each_package() {
    let shop = foo();
    let line = format!("linuxkit/foo:{FOO}\n");
    assert_eq!(printed(&shop, &["pkg", "show-tag", "repo/foo"]), line);
    assert_eq!(printed(&shop, &["package", "show-tag", "repo/foo", "repo/foo/"]), line.repeat(2));
    let whole = printed(&shop, &["pkg", "show-tag", "--canonical", "repo/foo"]);
    assert_eq!(whole, format!("docker.io/{line}"));
    let json = printed(&shop, &["--json", "pkg", "show-tag", "repo/foo"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["tag"], format!("linuxkit/foo:{FOO}"));
    assert_eq!(json[0]["dirty"], false);
}

#[test]
fn flags_have_one_dash_or_two_and_stand_before_or_after_the_path() {
    let shop = alone("image: img\n");
    for arguments in [
        ["-org=wombat", "-hash", "foo", "pkg"],
        ["--org=wombat", "--hash", "foo", "pkg"],
        ["pkg", "-org=wombat", "-hash", "foo"],
        ["-hash", "foo", "pkg", "--org=wombat"],
    ] {
        let line = [&["-q", "pkg", "show-tag"][..], &arguments].concat();
        assert_eq!(printed(&shop, &line), "wombat/img:foo\n", "{arguments:?}");
    }
    let help = printed(&shop, &["pkg", "show-tag", "-help"]);
    assert!(help.contains("-hash-commit v1.0"), "{help}");
}

#[test]
fn one_dash_is_three_short_flags_everywhere_else() {
    let shop = alone("image: img\n");
    // `-t ag x oci:out`
    let told = refused(&shop, 4, &["push", "-tag", "x", "oci:out"]);
    assert!(told.contains("/x does not exist"), "{told}");
    // A value that is called like the verb is none.
    let told = refused(&shop, 2, &["--config", "pkg", "-dev"]);
    assert!(told.contains("-d"), "{told}");
}

#[test]
fn a_development_build_is_the_users() {
    let shop = alone("image: img\n");
    assert_eq!(printed(&shop, &["pkg", "show-tag", "-dev", "pkg"]), "joe/img:dev\n");
    assert_eq!(printed(&shop, &["pkg", "show-tag", "-dev", "-org", "z", "pkg"]), "z/img:dev\n");
    let off = printed(&shop, &["pkg", "show-tag", "-dev=false", "pkg"]);
    assert_eq!(off, "linuxkit/img:latest\n");
    let told = refused(&shop, 2, &["pkg", "show-tag", "-dev", "pkg"]);
    assert!(told.contains("$USER"), "{told}");
}

#[test]
fn the_organisation_of_the_environment_counts_since_2026() {
    let shop = alone("image: img\n");
    let org = [("LINUXKIT_PKG_ORG", "wombat")];
    let tag = |arguments: &[&str]| castoff(&shop, arguments, &org).stdout;
    assert_eq!(tag(&["pkg", "show-tag", "pkg"]), "linuxkit/img:latest\n");
    let new = ["pkg", "show-tag", "--compat", "2026", "pkg"];
    assert_eq!(tag(&new), "wombat/img:latest\n");
    assert_eq!(tag(&[&new[..], &["--org", "z"]].concat()), "z/img:latest\n");
}

#[test]
fn a_mistaken_command_line_says_what_was_meant() {
    let shop = alone("image: img\n");
    let told = refused(&shop, 2, &["pkg", "show-tag"]);
    assert!(told.contains("A pkg directory is required"), "{told}");
    for (one, other) in [
        ("network", "nonetwork"),
        ("enable-cache", "disable-cache"),
        ("enable-content-trust", "disable-content-trust"),
    ] {
        let (one, other) = (format!("-{one}"), format!("-{other}"));
        let told = refused(&shop, 2, &["pkg", "show-tag", &one, &other, "pkg"]);
        assert!(told.contains(&format!("-{one} and -{other} cannot be used together")), "{told}");
    }
    let told = refused(&shop, 4, &["pkg", "show-tag", "nowhere"]);
    assert!(told.contains("nowhere"), "{told}");
    let told = refused(&shop, 2, &["pkg", "show-tag", "-network=perhaps", "pkg"]);
    assert!(told.contains("write true or false"), "{told}");
}

#[test]
fn a_password_on_the_command_line_is_refused_and_not_repeated() {
    let shop = alone("image: img\n");
    let line = ["pkg", "show-tag", "--registry-creds", "docker.io=bob:hunter2", "pkg"];
    let told = refused(&shop, 2, &line);
    assert!(told.contains("docker login") && !told.contains("hunter2"), "{told}");
}

#[test]
fn a_dry_run_prints_the_command_of_docker_that_builds_the_same() {
    let shop = alone(
        "image: img\nbuildArgs: ['A=x y']\narches: [amd64, arm64]\nconfig: {command: [sh]}\n",
    );
    let build = |more: &[&str]| {
        let line = ["-q", "pkg", "build", "--dry-run", "-hash", "foo", "pkg"];
        let folder = shop.path("pkg").canonicalize().unwrap().display().to_string();
        printed(&shop, &[&line[..], more].concat()).replace(&folder, "PKG")
    };
    let expected = |platforms: &str, network: &str| {
        format!(
            "docker buildx build --platform {platforms} -t linuxkit/img:foo -f PKG/Dockerfile \
             --build-arg 'A=x y' --label 'org.mobyproject.config={{\"command\":[\"sh\"]}}' \
             --label 'org.mobyproject.linuxkit.version=castoff {}' \
             --label org.mobyproject.linuxkit.revision=unknown {network} PKG\n",
            env!("CARGO_PKG_VERSION")
        )
    };
    let both = build(&["--platforms", "linux/amd64,linux/arm64"]);
    assert_eq!(both, expected("linux/amd64,linux/arm64", "--network=none"));
    let one = build(&["--skip-platforms", "linux/amd64", "-network", "-disable-cache"]);
    assert_eq!(one, expected("linux/arm64", "--no-cache --network=default"));
}

#[test]
fn a_package_for_other_platforms_is_left_out_and_that_is_no_error() {
    let shop = alone("image: img\narches: []\n");
    let told = castoff(&shop, &["pkg", "build", "pkg"], &[]);
    assert_eq!(told.status, Some(0), "{}", told.stderr);
    assert!(told.stderr.contains(" not supported by this package, skipping build."));
    let told = castoff(&shop, &["pkg", "build", "--compat", "2026", "pkg"], &[]);
    assert_eq!(told.status, Some(0), "{}", told.stderr);
    assert!(told.stderr.contains("Skipping linuxkit/img:latest with no architectures to build"));
}

#[test]
fn what_excludes_each_other_in_a_build_is_refused() {
    let shop = alone("image: img\n");
    for (flags, expected) in [
        (&["-force", "-nobuild"][..], "--force and --nobuild"),
        (&["-force", "-pull"], "--force and --pull"),
        (
            &["--platforms", "linux/amd64", "--skip-platforms", "linux/arm64"],
            "--platforms and --skip-platforms",
        ),
        (&["--platforms", "amd64"], "--platforms: invalid platform `amd64`"),
        (&["--skip-platforms", "linux/"], "--skip-platforms: invalid platform `linux/`"),
        (&["--builders", "linux/arm64"], "--builders: `linux/arm64`"),
        (&["-release", "no tag"], "is not a tag"),
    ] {
        let told = refused(&shop, 2, &[&["pkg", "build", "pkg"], flags].concat());
        assert!(told.contains(expected), "{told}");
    }
    let told = refused(&shop, 4, &["pkg", "build", "-release", "v1", "pkg"]);
    assert!(told.contains("Cannot release \"v1\" if not pushing"), "{told}");
}

#[test]
fn a_dirty_package_is_refused_before_anything_is_built() {
    let shop = foo();
    shop.write("repo/foo/Dockerfile", "FROM other\n");
    let told = refused(&shop, 4, &["pkg", "push", "repo/foo"]);
    assert!(told.contains("refusing to push dirty package"), "{told}");
    let told = refused(&shop, 4, &["pkg", "push", "-release", "v1", "repo/foo"]);
    assert!(told.contains("Cannot release a dirty package"), "{told}");
    let told = refused(&shop, 4, &["pkg", "build", "-hash-commit", "HEAD~0", "repo/foo"]);
    assert!(told.contains("Cannot build from commit hash != HEAD"), "{told}");
}

#[test]
fn a_commit_with_two_tags_can_be_built_and_must_be_told_which_to_release() {
    let shop = foo();
    shop.git("repo", &["tag", "v1"]);
    shop.git("repo", &["tag", "v2"]);
    let dry = ["pkg", "build", "--dry-run", "repo/foo"];
    assert!(printed(&shop, &dry).starts_with("docker buildx build "));
    let told = refused(&shop, 4, &["pkg", "push", "--dry-run", "repo/foo"]);
    assert!(told.contains("several tags in git: v1, v2"), "{told}");
    let chosen = ["pkg", "push", "--dry-run", "-release", "v2", "repo/foo"];
    assert!(printed(&shop, &chosen).starts_with("docker buildx build "));
}

#[test]
fn flags_about_what_castoff_does_not_have_are_told() {
    let shop = foo();
    let line = ["pkg", "build", "--dry-run", "--cache", "x", "--sbom-scanner=false", "repo/foo"];
    let told = castoff(&shop, &line, &[]);
    assert_eq!(told.status, Some(0), "{}", told.stderr);
    assert!(told.stderr.contains("--cache is ignored"), "{}", told.stderr);
    assert!(!told.stderr.contains("--sbom-scanner"), "{}", told.stderr);
}
