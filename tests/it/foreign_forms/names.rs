//! Names that are also those of what lies beside them.

use std::fs;

use crate::{bucket::fake::Bucket, support::project::Project};

#[test]
fn repositories_that_are_called_as_parts_of_others_are_listed() {
    let bucket = Bucket::start(true, |_, _| None);
    let names = [
        "acme",
        "acme/app",
        "acme/blobs",
        "acme/manifests",
        "acme/manifests/x",
        "acme/referrers",
        "other/tags",
    ];
    for name in names {
        let mut state = bucket.state();
        state.put(
            &format!("v2/{name}/tags/list"),
            format!("{{\"name\":\"{name}\",\"tags\":[\"1\"]}}"),
        );
        state.put(&format!("v2/{name}/manifests/1"), "{}");
        state.put(&format!("v2/{name}/blobs/sha256:00"), "x");
    }
    let project = Project::new();
    let mut command = project.command(&["ls", &bucket.url(), "--json"]);
    command.env("AWS_ACCESS_KEY_ID", "GKtest").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    for name in names {
        assert!(told.contains(&format!("\"{name}\"")), "{name}: {told}");
    }
    // The folder around one is none.
    assert!(!told.contains("\"other\""), "{told}");
}

#[test]
fn files_are_not_released_to_a_folder_under_the_name_of_its_list() {
    let project = Project::new();
    project.write("tree/linux/amd64/x", "x");
    project.run(&["push", "-t", "k:1", "tree", "dir:out"]).expect(0);
    let before = fs::read(project.path("out/df-dist-v1/k/index.json")).unwrap();
    let told = project.run(&["push", "-t", "k:index.json", "tree", "dir:out"]);
    assert!(matches!(told.status, Some(2 | 4)), "{told:?}");
    assert!(told.stderr.contains("index.json"), "{told:?}");
    assert_eq!(fs::read(project.path("out/df-dist-v1/k/index.json")).unwrap(), before);
    project.run(&["ls", "dir:out", "-t", "k"]).expect(0);
}
