//! What is fetched for a build, as far as no engine is needed for that.

use std::process::Command;

use serde_json::{Value, json};

use crate::{
    registries::{Answer, Registry},
    support::{
        git,
        project::{Ended, Project},
    },
};

/// Builds a payload with this source, with an engine that is not there and with
/// a proxy.
fn build(project: &Project, source: &Value, proxy: &Registry) -> Ended {
    let payload = json!({
        "source": source,
        "target": {
            "images": [{ "image": "acme/hello", "tag": "1.0", "platforms": ["linux/amd64"] }],
            "registry": { "url": "127.0.0.1:1", "username": "u", "password": "p" },
        },
    });
    project.write("payload.json", payload.to_string());
    let mut command = project.command(&["image", "build", "payload.json"]);
    command.env("DOCKER_HOST", "unix:///nonexistent");
    command.env("http_proxy", format!("http://{}", proxy.server.address));
    command.output().unwrap().into()
}

#[test]
fn a_dockerfile_that_anybody_may_change_on_its_way_is_not_built() {
    let source = json!({ "dockerfile": { "url": "http://files.example.org/Dockerfile" } });
    // What is asked for anywhere else comes there.
    let proxy = Registry::with(|_, _| Answer::new(200, "FROM scratch\n"));
    build(&Project::new(), &source, &proxy).expect(4).says(&[
        "content over plain HTTP can be changed on its way",
        "http://files.example.org/Dockerfile",
        "use its https address",
    ]);
    assert!(proxy.server.seen("*", "").is_empty());
}

#[test]
fn files_of_a_signed_commit_have_its_date_whatever_git_shows_of_signatures() {
    let project = Project::new();
    project.write("repository/Dockerfile", "FROM scratch\n");
    let repository = project.path("repository");
    git::commit(&repository);
    git::sign_falsely(&repository);
    let gpg = git::finding_all_bad(project.home("gpg"));
    let config = format!("[log]\nshowSignature = true\n[gpg]\nprogram = \"{}\"\n", gpg.display());
    project.write_home(".gitconfig", config);
    let url = format!("file://{}", repository.display());
    build(&project, &json!({ "git_repo": { "url": url } }), &Registry::start()).expect(4);
    let found = Command::new("find")
        .arg(project.home("cache"))
        .args(["-name", "Dockerfile", "-newermt", "@1605184835", "!", "-newermt", "@1605184836"])
        .output()
        .unwrap();
    assert!(!found.stdout.is_empty(), "its file has another date");
}
