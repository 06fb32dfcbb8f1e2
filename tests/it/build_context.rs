//! What a build may copy.

use std::{collections::BTreeSet, fs, os::unix::fs::symlink, path::Path};

use castoff::{
    build::ContextTree,
    recipe::{Blueprint, ContextFolder},
};
use proptest::prelude::*;
use tempfile::TempDir;

/// A folder with files of these names.
fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    folder
}

fn source(folder: &Path, to: &str, ignores: bool) -> ContextFolder {
    ContextFolder {
        folder: folder.to_path_buf(),
        to: to.to_owned(),
        ignores,
        ..ContextFolder::default()
    }
}

fn listed(context: Vec<ContextFolder>) -> Vec<String> {
    let tree = ContextTree::list(&Blueprint { context, ..Blueprint::default() }).unwrap();
    tree.names().filter(|name| !name.ends_with('/')).collect()
}

/// The files that are left of `names`, where `.dockerignore` says `rules`.
fn left(names: &[&str], rules: &str) -> Vec<String> {
    let folder = folder(names);
    fs::write(folder.path().join(".dockerignore"), rules).unwrap();
    let mut left = listed(vec![source(folder.path(), "", true)]);
    left.retain(|name| name != ".dockerignore");
    left
}

#[test]
fn dockerignore_leaves_out_what_docker_would() {
    let files = ["a.md", "b/a.md", "b/c/a.md", "b/c/d.rs", "target/x", "src/target/y"];
    for (rules, expected) in [
        ("", &files[..]),
        ("*.md", &["b/a.md", "b/c/a.md", "b/c/d.rs", "src/target/y", "target/x"]),
        ("**/*.md", &["b/c/d.rs", "src/target/y", "target/x"]),
        ("target", &["a.md", "b/a.md", "b/c/a.md", "b/c/d.rs", "src/target/y"]),
        ("/target/", &["a.md", "b/a.md", "b/c/a.md", "b/c/d.rs", "src/target/y"]),
        ("**/target", &["a.md", "b/a.md", "b/c/a.md", "b/c/d.rs"]),
        ("./b/../target", &["a.md", "b/a.md", "b/c/a.md", "b/c/d.rs", "src/target/y"]),
        ("*\n!b", &["b/a.md", "b/c/a.md", "b/c/d.rs"]),
        ("*\n!b/c/*.rs", &["b/c/d.rs"]),
        ("b\n!b/c\nb/c/a.md", &["a.md", "b/c/d.rs", "src/target/y", "target/x"]),
        ("# *.md\n  \n", &files[..]),
        (" *.md ", &["b/a.md", "b/c/a.md", "b/c/d.rs", "src/target/y", "target/x"]),
        ("b/?/a.md", &["a.md", "b/a.md", "b/c/d.rs", "src/target/y", "target/x"]),
        ("b/[a-c]/a.md", &["a.md", "b/a.md", "b/c/d.rs", "src/target/y", "target/x"]),
        ("b/[^c]/a.md", &files[..]),
        ("{a,b}.md", &files[..]),
    ] {
        let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
        expected.sort();
        let mut found = left(&files, rules);
        found.sort();
        assert_eq!(found, expected, "{rules:?}");
    }
}

#[test]
fn a_dockerignore_that_cannot_be_understood_is_told_with_its_line() {
    let folder = folder(&["a"]);
    fs::write(folder.path().join(".dockerignore"), "a\n[\n").unwrap();
    let context = vec![source(folder.path(), "", true)];
    let failure = ContextTree::list(&Blueprint { context, ..Blueprint::default() }).unwrap_err();
    assert!(failure.to_string().contains("line 2"), "{failure}");
    assert!(failure.to_string().contains(".dockerignore"), "{failure}");
}

#[test]
fn a_later_folder_covers_an_earlier_one_and_lies_where_it_is_put() {
    let (one, two) = (folder(&["a", "b/c", "d/e"]), folder(&["a", "d"]));
    symlink("/nowhere", two.path().join("b")).unwrap();
    let both = vec![source(one.path(), "", false), source(two.path(), "", false)];
    assert_eq!(listed(both), ["a", "b", "d"]);
    let below = vec![source(one.path(), "", false), source(two.path(), "x/y", false)];
    assert_eq!(listed(below), ["a", "b/c", "d/e", "x/y/a", "x/y/b", "x/y/d"]);
}

#[test]
fn links_are_not_followed() {
    let folder = folder(&["a"]);
    symlink("..", folder.path().join("up")).unwrap();
    symlink("/etc", folder.path().join("out")).unwrap();
    assert_eq!(listed(vec![source(folder.path(), "", true)]), ["a", "out", "up"]);
}

proptest! {
    #[test]
    fn what_is_listed_is_in_the_order_of_its_parts(
        names in prop::collection::btree_set("[a-c.-]{1,2}(/[a-c.-]{1,2}){0,2}", 1..12)
    ) {
        let names: BTreeSet<String> = names
            .into_iter()
            .filter(|name| !name.split('/').any(|part| matches!(part, "." | "..")))
            .collect();
        let is_folder = |name: &String| names.iter().any(|other| other.starts_with(&format!("{name}/")));
        let files: Vec<&str> = names.iter().filter(|name| !is_folder(name)).map(String::as_str).collect();
        let folder = folder(&files);
        let listed = listed(vec![source(folder.path(), "", false)]);
        let parts = |name: &String| name.split('/').map(str::to_owned).collect::<Vec<_>>();
        prop_assert!(listed.is_sorted_by_key(parts), "{listed:?}");
        prop_assert_eq!(listed.len(), files.len());
    }
}
