//! What git does not say of a package, and its hash does not tell: a checkout
//! that is not whole, and edits that git was told not to look at.

use super::{
    FOO, Workshop, foo,
    show_tag::{printed, refused},
};

/// A package that is not as its commit has it: it has no tag of the commit, and
/// is not published, neither alone nor by a configuration.
#[track_caller]
fn is_refused(shop: &Workshop, folder: &str, why: &str) {
    assert_eq!(shop.git(folder, &["status", "--short"]), "", "git says nothing");
    let package = format!("{folder}/foo");
    for compat in ["2020", "2026"] {
        let tag = printed(shop, &["pkg", "show-tag", "--compat", compat, &package]);
        assert!(tag.contains("-dirty"), "{tag}");
    }
    let told = refused(shop, 4, &["pkg", "push", &package]);
    assert!(told.contains("refusing to push dirty package") && told.contains(why), "{told}");
    let config = format!(
        "[[artifact]]\nname = 'foo'\nfrom = {{ linuxkit = '{package}' }}\n\
         [[sink]]\nname = 's'\nurl = 'oci:shelf'\n"
    );
    shop.write("castoff.toml", &config);
    let told = refused(shop, 4, &["--config", "castoff.toml", "--batch", "--force"]);
    assert!(told.contains(why) && !shop.path("shelf").exists(), "{told}");
}

#[test]
fn a_sparse_checkout_is_not_published_as_the_whole_tree() {
    let shop = foo();
    shop.write("repo/foo/data/important", "important\n");
    shop.commit("repo");
    shop.git("", &["clone", "-q", "--no-checkout", "repo", "sparse"]);
    shop.git("sparse", &["sparse-checkout", "set", "--no-cone", "/foo/*", "!/foo/data/"]);
    shop.git("sparse", &["checkout", "-q", "main"]);
    is_refused(&shop, "sparse", "foo/data/important is not checked out");
    // What is left out elsewhere is none of the package's.
    shop.git("sparse", &["sparse-checkout", "set", "--no-cone", "/foo/*"]);
    let whole = printed(&shop, &["pkg", "show-tag", "repo/foo"]);
    assert_eq!(printed(&shop, &["pkg", "show-tag", "sparse/foo"]), whole);
}

#[test]
fn an_edit_that_git_was_told_to_ignore_is_an_edit() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let shop = foo();
        shop.git("repo", &["update-index", flag, "foo/Dockerfile"]);
        let clean = format!("linuxkit/foo:{FOO}\n");
        assert_eq!(printed(&shop, &["pkg", "show-tag", "repo/foo"]), clean);
        shop.write("repo/foo/Dockerfile", "FROM scratch\nLABEL a=b\n");
        is_refused(&shop, "repo", "foo/Dockerfile differs from the commit");
    }
}

#[test]
fn a_submodule_that_is_not_there_or_was_edited_is_a_difference() {
    let shop = foo();
    shop.write("lib/lib.txt", "shared\n");
    shop.commit("lib");
    let allow = ["-c", "protocol.file.allow=always"];
    let lib = shop.path("lib").display().to_string();
    shop.git("repo", &[&allow[..], &["submodule", "--quiet", "add", &lib, "foo/lib"]].concat());
    shop.git("repo", &["config", "-f", ".gitmodules", "submodule.foo/lib.ignore", "all"]);
    shop.commit("repo");
    let clean = printed(&shop, &["pkg", "show-tag", "--compat", "2026", "repo/foo"]);
    assert!(!clean.contains("dirty"), "{clean}");
    shop.git("", &["clone", "-q", "repo", "bare"]);
    is_refused(&shop, "bare", "the submodule");
    let mut tags = vec![clean];
    for text in ["one\n", "two\n"] {
        shop.write("repo/foo/lib/lib.txt", text);
        tags.push(printed(&shop, &["pkg", "show-tag", "--compat", "2026", "repo/foo"]));
        assert!(tags.last().unwrap().contains("-dirty-"), "{tags:?}");
        refused(&shop, 4, &["pkg", "push", "repo/foo"]);
    }
    assert!(tags[0] != tags[1] && tags[1] != tags[2], "{tags:?}");
    shop.git("repo/foo/lib", &["checkout", "-q", "."]);
    shop.git("repo/foo/lib", &["update-index", "--assume-unchanged", "lib.txt"]);
    shop.write("repo/foo/lib/lib.txt", "hidden\n");
    is_refused(&shop, "repo", "lib.txt differs from the commit");
}
