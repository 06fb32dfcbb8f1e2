//! What is fetched for a build, as far as no engine is needed for that.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use serde_json::{Value, json};

use crate::support::project::{Ended, Project};

/// Builds a payload with this source, with an engine that is not there.
fn build(project: &Project, source: &Value) -> Ended {
    let payload = json!({
        "source": source,
        "target": {
            "images": [{ "image": "acme/hello", "tag": "1.0", "platforms": ["linux/amd64"] }],
            "registry": { "url": "127.0.0.1:1", "username": "u", "password": "p" },
        },
    });
    project.write("payload.json", payload.to_string());
    let mut command = project.command(&["image", "build", "payload.json"]);
    command.env("DOCKER_HOST", "unix:///nonexistent").output().unwrap().into()
}

#[test]
fn a_dockerfile_that_anybody_may_change_on_its_way_is_not_built() {
    let source = json!({ "dockerfile": { "url": "http://files.example.org/Dockerfile" } });
    let project = Project::new();
    let started = std::time::Instant::now();
    build(&project, &source).expect(4).says(&[
        "what comes over plain http may come from anybody",
        "http://files.example.org/Dockerfile",
        "give its https address",
    ]);
    assert!(started.elapsed().as_secs() < 5, "nothing was asked");
}

#[test]
fn files_of_a_signed_commit_have_its_date_whatever_git_shows_of_signatures() {
    let project = Project::new();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(project.path("repository")).args(arguments);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        let output = git.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    project.write("repository/Dockerfile", "FROM scratch\n");
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "Dockerfile"]);
    let tree = git(&["write-tree"]);
    let who = "A <a@example.org> 1605184836 +0000";
    let signature = "-----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----";
    project.write(
        "commit",
        format!("tree {tree}\nauthor {who}\ncommitter {who}\ngpgsig {signature}\n\nall\n"),
    );
    let file = project.path("commit").display().to_string();
    let commit = git(&["hash-object", "-t", "commit", "-w", &file]);
    git(&["update-ref", "refs/heads/main", &commit]);
    project.write_home("gpg", "#!/bin/sh\necho bad signature >&2\nexit 1\n");
    let gpg = project.home("gpg");
    fs::set_permissions(&gpg, fs::Permissions::from_mode(0o755)).unwrap();
    let config = format!("[log]\nshowSignature = true\n[gpg]\nprogram = \"{}\"\n", gpg.display());
    project.write_home(".gitconfig", config);
    let url = format!("file://{}", project.path("repository").display());
    build(&project, &json!({ "git_repo": { "url": url } })).expect(4);
    let found = Command::new("find")
        .arg(project.home("cache"))
        .args(["-name", "Dockerfile", "-newermt", "@1605184835", "!", "-newermt", "@1605184836"])
        .output()
        .unwrap();
    assert!(!found.stdout.is_empty(), "its file has another date");
}
