//! What is told of a release before it begins.

use crate::support::project::Project;

#[test]
fn platforms_that_a_tag_loses_are_told_by_whatever_shows_the_plan() {
    let project = Project::new();
    project.configure("1.0", "");
    let archives = Project::archives();
    project.run(&["push", "-q", &archives, "oci:out/shelf:app:latest"]).expect(0);
    for shows in [
        vec!["plan"],
        vec!["--batch", "--dry-run"],
        vec![
            "push",
            "--dry-run",
            "--platform",
            "linux/amd64",
            &archives,
            "oci:out/shelf:app:latest",
        ],
    ] {
        let shown = project.run(&shows).expect(0);
        shown.says(&["app:latest", "loses linux/386, linux/arm/v7, linux/arm64"]);
    }
    project.run(&["--batch"]).expect(0).says(&["loses linux/386"]);
    let shown = project.run(&["plan"]).expect(0);
    assert!(!shown.stdout.contains("loses"), "{}", shown.stdout);
}

#[test]
fn a_sink_that_nothing_goes_to_is_told() {
    let project = Project::new();
    let archives = "[[sink]]\nname = \"ar\"\nurl = \"archive:ar\"\n";
    project.configure("1.0", archives);
    project.run(&["--batch", "-q"]).expect(0).says(&["nothing is released to sink `ar`"]);
    project.run(&["--batch", "--sink", "shelf"]).expect(0);
    let ended = project.run(&["--batch", "--sink", "ar"]).expect(2);
    ended.says(&["nothing is released to sink `ar`", "there is nothing to release"]);
}

#[test]
fn a_log_that_cannot_be_written_or_has_no_such_level_is_refused_before_anything_is_done() {
    let project = Project::new();
    project.configure("1.0", "");
    project.write("file", "");
    let ended = project.run(&["--batch", "--log-file", "file/log"]).expect(4);
    ended.says(&["log file/log"]);
    let ended = project.run(&["--batch", "--log-level", "loud"]).expect(2);
    ended.says(&["`loud` is not a level", "debug"]);
    assert!(!project.path("out").exists());
}
