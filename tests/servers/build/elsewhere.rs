//! Engines that are reached otherwise than by the local socket.

use super::{DOCKERFILE, project, shelf};
use crate::support::{Castoff, DockerEngine, SshServer, free_ports, make_certificate};

/// Has all built at `url`.
fn at(castoff: &Castoff, builder: &str) {
    let config = std::fs::read_to_string(castoff.path("castoff.toml")).expect("a file");
    castoff.configure(&format!("{config}\n[builders]\ndefault = {builder}\n"));
}

fn release(castoff: &Castoff) -> crate::support::Ended {
    castoff.run(&["--batch", "-v", "--platform", "linux/amd64"])
}

#[test]
fn an_engine_is_reached_through_ssh() {
    let engine = DockerEngine::shared();
    let server = SshServer::start(&engine.host());
    let castoff = project(DOCKERFILE, "", &shelf()).env("PATH", server.path());
    at(&castoff, &format!("\"ssh://{}\"", server.destination()));
    let ended = release(&castoff).expect(0);
    assert!(ended.stderr.contains("at ssh://"), "{}", ended.stderr);
}

#[test]
fn an_ssh_that_fails_says_why() {
    let castoff = project(DOCKERFILE, "", &shelf());
    at(&castoff, "\"ssh://nobody@127.0.0.1:1\"");
    let ended = release(&castoff).expect(4);
    assert!(ended.stderr.contains("Connection refused"), "{}", ended.stderr);
    assert!(ended.stderr.contains("docker system dial-stdio"), "{}", ended.stderr);
}

#[test]
fn an_engine_is_reached_over_tls_and_only_with_the_right_key() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    make_certificate(&folder);
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (ca, certificate, key) = (file("ca.pem"), file("cert.pem"), file("key.pem"));
    let [port] = free_ports();
    let address = format!("127.0.0.1:{port}");
    let host = format!("tcp://{address}");
    let _engine = DockerEngine::listening(&[
        "--host",
        &host,
        "--tlsverify",
        "--tlscacert",
        &ca,
        "--tlscert",
        &certificate,
        "--tlskey",
        &key,
    ]);
    let castoff = project(DOCKERFILE, "", &shelf());
    at(
        &castoff,
        &format!(
            "{{ url = \"{host}\", ca = \"{ca}\", certificate = \"{certificate}\", key = \"{key}\" }}"
        ),
    );
    release(&castoff).expect(0);
    let castoff = project(DOCKERFILE, "", &shelf());
    at(&castoff, &format!("{{ url = \"{host}\", ca = \"{ca}\" }}"));
    let ended = release(&castoff).expect(4);
    assert!(ended.stderr.contains(&address), "{}", ended.stderr);
}

#[test]
fn an_engine_is_reached_by_the_name_of_its_docker_context() {
    let engine = DockerEngine::shared();
    let castoff = project(DOCKERFILE, "", &shelf());
    at(&castoff, "\"board\"");
    let ended = release(&castoff).expect(4);
    assert!(ended.stderr.contains("there is no Docker context `board`"), "{}", ended.stderr);
    let folder = castoff.path("../home/docker");
    let create = format!("host={}", engine.host());
    let mut docker = std::process::Command::new("docker");
    docker.env("DOCKER_CONFIG", &folder).env_remove("DOCKER_HOST");
    crate::support::run(docker.args(["context", "create", "board", "--docker", &create]));
    let ended = release(&castoff).expect(0);
    assert!(ended.stderr.contains("the Docker context `board`"), "{}", ended.stderr);
}
