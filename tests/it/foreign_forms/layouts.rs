//! Layouts whose blobs are links, or whose index has entries that cannot be read.

use std::{
    fs,
    os::unix::fs::symlink,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

use super::REF_NAME;
use crate::support::project::{Ended, Project};

/// A project with the layouts `A` and `B`, whose blobs are `shared`.
fn sharing(link: &str) -> Project {
    let project = super::project();
    for (layout, tag) in [("A", "1"), ("B", "1")] {
        let folder = project.path(layout).join(link).parent().unwrap().to_owned();
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(project.path("shared/sha256")).unwrap();
        project.write(&format!("{layout}/oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
        let target = if link == "blobs" { "shared" } else { "shared/sha256" };
        symlink(project.path(target), project.path(layout).join(link)).unwrap();
        project
            .run(&["push", "-t", &format!("app:{tag}"), "mine", &format!("oci:{layout}")])
            .expect(0);
    }
    project
}

fn blobs(project: &Project, below: &str) -> usize {
    fs::read_dir(project.path(below)).unwrap().count()
}

/// Runs the program, which must end by itself.
fn ends(project: &Project, arguments: &[&str]) -> Ended {
    let mut command = project.command(arguments);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("{arguments:?} does not end");
        }
        std::thread::yield_now();
    }
    child.wait_with_output().unwrap().into()
}

fn pipe(project: &Project, below: &str) {
    mknodat(CWD, project.path(below), FileType::Fifo, Mode::RWXU, 0).unwrap();
}

/// Changes the index of a layout.
fn edit(project: &Project, layout: &str, change: impl FnOnce(&mut Value)) {
    let path = project.path(layout).join("index.json");
    let mut index: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut index);
    fs::write(path, index.to_string()).unwrap();
}

#[test]
fn a_layout_whose_blobs_are_a_link_is_not_swept() {
    for link in ["blobs", "blobs/sha256"] {
        let project = sharing(link);
        let before = blobs(&project, "shared/sha256");
        project.run(&["rm", "oci:A:app:1"]).expect(0);
        project.run(&["push", "-t", "app:2", "mine", "oci:A"]).expect(0);
        for dry in [&["--dry-run"][..], &[]] {
            let arguments = ["gc", "oci:A", "-t", "app", "--keep", "0", "--grace", "0s"];
            let told = project.run(&[&arguments[..], dry].concat());
            assert_eq!(told.status, Some(4), "{told:?}");
            told.says(&[&format!("A/{link} is a symbolic link"), "hint", "castoff copy"]);
        }
        assert_eq!(blobs(&project, "shared/sha256"), before);
        assert!(project.tag("A", "app:2").is_some());
        project.run(&["inspect", "oci:B:app:1"]).expect(0);
    }
}

#[test]
fn single_blobs_that_are_links_are_found_by_their_digests_and_stay() {
    let project = super::project();
    project.run(&["push", "-t", "app:1", "mine", "oci:A"]).expect(0);
    fs::create_dir_all(project.path("B/blobs/sha256")).unwrap();
    for file in ["index.json", "oci-layout"] {
        fs::copy(project.path("A").join(file), project.path("B").join(file)).unwrap();
    }
    for blob in fs::read_dir(project.path("A/blobs/sha256")).unwrap() {
        let blob = blob.unwrap();
        let to = project.path("B/blobs/sha256").join(blob.file_name());
        symlink(blob.path(), to).unwrap();
    }
    let digest = project.tag("B", "app:1").unwrap();
    project.run(&["inspect", &format!("oci:B:app@{digest}")]).expect(0);
    project.run(&["rm", "oci:B:app:1"]).expect(0);
    project.run(&["push", "-t", "other:1", "mine", "oci:B"]).expect(0);
    project.run(&["inspect", "oci:A:app:1"]).expect(0);
}

#[test]
fn one_entry_that_cannot_be_read_hinders_no_other() {
    let odd = |change: fn(&mut Value)| {
        let mut entry = json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": format!("sha256:{}", "0".repeat(64)), "size": 3,
            "annotations": { REF_NAME: "app:odd" },
        });
        change(&mut entry);
        entry
    };
    for entry in [
        odd(|entry| entry["digest"] = json!(format!("blake3:{}", "ab".repeat(32)))),
        odd(|entry| entry["size"] = json!("3")),
        odd(|entry| entry["size"] = json!(-1)),
        odd(|entry| {
            entry.as_object_mut().unwrap().remove("size");
        }),
        json!("no entry"),
        Value::Null,
    ] {
        let project = super::project();
        project.run(&["push", "-t", "app:1", "mine", "oci:A"]).expect(0);
        edit(&project, "A", |index| {
            index["manifests"].as_array_mut().unwrap().insert(0, entry.clone());
        });
        let told = project.run(&["ls", "oci:A", "-t", "app"]).expect(0);
        assert!(told.stdout.contains("linux/amd64"), "{told:?}");
        project.run(&["inspect", "oci:A:app:1"]).expect(0);
        project.run(&["push", "-t", "app:2", "mine", "oci:A"]).expect(0);
        let told = project.run(&["gc", "oci:A", "-t", "app", "--keep", "1", "--grace", "0s"]);
        assert_eq!(told.status, Some(4), "{told:?}");
        told.says(&["entry 1 of index.json"]);
        assert!(project.tag("A", "app:1").is_some());
        // What cannot be read stays as it was.
        edit(&project, "A", |index| assert_eq!(index["manifests"][0], entry));
    }
}

