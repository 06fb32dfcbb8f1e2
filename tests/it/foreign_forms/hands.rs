//! What other hands put beside files in a folder: links, signatures, documents of
//! their own.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::support::project::Project;

/// A folder with the releases 1.0, 2.0 and 3.0 of `app`.
fn shelf() -> Project {
    let project = Project::new();
    for version in ["1", "2", "3"] {
        project.write(&format!("f{version}/linux/amd64/app"), format!("program {version}"));
        release(&project, &format!("{version}.0"), version).expect(0);
    }
    project
}

fn release(project: &Project, tag: &str, from: &str) -> crate::support::project::Ended {
    project.run(&["push", "-t", &format!("app:{tag}"), &format!("f{from}"), "dir:d"])
}

fn gc(project: &Project, keep: &str) -> crate::support::project::Ended {
    project.run(&["gc", "dir:d", "-t", "app", "--keep", keep, "--grace", "0s"])
}

fn read(project: &Project, below: &str) -> Option<String> {
    fs::read_to_string(project.path(&format!("d/df-dist-v1/app/{below}"))).ok()
}

fn put(project: &Project, below: &str, content: &str) {
    project.write(&format!("d/df-dist-v1/app/{below}"), content);
}

fn link(project: &Project, to: impl AsRef<Path>, below: &str) {
    symlink(to, project.path(&format!("d/df-dist-v1/{below}"))).unwrap();
}

fn is_link(project: &Project, below: &str) -> bool {
    project.path(&format!("d/df-dist-v1/app/{below}")).is_symlink()
}

#[test]
fn the_removal_of_a_tag_that_is_a_link_takes_the_link_alone() {
    let project = shelf();
    link(&project, "3.0", "app/latest");
    project.run(&["rm", "dir:d", "-t", "app:latest"]).expect(0);
    assert!(!is_link(&project, "latest"));
    assert_eq!(read(&project, "3.0/linux/amd64/app").as_deref(), Some("program 3"));
    let run = project.runs().len();
    assert!(run > 0);
    project.run(&["rollback"]);
    assert_eq!(read(&project, "3.0/linux/amd64/app").as_deref(), Some("program 3"));
}

#[test]
fn a_release_to_a_tag_that_is_a_link_replaces_the_link_alone() {
    let project = shelf();
    link(&project, "3.0", "app/latest");
    release(&project, "latest", "1").expect(0);
    assert!(!is_link(&project, "latest"));
    assert_eq!(read(&project, "latest/linux/amd64/app").as_deref(), Some("program 1"));
    assert_eq!(read(&project, "3.0/linux/amd64/app").as_deref(), Some("program 3"));
    // What is as it should be stays a link.
    fs::remove_dir_all(project.path("d/df-dist-v1/app/latest")).unwrap();
    link(&project, "3.0", "app/latest");
    release(&project, "latest", "3").expect(0);
    assert!(is_link(&project, "latest"));
}

#[test]
fn a_sweep_knows_a_tag_that_is_a_link_and_was_published_lately() {
    let project = shelf();
    release(&project, "latest", "1").expect(0);
    project.run(&["rm", "dir:d", "-t", "app:latest"]).expect(0);
    release(&project, "latest", "1").expect(0);
    fs::remove_dir_all(project.path("d/df-dist-v1/app/latest")).unwrap();
    link(&project, "3.0", "app/latest");
    release(&project, "4.0", "1").expect(0);
    gc(&project, "2").expect(0);
    assert_eq!(read(&project, "1.0/linux/amd64/app"), None);
    assert!(is_link(&project, "latest"));
    assert_eq!(read(&project, "3.0/linux/amd64/app").as_deref(), Some("program 3"));
}

#[test]
fn a_version_that_a_link_leads_to_stays() {
    let project = shelf();
    link(&project, "1.0", "app/stable");
    let told = project.run(&["gc", "dir:d", "-t", "app", "--keep", "1", "--dry-run"]);
    assert!(told.stdout.contains("`1.0` stays"), "{told:?}");
    gc(&project, "1").expect(0);
    assert_eq!(read(&project, "stable/linux/amd64/app").as_deref(), Some("program 1"));
    assert_eq!(read(&project, "2.0/linux/amd64/app"), None);
}

#[test]
fn nothing_is_written_or_removed_behind_a_name_that_is_a_link() {
    let project = shelf();
    link(&project, "app", "other");
    for arguments in [
        &["push", "-t", "other:3.0", "f1", "dir:d"][..],
        &["rm", "dir:d", "-t", "other:3.0"],
        &["gc", "dir:d", "-t", "other", "--keep", "1", "--grace", "0s"],
    ] {
        let told = project.run(arguments);
        assert_ne!(told.status, Some(0), "{told:?}");
        assert!(told.stderr.contains("is a symbolic link"), "{told:?}");
    }
    for version in ["1", "2", "3"] {
        let program = read(&project, &format!("{version}.0/linux/amd64/app"));
        assert_eq!(program, Some(format!("program {version}")));
    }
}

