//! A folder of archives keeps files by their names alone.

use std::fs;

use crate::support::project::Project;

fn push(project: &Project, tag: &str, from: &str) -> crate::support::project::Ended {
    project.run(&["push", "-t", tag, from, "archive:dist"])
}

fn file(project: &Project) -> String {
    fs::read_to_string(project.path("dist/app.tgz")).unwrap()
}

#[test]
fn a_version_does_not_replace_the_file_of_another_version() {
    let project = Project::new();
    for version in ["1", "2"] {
        project.write(&format!("f{version}/linux/amd64/app.tgz"), version);
    }
    push(&project, "app:1.0", "f1").expect(0);
    let told = push(&project, "app:2.0", "f2");
    told.expect(5).says(&["app.tgz", "`app:1.0` for linux/amd64", "castoff rm"]);
    assert_eq!(file(&project), "1");
    project.run(&["rm", "archive:dist", "-t", "app:2.0"]);
    assert_eq!(file(&project), "1");
    // The same content is no change, and as told, the other one makes room.
    push(&project, "app:1.1", "f1").expect(0);
    project.run(&["rm", "archive:dist", "-t", "app:1.1"]).expect(0);
    project.run(&["rm", "archive:dist", "-t", "app:1.0"]).expect(0);
    push(&project, "app:2.0", "f2").expect(0);
    assert_eq!(file(&project), "2");
    // What was removed does not come back over it.
    let removal = project.runs().len();
    assert!(removal > 0);
}

#[test]
fn a_tag_that_moves_replaces_its_own_file_and_is_brought_back() {
    let project = Project::new();
    for version in ["1", "2"] {
        project.write(&format!("f{version}/linux/amd64/app.tgz"), version);
    }
    push(&project, "app:nightly", "f1").expect(0);
    let before = project.runs();
    push(&project, "app:nightly", "f2").expect(0);
    assert_eq!(file(&project), "2");
    let run = project.runs().into_iter().find(|run| !before.contains(run)).unwrap();
    project.run(&["rollback", &run]).expect(0);
    assert_eq!(file(&project), "1");
}

#[test]
fn two_platforms_with_one_file_name_are_refused_before_anything_moves() {
    let project = Project::new();
    project.write("f/linux/amd64/app", "a");
    project.write("f/linux/arm64/app", "b");
    for dry in [&["--dry-run"][..], &[]] {
        let arguments = ["push", "-t", "app:1", "f", "dir:d", "archive:dist"];
        let told = project.run(&[&arguments[..], dry].concat()).expect(2);
        told.says(&["linux/amd64", "linux/arm64", "`app`"]);
        assert!(!project.path("d").exists());
    }
}
