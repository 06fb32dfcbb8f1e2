//! Docker's own client, which trusts nothing else.

use std::{fs, process::Command};

use super::Lab;
use crate::support::{DockerEngine, NotaryServer, PASSPHRASE, ROOT_PASSPHRASE, output, run};

/// Docker's client, which asks the server, in castoff's home or in a new one.
fn docker(engine: &DockerEngine, lab: &Lab, home: &std::path::Path) -> Command {
    let tls = home.join("tls").join(lab.server.address());
    fs::create_dir_all(&tls).unwrap();
    fs::copy(lab.server.authority(), tls.join("ca.crt")).unwrap();
    let mut docker = engine.docker();
    docker.env("DOCKER_CONFIG", home).env("DOCKER_CONTENT_TRUST", "1");
    docker.env("DOCKER_CONTENT_TRUST_SERVER", lab.server.url());
    docker.env("DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE", ROOT_PASSPHRASE);
    docker.env("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE", PASSPHRASE);
    docker
}

#[test]
fn docker_pulls_what_castoff_signed_and_nothing_else() {
    let engine = DockerEngine::shared();
    let lab = Lab::with(NotaryServer::with_tls());
    let home = lab.castoff.path("../home/docker");
    // castoff trusts the server as Docker does.
    drop(docker(&engine, &lab, &home));
    lab.release();
    let fresh = tempfile::tempdir().unwrap();
    let pull = |tag: &str| {
        let image = format!("{}:{tag}", lab.gun());
        output(docker(&engine, &lab, fresh.path()).args(["pull", &image]))
    };
    let pulled = pull("1.0");
    assert!(pulled.status.success(), "{}", String::from_utf8_lossy(&pulled.stderr));
    let said = String::from_utf8_lossy(&pulled.stdout).into_owned();
    assert!(said.contains(&lab.hex("1.0")), "{said}");
    // A tag that somebody moved at the registry alone.
    let tags = lab.registry.storage().join("repositories/team/app/_manifests/tags");
    crate::support::copy_folder(&tags.join("1.0"), &tags.join("unsigned"));
    let refused = pull("unsigned");
    assert!(!refused.status.success());
    let inspected = run(docker(&engine, &lab, fresh.path()).args(["trust", "inspect", &lab.gun()]));
    assert!(inspected.contains(&lab.hex("latest")), "{inspected}");
}

#[test]
fn docker_signs_with_the_keys_that_castoff_made() {
    let engine = DockerEngine::shared();
    let mut lab = Lab::with(NotaryServer::with_tls());
    let home = lab.castoff.path("../home/docker");
    drop(docker(&engine, &lab, &home));
    // What Docker's tools are told, castoff is told too.
    for (name, value) in [
        ("SERVER", lab.server.url().as_str()),
        ("ROOT_PASSPHRASE", ROOT_PASSPHRASE),
        ("REPOSITORY_PASSPHRASE", PASSPHRASE),
    ] {
        lab.castoff = lab.castoff.env(&format!("DOCKER_CONTENT_TRUST_{name}"), value);
    }
    lab.configure_with("1.0", "");
    lab.release();
    let (from, to) = (format!("{}:1.0", lab.gun()), format!("{}:by-docker", lab.gun()));
    run(docker(&engine, &lab, &home).args(["pull", &from]));
    run(docker(&engine, &lab, &home).args(["tag", &from, &to]));
    let pushed = run(docker(&engine, &lab, &home).args(["push", &to]));
    assert!(pushed.contains("Successfully signed"), "{pushed}");
    // And castoff goes on.
    lab.content("two");
    lab.configure_with("1.1", "");
    lab.release();
    let fresh = tempfile::tempdir().unwrap();
    for tag in ["1.1", "by-docker"] {
        let image = format!("{}:{tag}", lab.gun());
        run(docker(&engine, &lab, fresh.path()).args(["pull", "-q", &image]));
    }
}
