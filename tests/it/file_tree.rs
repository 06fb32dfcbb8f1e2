//! Trees of files.

use std::fs;

use castoff::{
    model::{FailureKind, Origin, media_type},
    ports::{Desk, Maker},
    source::FileTree,
};

use crate::support::{Lab, make, make_nth};

fn maker(lab: &Lab) -> FileTree {
    FileTree::new(lab.store.clone())
}

fn from(lab: &Lab) -> Origin {
    Origin::Files(lab.path("in"))
}

async fn platforms(lab: &Lab) -> Vec<String> {
    let surveyed = maker(lab).survey(&from(lab)).await.expect("a survey");
    surveyed.platforms.iter().map(|found| found.platform.to_string()).collect()
}

#[tokio::test]
async fn files_become_layers_in_lexical_order() {
    let lab = Lab::new();
    lab.write("in/linux/amd64/b/c", "2");
    lab.write("in/linux/amd64/b.txt", "1");
    lab.write("in/linux/amd64/a", "0");
    let made = make(&maker(&lab), &from(&lab)).await.expect("files");
    assert_eq!(made.root.artifact_type.as_deref(), Some(media_type::FILES));
    assert!(lab.store.complete(&made.root).expect("a store"));
    let manifest = lab.manifest(&made.root);
    let titles: Vec<_> = manifest.layers.iter().filter_map(|layer| layer.title()).collect();
    assert_eq!(titles, ["a", "b.txt", "b/c"]);
    assert!(make(&maker(&lab), &from(&lab)).await.expect("files").reused);
}

#[tokio::test]
async fn a_renamed_file_is_another_artifact() {
    let lab = Lab::new();
    let old = lab.write("in/linux/amd64/old", "0");
    let first = make(&maker(&lab), &from(&lab)).await.expect("files");
    fs::rename(old, lab.path("in/linux/amd64/new")).expect("renamed");
    let second = make(&maker(&lab), &from(&lab)).await.expect("files");
    assert_ne!(first.root, second.root);
}

#[tokio::test]
async fn variants_are_folders_under_arm() {
    let lab = Lab::new();
    for path in ["arm/v7/x", "arm/v6/x", "arm/x", "arm64/v9/x", "amd64/v7/x"] {
        lab.write(&format!("in/linux/{path}"), path);
    }
    lab.write("in/darwin/arm64/v8", "a file");
    let expected =
        ["darwin/arm64", "linux/amd64", "linux/arm", "linux/arm/v6", "linux/arm/v7", "linux/arm64"];
    assert_eq!(platforms(&lab).await, expected);
    let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
    let made = make_nth(&maker(&lab), &from(&lab), &surveyed, 5).await.expect("files");
    assert_eq!(lab.manifest(&made.root).layers[0].title(), Some("v9/x"));
}

#[tokio::test]
async fn links_are_followed() {
    let lab = Lab::new();
    lab.write("nix/store/bin/hello", "hello");
    lab.link(lab.path("nix/store"), "in/linux/amd64");
    lab.link("../../../nix/store/bin/hello", "in/darwin/arm64/hello");
    lab.link("linux", "in/freebsd");
    assert_eq!(platforms(&lab).await, ["darwin/arm64", "freebsd/amd64", "linux/amd64"]);
}

#[tokio::test]
async fn hidden_names_above_the_files_are_left_alone() {
    let lab = Lab::new();
    lab.write("in/.git/config", "");
    lab.write("in/linux/.DS_Store", "");
    lab.write("in/linux/amd64/.hidden", "a file");
    let made = make(&maker(&lab), &from(&lab)).await.expect("files");
    assert_eq!(lab.manifest(&made.root).layers[0].title(), Some(".hidden"));
}

