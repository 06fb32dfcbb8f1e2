//! Runs that are put back, one behind the other.

use crate::support::{
    images::{Form, Image},
    project::Project,
    tars::layer,
};

/// A project that pushes one of two images as `app:latest`, and the runs that
/// did, in order.
fn pushed(contents: &[&str]) -> (Project, Vec<String>) {
    let project = Project::new();
    let mut runs = Vec::new();
    for content in contents {
        let image = Image::new("linux/amd64", &[layer("file", content)]);
        let folder = format!("images-{content}");
        project.write(&format!("{folder}/linux.amd64.tar"), image.save(Form::Docker25, true));
        project.run(&["push", "-t", "app:latest", &folder, "oci:shelf"]).expect(0);
        runs.push(project.runs().into_iter().find(|run| !runs.contains(run)).expect("a new run"));
    }
    (project, runs)
}

#[test]
fn a_rollback_takes_no_tag_from_a_newer_run_that_gave_it_the_same_content() {
    let (project, runs) = pushed(&["a", "b", "a"]);
    let [first, second, third] = &runs[..] else { panic!("three runs") };
    let tag = || project.tag("shelf", "app:latest");
    let newest = tag();
    for run in [first, second] {
        let told = project.run(&["rollback", run]).expect(5);
        told.says(&["app:latest", "was moved later", "castoff rollback"]);
        assert_eq!(tag(), newest);
    }
    project.run(&["rollback", third]).expect(0);
    project.run(&["rollback", first]).expect(5).says(&[second]);
    project.run(&["rollback", second]).expect(0);
    assert_eq!(tag(), newest);
    project.run(&["rollback", first]).expect(0);
    assert_eq!(tag(), None);
}

#[test]
fn a_run_is_rolled_back_once_unless_its_rollback_was_rolled_back() {
    let (project, runs) = pushed(&["a", "b"]);
    let (tag, second) = (|| project.tag("shelf", "app:latest"), &runs[1]);
    let newest = tag();
    let known = project.runs();
    project.run(&["rollback", second]).expect(0);
    let undo = project.runs().into_iter().find(|run| !known.contains(run)).expect("a new run");
    let told = project.run(&["rollback", second]).expect(4);
    told.says(&[second, "was rolled back by run", &undo]);
    project.run(&["rollback", &undo]).expect(0);
    assert_eq!(tag(), newest);
    project.run(&["rollback", second]).expect(0);
    assert_ne!(tag(), newest);
}