#[test]
fn a_layout_with_null_for_its_entries_is_an_empty_one() {
    let project = super::project();
    project.write("A/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    project.write("A/index.json", r#"{"schemaVersion":2,"manifests":null}"#);
    project.run(&["ls", "oci:A"]).expect(0);
    project.run(&["push", "-t", "app:1", "mine", "oci:A"]).expect(0);
    assert!(project.tag("A", "app:1").is_some());
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_at_once() {
    let project = super::project();
    project.run(&["push", "-t", "app:1", "mine", "oci:A"]).expect(0);
    let digest = project.tag("A", "app:1").unwrap();
    let blob = format!("A/blobs/sha256/{}", &digest["sha256:".len()..]);
    fs::remove_file(project.path(&blob)).unwrap();
    fs::remove_dir_all(project.home("cache")).unwrap();
    pipe(&project, &blob);
    pipe(&project, "app.tar");
    fs::create_dir_all(project.path("C")).unwrap();
    pipe(&project, "C/index.json");
    fs::create_dir_all(project.path("D")).unwrap();
    pipe(&project, "D/linux.amd64.tar");
    for arguments in [
        &["copy", "oci:A:app:1", "oci:B:app:1"][..],
        &["push", "-t", "app:1", "A", "oci:B"],
        &["push", "-t", "app:1", "app.tar", "oci:B"],
        &["push", "-t", "app:1", "D", "oci:B"],
        &["ls", "oci:C"],
        &["ls", "oci:app.tar"],
        &["push", "-t", "app:1", "mine", "oci:app.tar"],
    ] {
        let told = ends(&project, arguments);
        assert_ne!(told.status, Some(0), "{arguments:?}: {told:?}");
        let is_named = ["app.tar", "linux.amd64.tar", "index.json", &digest["sha256:".len()..]];
        assert!(is_named.iter().any(|name| told.stderr.contains(name)), "{told:?}");
    }
}

#[test]
fn a_copy_from_a_corrupt_layout_names_its_side_and_file() {
    let project = super::project();
    project.run(&["push", "-t", "app:1", "mine", "oci:A"]).expect(0);
    let largest = fs::read_dir(project.path("A/blobs/sha256")).unwrap().map(|blob| blob.unwrap());
    for blob in largest {
        let (name, path) = (blob.file_name().to_string_lossy().into_owned(), blob.path());
        let whole = fs::read(&path).unwrap();
        let mut wrong = whole.clone();
        wrong[0] ^= 1;
        fs::write(&path, wrong).unwrap();
        fs::remove_dir_all(project.home("cache")).unwrap();
        // What is there already is not read again.
        let told = project.run(&["copy", "oci:A:app:1", &format!("oci:to-{name}:app:1")]);
        assert_ne!(told.status, Some(0), "{told:?}");
        assert!(told.stderr.contains(&format!("A/blobs/sha256/{name}")), "{name}: {told:?}");
        assert!(!told.stderr.contains("server"), "{told:?}");
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn one_archive_is_not_published_for_another_platform_than_its_name_says() {
    let project = super::project();
    project.run(&["push", "-t", "app:1", "mine", "oci:all.tar"]).expect(0);
    for name in ["linux.arm64.tar", "app-arm64.tar", "linux.amd64.tar"] {
        fs::copy(project.path("all.tar"), project.path(name)).unwrap();
    }
    let told = project.run(&["push", "-t", "app:1", "linux.arm64.tar", "oci:B"]).expect(4);
    told.says(&["linux.arm64.tar", "named linux/arm64", "linux/amd64"]);
    assert!(!project.path("B").exists());
    let told = project.run(&["push", "-t", "app:1", "app-arm64.tar", "oci:B"]).expect(0);
    told.says(&["warning", "named arm64", "linux/amd64"]);
    project.run(&["push", "-t", "app:2", "linux.amd64.tar", "oci:B"]).expect(0);
}
