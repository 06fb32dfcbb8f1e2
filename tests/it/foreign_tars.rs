//! Layouts in tars that other tools wrote: nothing of them is lost.

use std::{fs, process::Command};

use crate::support::project::Project;

fn shell(project: &Project, script: &str) {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-ec", script]).current_dir(project.path("out"));
    assert!(shell.status().unwrap().success(), "{script}");
}

fn layout() -> Project {
    let project = Project::new();
    project.configure("1.0", "");
    project.release();
    project
}

#[test]
fn a_release_into_a_tar_whose_names_begin_with_a_dot_loses_nothing() {
    let project = layout();
    shell(&project, "tar -C shelf -cf x.tar .");
    let push = ["push", "out/shelf:app:1.0", "oci:out/x.tar:app:2.0"];
    project.run(&push).expect(0);
    let listed = project.run(&["ls", "oci:out/x.tar:app"]).expect(0).stdout;
    for tag in ["1.0", "2.0", "latest"] {
        assert!(listed.contains(tag), "{listed}");
    }
    project.run(&["inspect", "oci:out/x.tar:app:1.0"]).expect(0);
}

#[test]
fn a_tar_with_what_would_not_be_carried_over_is_not_written_anew() {
    for script in [
        "ln shelf/blobs/sha256/$(ls shelf/blobs/sha256 | head -1) shelf/blobs/sha256/same; \
         tar -C shelf -cf x.tar oci-layout index.json blobs",
        "{ head -c 1024 /dev/zero; echo all of it; } > x.tar",
    ] {
        let project = layout();
        shell(&project, script);
        let before = fs::read(project.path("out/x.tar")).unwrap();
        project.run(&["push", "out/shelf:app:1.0", "oci:out/x.tar:app:2.0"]).expect(4);
        assert_eq!(fs::read(project.path("out/x.tar")).unwrap(), before);
    }
}

#[test]
fn a_tar_that_was_cut_off_within_a_blob_is_not_written_anew() {
    let project = layout();
    shell(
        &project,
        "head -c 100000 /dev/urandom > shelf/blobs/sha256/ff; \
        mv shelf/blobs/sha256/ff shelf/blobs/sha256/$(sha256sum shelf/blobs/sha256/ff | cut -c-64); \
        tar -C shelf -cf w.tar oci-layout index.json blobs; \
        tar -C shelf -rf w.tar blobs/sha256/$(cd shelf/blobs/sha256; ls -S | head -1); \
        head -c -20000 w.tar > x.tar; rm -f w.tar",
    );
    let before = fs::read(project.path("out/x.tar")).unwrap();
    let ended = project.run(&["push", "out/shelf:app:1.0", "oci:out/x.tar:app:2.0"]);
    assert_ne!(ended.status, Some(0), "{ended:?}");
    assert_eq!(fs::read(project.path("out/x.tar")).unwrap(), before, "{ended:?}");
}
