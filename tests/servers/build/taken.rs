//! What a build takes from elsewhere beside its bases: files and repositories
//! that `ADD` names, images that a base takes into builds upon it, and the
//! logins for all that.

use std::process::Command;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Project, project, shelf};
use crate::support::{
    Base, DockerEngine, DockerRegistry, GitServer, Setup, Web, git_server::commit, run,
};

const ONE: [&str; 4] = ["--batch", "-v", "--platform", "linux/amd64"];

fn release(castoff: &Project) -> String {
    castoff.run(&ONE).expect(0).stderr
}

/// A project that is built at an engine with a later BuildKit.
fn later(dockerfile: &str) -> (Project, std::sync::Arc<DockerEngine>) {
    let engine = DockerEngine::on_containerd();
    let project = project(dockerfile, "", &shelf()).env("DOCKER_HOST", engine.host());
    (project, engine)
}

#[test]
fn a_file_that_changed_elsewhere_has_the_image_built_again() {
    let server = GitServer::start(None);
    server.file("app.tgz", "one");
    let url = server.url("app.tgz");
    let castoff = project(&format!("FROM scratch\nARG URL={url}\nADD $URL /\n"), "", &shelf());
    assert!(release(&castoff).contains(": building "));
    let again = release(&castoff);
    assert!(again.contains("unchanged since it was built"), "{again}");
    server.file("app.tgz", "two");
    assert!(release(&castoff).contains(": building "));
    drop(server);
    let told = release(&castoff);
    assert!(told.contains("app.tgz cannot be resolved"), "{told}");
    assert!(told.contains("unchanged since it was built"), "{told}");
}

#[test]
fn a_file_whose_server_tells_no_version_is_taken_anew_each_time_and_that_is_told() {
    let web = Web::down();
    let up = web.up("content");
    let dockerfile = format!("FROM scratch\nADD http://127.0.0.1:{}/app /\n", web.port());
    let castoff = project(&dockerfile, "", &shelf());
    for _ in 0..2 {
        let told = release(&castoff);
        assert!(told.contains("sends neither an ETag"), "{told}");
        assert!(told.contains(": building "), "{told}");
    }
    drop(up);
}

#[test]
fn a_repository_that_moved_on_has_the_image_built_again() {
    let server = GitServer::start(None);
    commit(&server.path("app.git"), &[("hello", "one")]);
    let (castoff, _engine) = later(&format!("FROM scratch\nADD {} /\n", server.url("app.git")));
    assert!(release(&castoff).contains(": building "));
    let again = release(&castoff);
    assert!(again.contains("unchanged since it was built"), "{again}");
    commit(&server.path("app.git"), &[("hello", "two")]);
    assert!(release(&castoff).contains(": building "));
}

#[test]
fn an_image_that_a_base_takes_into_builds_counts_as_a_base_does() {
    let base = Base::start();
    let taker = format!("{}/acme/taker:1", base.0.address());
    let (castoff, _engine) = later(&format!("FROM {taker}\nCOPY notes /\n"));
    castoff.write("hello/notes", "notes");
    base.publish(&castoff, "one");
    let trigger =
        format!("FROM scratch\nLABEL a=b\nONBUILD COPY --from={} /release /\n", base.name());
    castoff.write("taker/Dockerfile", trigger);
    let engine = DockerEngine::shared();
    run(engine.docker().args(["build", "-q", "-t", &taker]).arg(castoff.path("taker")));
    run(engine.docker().args(["push", "-q", &taker]));
    assert!(release(&castoff).contains(": building "));
    let again = release(&castoff);
    assert!(again.contains("unchanged since it was built"), "{again}");
    base.publish(&castoff, "two");
    assert!(release(&castoff).contains(": building "));
}

#[test]
fn an_engine_is_given_the_login_of_the_namespace_that_it_pulls_from() {
    let user = ("robot", "canary-password");
    let registry = DockerRegistry::with(&Setup { user: Some(user), ..Setup::default() });
    let address = registry.address();
    let dockerfile = format!("FROM {address}/acme/base:1\nCOPY notes /\n");
    let castoff = project(&dockerfile, "", &shelf());
    castoff.write("hello/notes", "notes");
    let auth = |password: &str| STANDARD.encode(format!("{}:{password}", user.0));
    // The whole host has a login, too, which is not accepted.
    let auths = format!(
        r#"{{"auths":{{"{address}":{{"auth":"{}"}},"{address}/acme":{{"auth":"{}"}}}}}}"#,
        auth("wrong"),
        auth(user.1)
    );
    let file = castoff.write("../auth.json", auths);
    let castoff = castoff.env("REGISTRY_AUTH_FILE", file.display().to_string());
    let mut copy = Command::new("skopeo");
    let image = crate::support::busybox::archives("one").join("linux.amd64.tar");
    copy.args(["--insecure-policy", "copy", "-q", "--dest-tls-verify=false", "--dest-creds"]);
    copy.arg(format!("{}:{}", user.0, user.1));
    copy.arg(format!("docker-archive:{}", image.display()));
    run(copy.arg(format!("docker://{address}/acme/base:1")));
    let told = release(&castoff);
    assert!(told.contains(": building "), "{told}");
}
