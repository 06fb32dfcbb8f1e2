//! What cannot work is refused with a reason, before any request.

use std::{fs, os::unix::fs::symlink};

use crate::support::{
    Behind, Castoff, DockerRegistry, Garage, Setup, Skopeo, busybox, copy_folder,
};

/// castoff with a registry that notes every request.
fn noted() -> (Castoff, DockerRegistry, Behind) {
    let registry = DockerRegistry::start();
    let proxy = Behind::start(registry.address(), Vec::new());
    (Castoff::new(), registry, proxy)
}

/// Pushes to the proxy, is refused with `status` and `told`, and asks nobody.
#[track_caller]
fn refused(castoff: &Castoff, proxy: &Behind, name: &str, path: &str, status: i32, told: &str) {
    let url = format!("docker://{}/name", proxy.address());
    let ended = castoff.run(&["push", "-t", name, path, &url]).expect(status);
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    assert!(proxy.seen().is_empty(), "a request was sent");
    assert_eq!(ended.stdout, "");
}

#[test]
fn input_that_cannot_be_used_is_refused_without_a_request() {
    let (castoff, _registry, proxy) = noted();
    fs::create_dir(castoff.path("empty")).unwrap();
    refused(&castoff, &proxy, "name:1", "empty", 4, "is empty");
    castoff.write("unnamed/linux.tar.gz", "");
    refused(&castoff, &proxy, "name:1", "unnamed", 4, "linux.tar.gz");
    castoff.write("broken/linux.amd64.tar.gz", "no archive");
    refused(&castoff, &proxy, "name:1", "broken", 4, "linux.amd64.tar.gz");
    fs::create_dir(castoff.path("other")).unwrap();
    let arm = busybox::archives("one").join("linux.arm64.tar");
    fs::copy(arm, castoff.path("other/linux.amd64.tar")).unwrap();
    refused(&castoff, &proxy, "name:1", "other", 4, "arm64");
    refused(&castoff, &proxy, "name", "other", 2, "has no tag");
    refused(&castoff, &proxy, "name:1", "nowhere", 4, "does not exist");
}

#[test]
fn a_url_of_an_unknown_kind_is_refused() {
    let castoff = Castoff::new();
    castoff.write("df/linux/amd64/tool", "tool");
    let ended = castoff.run(&["push", "-t", "name:1", "df", "ftp://example.org"]).expect(2);
    assert!(ended.stderr.contains("is not a sink"), "{}", ended.stderr);
}

#[test]
fn a_link_to_nothing_is_refused() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    fs::create_dir_all(castoff.path("df/linux/amd64")).unwrap();
    symlink("nowhere", castoff.path("df/linux/amd64/tool")).unwrap();
    let ended = castoff.run(&["push", "-t", "dangling:1", "df", &garage.url()]).expect(4);
    assert!(ended.stderr.contains("linux/amd64/tool"), "{}", ended.stderr);
}

#[test]
fn a_bucket_that_does_not_exist_is_refused_before_the_start() {
    let garage = Garage::shared();
    let castoff = Castoff::new().with(&garage);
    castoff.write("df/linux/amd64/tool", "tool");
    let url = garage.url_of("no-such-bucket");
    let ended = castoff.run(&["push", "-t", "name:1", "df", &url]).expect(4);
    assert!(ended.stderr.contains("no-such-bucket"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint:"), "{}", ended.stderr);
}

#[test]
fn a_wrong_key_is_refused_before_the_start() {
    let garage = Garage::shared();
    let castoff = Castoff::new()
        .env("AWS_ACCESS_KEY_ID", "GK000000000000000000000000")
        .env("AWS_SECRET_ACCESS_KEY", "0".repeat(64));
    castoff.write("df/linux/amd64/tool", "tool");
    let ended = castoff.run(&["push", "-t", "name:1", "df", &garage.url()]).expect(4);
    assert!(ended.stderr.contains("AWS_SECRET_ACCESS_KEY"), "{}", ended.stderr);
}

#[test]
fn the_registry_is_told_who_castoff_is_as_docker_was_told() {
    let setup = Setup { user: Some(("bob", "hunter2")), ..Setup::default() };
    let registry = DockerRegistry::with(&setup);
    let castoff = Castoff::new();
    copy_folder(&busybox::archives("one"), &castoff.path("docker"));
    let url = format!("docker://{}/private:1", registry.address());
    castoff.run(&["push", "docker", &url]).expect(4);
    // bob:hunter2
    castoff.docker_config(&format!(
        r#"{{"auths":{{"{}":{{"auth":"Ym9iOmh1bnRlcjI="}}}}}}"#,
        registry.address()
    ));
    let ended = castoff.run(&["push", "docker", &url]).expect(0);
    assert_eq!(ended.digests().len(), 1, "{}", ended.stdout);
    assert!(!ended.stderr.contains("hunter2"));
}

#[test]
fn the_tag_of_a_url_wins_with_a_warning() {
    let registry = DockerRegistry::start();
    let castoff = Castoff::new();
    copy_folder(&busybox::archives("one"), &castoff.path("docker"));
    let url = format!("docker://{}/other:1.0", registry.address());
    let ended = castoff.run(&["push", "-t", "albatest:0.9", "docker", &url]).expect(0);
    assert!(ended.stderr.contains("warning: "), "{}", ended.stderr);
    let repository = format!("docker://{}/other", registry.address());
    assert_eq!(Skopeo::new().tags(&repository), ["1.0"]);
    let (name, digest) = &ended.digests()[0];
    assert_eq!(*name, format!("{}/other:1.0", registry.address()));
    assert_eq!(*digest, Skopeo::new().digest(&format!("{repository}:1.0")));
}