#[tokio::test]
async fn bad_trees_are_refused() {
    let mut shown = Vec::new();
    for files in [
        &["in/albatros"][..],
        &["in/linux/albatros"],
        &["in/linux/amd64"],
        &["in/linx/amd64/x"],
        &["in/linux/amd46/x"],
        &["in/amd64/x"],
        &["in/linux/amd64/a\nb"],
        &["in/linux/amd64/a\\b"],
        &["in/linux/amd64/x", "in/linux/x86_64/x"],
        &["in/linux/arm64/x", "in/linux/arm64/v8/x"],
    ] {
        let lab = Lab::new();
        for file in files {
            lab.write(file, "");
        }
        let failure = maker(&lab).survey(&from(&lab)).await.expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Invalid);
        shown.push(lab.shown(&failure));
    }
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in/albatros: it is above the folders of architectures
    hint: move it to a platform, such as linux/amd64/albatros

    …/in/linux/albatros: it is above the folders of architectures
    hint: move it to a platform, such as linux/amd64/albatros

    …/in/linux/amd64: it is above the folders of architectures
    hint: move it to a platform, such as linux/amd64/PROGRAM

    …/in/linx: `linx/amd64` is not a platform: `linx` is not an operating system known to Go; did you mean `linux`?
    hint: put files at OS/ARCH/, such as linux/amd64/hello

    …/in/linux/amd46: `linux/amd46` is not a platform: `amd46` is not an architecture known to Go; did you mean `amd64`?
    hint: rename the folder, or move its files to a platform's folder

    …/in/amd64: it is an architecture, but should be an operating system
    hint: move it to an operating system, such as linux/amd64

    …/in/linux/amd64/a\u{a}b: its name has control characters
    hint: rename the file

    …/in/linux/amd64/a\b: its name has a backslash
    hint: rename the file

    …/in/linux/x86_64: there are two folders for linux/amd64
    hint: remove one of them

    …/in/linux/arm64: there are two folders for linux/arm64/v8
    hint: remove one of them
    ");
}

#[tokio::test]
async fn bad_links_and_empty_trees_are_refused() {
    let mut shown = Vec::new();
    for (target, link) in [
        ("gone", "in/linux/amd64/hello"),
        ("hello", "in/linux/amd64/hello"),
        ("..", "in/linux/amd64/up"),
        (".", "in/linux/amd64/sub/dot"),
    ] {
        let lab = Lab::new();
        lab.link(target, link);
        let failure = maker(&lab).survey(&from(&lab)).await.expect_err("refused");
        shown.push(lab.shown(&failure));
    }
    for folder in ["in", "in/linux", "in/linux/amd64", "in/linux/arm/v7"] {
        let lab = Lab::new();
        fs::create_dir_all(lab.path(folder)).expect("folders");
        let failure = maker(&lab).survey(&from(&lab)).await.expect_err("refused");
        shown.push(lab.shown(&failure));
    }
    insta::assert_snapshot!(shown.join("\n\n"), @r"
    …/in/linux/amd64/hello: it is a link to `gone`, which does not exist
    hint: build the target again, or remove the link

    …/in/linux/amd64/hello: it is a link to `hello`, which leads nowhere
    hint: build the target again, or remove the link

    …/in/linux/amd64/up/amd64: it leads to a folder that contains it
    hint: remove the link

    …/in/linux/amd64/sub/dot: it leads to a folder that contains it
    hint: remove the link

    …/in: it contains no file
    hint: put files at OS/ARCH/, such as linux/amd64/hello

    …/in: it contains no file
    hint: put files at OS/ARCH/, such as linux/amd64/hello

    …/in/linux/amd64: it contains no file
    hint: put the platform's files there, or remove the folder

    …/in/linux/arm/v7: it contains no file
    hint: put the platform's files there, or remove the folder
    ");
}

#[tokio::test]
async fn files_that_changed_since_the_survey_are_refused() {
    let lab = Lab::new();
    lab.write("in/linux/amd64/x", "1");
    let surveyed = maker(&lab).survey(&from(&lab)).await.expect("a survey");
    let desk = Desk::default();
    lab.write("in/linux/amd64/y", "2");
    let made = maker(&lab).make(&from(&lab), &surveyed.platforms[0], false, &desk).await;
    assert_eq!(made.expect_err("changed").kind, FailureKind::Changed);
    fs::remove_file(lab.path("in/linux/amd64/y")).expect("removed");
    lab.write("in/linux/amd64/x", "12");
    let made = maker(&lab).make(&from(&lab), &surveyed.platforms[0], false, &desk).await;
    assert_eq!(made.expect_err("changed").kind, FailureKind::Changed);
}
