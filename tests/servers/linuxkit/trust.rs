//! Packages under content trust, as notary's own client sees them.

use std::fs;

use super::Lab;
use crate::support::{Ended, NotaryServer, PASSPHRASE, ROOT_PASSPHRASE, run};

/// A package, and a server that vouches for it.
pub(super) struct Trusted {
    pub(super) lab: Lab,
    server: NotaryServer,
}

impl Trusted {
    /// castoff knows the passphrase of the root key alone.
    pub(super) fn new() -> Self {
        let server = NotaryServer::with_tls();
        let lab = Lab::new()
            .env("CASTOFF_KEYRING", "kernel")
            .env("DOCKER_CONTENT_TRUST_SERVER", server.url())
            .env("DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE", ROOT_PASSPHRASE);
        let tls = lab.castoff.path("../home/docker/tls").join(server.address());
        fs::create_dir_all(&tls).unwrap();
        fs::copy(server.authority(), tls.join("ca.crt")).unwrap();
        Self { lab, server }
    }

    pub(super) fn with_passphrase(self) -> Self {
        let lab = self.lab.env("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE", PASSPHRASE);
        Self { lab, ..self }
    }

    /// `castoff pkg push`, with content trust.
    pub(super) fn push(&self, package: &str, more: &[&str]) -> Ended {
        let org = self.lab.org();
        let line = ["pkg", "push", "--insecure", "-org", &org, "--platforms", "linux/amd64"];
        self.lab.castoff.run(&[&line[..], more, &[package]].concat())
    }

    /// What the server says of a package.
    fn listed(&self, package: &str) -> String {
        let fresh = tempfile::tempdir().unwrap();
        let gun = format!("{}/{package}", self.lab.org());
        run(self.server.client(fresh.path()).args(["list", &gun]))
    }
}

#[test]
fn what_is_pushed_is_signed_and_what_is_built_on_must_be() {
    let trusted = Trusted::new().with_passphrase();
    let lab = &trusted.lab;
    let tag = lab.tag();
    trusted.push("pkg", &[]).expect(0);
    let listed = trusted.listed("pkg");
    let digest = lab.digest(&tag);
    assert!(listed.contains(&tag) && listed.contains(&digest["sha256:".len()..]), "{listed}");
    let again = trusted.push("pkg", &[]).expect(0).stderr;
    assert!(again.contains("No new platforms to push, skipping."), "{again}");
    // What is built on it means what was signed.
    let from = format!("FROM {}\nCOPY build.yml /\n", lab.image(&tag));
    lab.castoff.write("pkg-b/build.yml", "image: pkg-b\narches: [amd64]\n");
    lab.castoff.write(
        "pkg-b/Dockerfile",
        from.replace(&tag, "${TAG}").replacen("FROM", &format!("ARG TAG={tag}\nFROM"), 1),
    );
    lab.commit();
    trusted.push("pkg-b", &[]).expect(0);
    // A tag that somebody set at the registry alone.
    lab.push("linux/amd64", &["-release", "unsigned"]).expect(0);
    lab.castoff.write("pkg-b/Dockerfile", from.replace(&tag, "unsigned"));
    lab.commit();
    let told = trusted.push("pkg-b", &[]).expect(6).stderr;
    assert!(told.contains("is not signed") && told.contains("Dockerfile:1"), "{told}");
    assert!(told.contains("-disable-content-trust"), "{told}");
}

#[test]
fn what_is_published_and_not_signed_is_built_and_not_fetched() {
    let trusted = Trusted::new().with_passphrase();
    let lab = &trusted.lab;
    lab.push("linux/amd64", &[]).expect(0);
    let org = lab.org();
    let line = ["pkg", "build", "--insecure", "-org", &org, "--platforms", "linux/amd64", "pkg"];
    let told = lab.castoff.run(&line).expect(0).stderr;
    assert!(told.contains("No image pulled, continuing with build"), "{told}");
    // Nothing is built for a push of it, and it is signed all the same.
    let told = trusted.push("pkg", &[]).expect(0).stderr;
    assert!(told.contains("not built again") && told.contains("Signing manifest for"), "{told}");
    assert!(trusted.listed("pkg").contains(&lab.tag()));
    let told = lab.castoff.run(&line).expect(0).stderr;
    assert!(told.contains("is already published for linux/amd64, not built again"), "{told}");
}

#[test]
fn a_passphrase_that_is_missing_is_told_before_anything_is_built() {
    let trusted = Trusted::new();
    let told = trusted.push("pkg", &["-v"]).expect(4).stderr;
    assert!(told.contains("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"), "{told}");
    assert!(!told.contains("building"), "{told}");
    assert!(!trusted.lab.registry.storage().join("repositories").exists());
    let told = trusted.push("pkg", &["-sign=false"]).expect(0).stderr;
    assert!(told.contains("signing disabled, not signing"), "{told}");
}

#[test]
fn the_command_of_linuxkits_own_configuration_gives_the_passphrase() {
    let trusted = Trusted::new();
    let config = format!("pkg:\n  content-trust-passphrase-command: \"echo '{PASSPHRASE}'\"\n");
    trusted.lab.castoff.write("../home/.moby/linuxkit/config.yml", config);
    trusted.push("pkg", &[]).expect(0);
    assert!(trusted.listed("pkg").contains(&trusted.lab.tag()));
}
