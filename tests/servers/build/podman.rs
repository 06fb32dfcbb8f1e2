//! Podman, which builds otherwise.

use super::{DOCKERFILE, PLATFORMS, project, shelf};
use crate::support::Podman;

#[test]
fn podman_builds_for_every_platform_and_what_it_cannot_do_is_told() {
    let podman = Podman::start();
    let castoff = project(DOCKERFILE, "", &shelf()).env("DOCKER_HOST", podman.host());
    let ended = castoff.run(&["--batch", "-v"]).expect(0);
    assert!(ended.stderr.contains("but Podman lets its steps use the network"), "{}", ended.stderr);
    assert!(ended.stderr.contains("STEP "), "{}", ended.stderr);
    let shown = castoff.run(&["inspect", "oci:shelf:hello:1.0"]).expect(0).stdout;
    for platform in PLATFORMS {
        assert!(shown.contains(platform), "{shown}");
    }
    assert!(!podman.images().contains("castoff.invalid"), "{}", podman.images());
}

#[test]
fn podman_tells_at_which_step_it_failed() {
    let podman = Podman::start();
    let dockerfile = DOCKERFILE.replace("ARG GREETING=hello", "RUN echo broken; exit 7");
    let castoff = project(&dockerfile, "", &shelf()).env("DOCKER_HOST", podman.host());
    let ended = castoff.run(&["--batch", "-v", "--platform", "linux/amd64"]).expect(3);
    assert!(ended.stderr.contains("RUN echo broken; exit 7"), "{}", ended.stderr);
    assert!(ended.stderr.contains("status 7"), "{}", ended.stderr);
}

#[test]
fn secrets_are_not_given_to_podman_which_would_build_without_them() {
    let podman = Podman::start();
    let more = ", secrets = { token = { env = \"BUILD_TOKEN\" } }";
    let castoff = project(DOCKERFILE, more, &shelf()).env("DOCKER_HOST", podman.host());
    let castoff = castoff.env("BUILD_TOKEN", "secret");
    let ended = castoff.run(&["--batch", "--platform", "linux/amd64"]).expect(4);
    assert!(ended.stderr.contains("is Podman, which cannot give secrets"), "{}", ended.stderr);
}