#[test]
fn a_sweep_follows_no_links_and_tells_of_them() {
    let project = shelf();
    project.write("precious/linux/amd64/thesis", "thesis");
    link(&project, project.path("precious"), "app/docs");
    link(&project, project.path("precious/linux"), "app/4.0");
    for below in ["a", "b"] {
        fs::create_dir_all(project.path("d/df-dist-v1/app/1.x")).unwrap();
        link(&project, ".", &format!("app/1.x/{below}"));
    }
    put(&project, "1.x/f", "f");
    let mut command =
        project.command(&["gc", "dir:d", "-t", "app", "--keep", "1", "--grace", "0s"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    let ended = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if Instant::now() > until {
            child.kill().unwrap();
            break None;
        }
        std::thread::yield_now();
    };
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
    assert_eq!(fs::read(project.path("precious/linux/amd64/thesis")).unwrap(), b"thesis");
    assert!(is_link(&project, "docs") && is_link(&project, "4.0") && is_link(&project, "1.x/a"));
    let told = project.run(&["gc", "dir:d", "-t", "app", "--keep", "1", "--dry-run"]);
    assert!(told.stdout.contains("docs is a symbolic link"), "{told:?}");
}

#[test]
fn what_other_tools_put_beside_kept_files_stays() {
    let project = shelf();
    let beside = [
        "linux/amd64/app.sig",
        "linux/amd64/app.asc",
        "linux/amd64/app.sigstore.json",
        "SHA256SUMS",
        "SHA256SUMS.p7s",
        "SHA256SUMS.sig",
        "SHA256SUMS.sigstore.json",
        "sbom.spdx.json",
        "docs/manual/index.html",
    ];
    for version in ["1.0", "2.0", "3.0"] {
        for name in beside {
            put(&project, &format!("{version}/{name}"), name);
        }
    }
    put(&project, "notes.d/linux/x", "x");
    gc(&project, "2").expect(0);
    assert_eq!(read(&project, "1.0/linux/amd64/app"), None);
    for name in beside {
        for version in ["2.0", "3.0"] {
            assert_eq!(read(&project, &format!("{version}/{name}")).as_deref(), Some(name));
        }
    }
    // What is not of castoff's own form stays even where its version went.
    assert!(read(&project, "1.0/sbom.spdx.json").is_some());
    assert!(read(&project, "notes.d/linux/x").is_some());
    // A signature of a file that went is told, and goes.
    assert_eq!(read(&project, "1.0/linux/amd64/app.sig"), None);
}

#[test]
fn what_goes_with_a_version_is_told_before() {
    let project = shelf();
    for version in ["1.0", "2.0"] {
        put(&project, &format!("{version}/linux/amd64/app.sig"), "signature");
    }
    let dry = ["gc", "dir:d", "-t", "app", "--keep", "2", "--grace", "0s", "--dry-run"];
    let told = project.run(&dry).expect(0);
    assert!(told.stdout.contains("1.0/linux/amd64/app.sig"), "{told:?}");
    assert!(!told.stdout.contains("2.0/linux/amd64/app.sig"), "{told:?}");
}

#[test]
fn one_document_that_cannot_be_read_stays_and_hinders_no_other() {
    let odd = [
        ("cut", r#"{"flavors":[{"reso"#),
        ("empty", ""),
        ("list", "[]"),
        ("readme", "# read me"),
        (
            "no os",
            r#"{"flavors":[{"resources":[{"path":"app"}],"platform":{"architecture":"amd64"}}]}"#,
        ),
    ];
    let project = shelf();
    for (name, document) in odd {
        for version in ["1", "2", "3"] {
            release(&project, &format!("{version}.0"), version);
        }
        put(&project, "2.0/index.json", document);
        let told = gc(&project, "1");
        assert_eq!(told.status, Some(0), "{name}: {told:?}");
        assert!(
            told.stdout.contains("`2.0` stays") || told.stderr.contains("`2.0` stays"),
            "{told:?}"
        );
        assert_eq!(read(&project, "1.0/linux/amd64/app"), None, "{name}");
        assert_eq!(read(&project, "2.0/linux/amd64/app").as_deref(), Some("program 2"), "{name}");
        assert_eq!(read(&project, "2.0/index.json").as_deref(), Some(document), "{name}");
        release(&project, "4.0", "1").expect(0);
        project.run(&["rm", "dir:d", "-t", "app:4.0"]).expect(0);
        fs::remove_dir_all(project.path("d/df-dist-v1/app/2.0")).unwrap();
    }
}

#[test]
fn a_document_with_null_for_a_list_is_an_empty_one() {
    let project = shelf();
    let null = r#"{"flavors":[{"resources":null,"platform":{"architecture":"amd64","os":"linux","variant":7}}]}"#;
    for document in [null, r#"{"flavors":null}"#] {
        put(&project, "2.0/index.json", document);
        project.run(&["rm", "dir:d", "-t", "app:2.0"]).expect(0);
        assert_eq!(read(&project, "2.0/index.json"), None);
        assert_eq!(read(&project, "3.0/linux/amd64/app").as_deref(), Some("program 3"));
    }
}
