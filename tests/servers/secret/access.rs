//! Registries and buckets that are reached with what the keyring has.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{expect_nowhere, piped};
use crate::support::{Castoff, DockerRegistry, Ended, Garage, SecretService, Setup};

const SECRET: &str = "canary-91d0c4";

fn push(castoff: &Castoff, url: &str) -> Ended {
    castoff.write("df/linux/amd64/tool", "tool");
    let log = ["--log-level", "trace", "--log-file", "log"];
    let push = ["push", "-v", "--kind", "image", "-t", "tool:1", "df", url];
    castoff.run(&[&push[..], &log].concat())
}

pub(super) fn guarded() -> (DockerRegistry, String) {
    let user = Some(("bob", SECRET));
    let registry = DockerRegistry::with(&Setup { user, ..Setup::default() });
    let url = format!("docker://{}/tool", registry.address());
    (registry, url)
}

#[test]
fn a_registry_is_reached_with_the_password_that_the_keyring_has_and_nobody_sees() {
    let service = SecretService::start();
    let castoff = service.castoff();
    let (_registry, url) = guarded();
    let refused = push(&castoff, &url).expect(4);
    assert!(
        refused.stderr.contains("castoff secret set docker://127.0.0.1:"),
        "{}",
        refused.stderr
    );
    piped(&castoff, &["secret", "set", &url], &format!("bob:{SECRET}")).expect(0);
    let ended = push(&castoff, &url).expect(0);
    assert!(ended.stdout.contains("/tool:1 digest: sha256:"), "{}", ended.stdout);
    let encoded = STANDARD.encode(format!("bob:{SECRET}"));
    for secret in [SECRET, &encoded] {
        assert!(!(ended.stdout.clone() + &ended.stderr).contains(secret));
        // The log, the journal and what the jobs printed.
        expect_nowhere(secret, &castoff.path(".."));
    }
    assert!(fs::metadata(castoff.path("log")).unwrap().len() > 10_000, "all is logged");
}

#[test]
fn dockers_own_configuration_comes_before_the_keyring() {
    let service = SecretService::start();
    let castoff = service.castoff();
    let (registry, url) = guarded();
    piped(&castoff, &["secret", "set", &url], "bob:wrong").expect(0);
    let auth = STANDARD.encode(format!("bob:{SECRET}"));
    let host = registry.address();
    castoff.docker_config(&format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"{auth}\"}}}}}}"));
    push(&castoff, &url).expect(0);
}

#[test]
fn a_keyring_that_hangs_is_nothing_to_whom_needs_no_password() {
    let service = SecretService::start();
    let castoff = service.castoff();
    service.hang();
    let open = DockerRegistry::start();
    push(&castoff, &format!("docker://{}/tool", open.address())).expect(0);
    let log = || fs::read_to_string(castoff.path("log")).unwrap();
    assert!(!log().contains("keyring"), "it was not asked");
    let (_registry, url) = guarded();
    push(&castoff, &url).expect(4);
    assert!(log().contains("did not answer within 3 s"), "it was asked");
}

#[test]
fn a_bucket_is_reached_with_the_keys_that_the_keyring_has() {
    let service = SecretService::start();
    // A machine that asks Amazon's cloud who it is, and is in none.
    let castoff = service
        .castoff()
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
    let garage = Garage::shared();
    let url = garage.url();
    castoff.write("df/linux/amd64/tool", "tool");
    let push = || castoff.run(&["push", "-t", "files-keyring:1", "df", &url]);
    let refused = push().expect(4);
    assert!(refused.stderr.contains("castoff secret set s3://"), "{}", refused.stderr);
    let [(_, id), (_, key)] = garage.credentials();
    piped(&castoff, &["secret", "set", &url], &format!("{id}:{key}")).expect(0);
    push().expect(0);
    assert_eq!(garage.text("df-dist-v1/files-keyring/1/linux/amd64/tool"), "tool");
}
