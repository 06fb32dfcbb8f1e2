//! What is told, or refused, before anything is done.

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
        let lost = "`app:latest` at shelf loses linux/386, linux/arm/v7, linux/arm64";
        assert!(shown.stdout.contains(lost), "{}", shown.stdout);
    }
    project.run(&["--batch"]).expect(0).says(&["loses linux/386"]);
    let shown = project.run(&["plan"]).expect(0);
    assert!(!shown.stdout.contains("loses"), "{}", shown.stdout);
}

#[test]
fn a_copy_loses_the_platforms_that_its_source_has_not_and_no_others() {
    let project = Project::new();
    let archives = Project::archives();
    project.run(&["push", "-q", &archives, "oci:a:app:1"]).expect(0);
    let push = ["push", "-q", "--platform", "linux/arm64", &archives, "oci:b:app:1"];
    project.run(&push).expect(0);
    project.run(&["push", "-q", "--platform", "linux/amd64", &archives, "oci:c:app:1"]).expect(0);
    let lost = "loses linux/386, linux/amd64, linux/arm/v7, which";
    project.run(&["copy", "oci:b:app:1", "oci:a:app:1"]).expect(0).says(&[lost]);
    for (from, only) in [("oci:b:app:1", "linux/arm64"), ("oci:d:app:1", "linux/arm64")] {
        project.run(&["push", "-q", &archives, "oci:d:app:1"]).expect(0);
        let ended = project.run(&["copy", "--platform", only, from, "oci:a:app:1"]).expect(0);
        assert!(!ended.stderr.contains("loses"), "{}", ended.stderr);
        project.run(&push).expect(0);
        project.run(&["copy", "-q", "oci:b:app:1", "oci:a:app:1"]).expect(0);
    }
    let ended = project.run(&["copy", "oci:c:app:1", "oci:a:app:1"]).expect(0);
    ended.says(&["loses linux/arm64, which"]);
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

#[test]
fn files_that_are_not_those_of_their_sums_are_not_copied() {
    let project = Project::new();
    project.write("files/linux/amd64/tool", "tool");
    let config = "[release]\nversion = \"1.0\"\n[[artifact]]\nname = \"tool\"\nchecksums = true\n\
                  from = { files = \"files\" }\n[[sink]]\nname = \"dl\"\nurl = \"dir:dl\"\n";
    project.write("castoff.toml", config);
    project.run(&["--batch", "-q"]).expect(0);
    project.run(&["copy", "-q", "dl/tool:1.0", "dir:good"]).expect(0);
    project.write("dl/df-dist-v1/tool/1.0/linux/amd64/tool", "else");
    for dry in [&["--dry-run"][..], &[]] {
        let copy = [&["copy", "dl/tool:1.0", "dir:bad"][..], dry].concat();
        project.run(&copy).expect(6).says(&["SHA256SUMS is not the list of checksums of the \
                                             files"]);
    }
    assert!(!project.path("bad").exists());
    let copy = ["copy", "dl/tool:1.0", "dir:bad", "--platform", "linux/amd64"];
    project.run(&copy).expect(2).says(&["leave out --platform"]);
}

#[test]
fn a_copy_of_a_tag_by_a_digest_that_it_does_not_name_is_refused() {
    let project = Project::new();
    project.run(&["push", "-q", &Project::archives(), "oci:shelf:app:1"]).expect(0);
    let push = ["push", "-q", "--platform", "linux/arm64", &Project::archives(), "oci:shelf:app:2"];
    project.run(&push).expect(0);
    let named = project.tag("shelf", "app:1").unwrap();
    let from = format!("oci:shelf:app:2@{named}");
    project.run(&["copy", &from, "oci:other:app:3"]).expect(5).says(&["app:2", "names"]);
    let from = format!("oci:shelf:app:1@{named}");
    project.run(&["copy", &from, "oci:other"]).expect(0);
    assert_eq!(project.tag("other", "app:1"), Some(named));
}

#[test]
fn a_password_in_a_place_is_never_shown() {
    let project = Project::new();
    let archives = Project::archives();
    for place in [
        "https://bob:S3cretWord@registry.example.org/acme/app:1",
        "bob:S3cretWord@registry.example.org/acme/app:1",
        "bob:S3cretWord@registry.example.org:5000/acme/app:1",
        "docker://bob:S3cretWord@registry.example.org/acme/app:1",
        "docker://bob:S3cretWord@registry.example.org:5000/acme/app:1",
        "docker://registry.example.org/acme/app:1?token=S3cretWord",
        "s3://rel/app:1?endpoint=http://h/?token=S3cretWord",
    ] {
        for verb in [&["push", &archives, place][..], &["inspect", place], &["ls", place]] {
            let ended = project.run(verb);
            assert!(matches!(ended.status, Some(2)), "{verb:?}: {ended:?}");
            let said = format!("{}{}", ended.stdout, ended.stderr);
            assert!(!said.contains("S3cretWord"), "{verb:?}: {said}");
        }
    }
    for verb in [
        &["aci", "import", "https://bob:S3cretWord@127.0.0.1:1/x.aci"][..],
        &["pkg", "show-tag", "https://bob:S3cretWord@registry.example.org/a"],
    ] {
        let ended = project.run(verb).expect(4);
        assert!(!ended.stderr.contains("S3cretWord"), "{verb:?}: {}", ended.stderr);
    }
    assert!(project.runs().is_empty());
}
