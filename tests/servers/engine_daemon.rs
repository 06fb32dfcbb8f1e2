//! The local Docker Engine as a sink.

use crate::support::{Castoff, DockerEngine, busybox, copy_folder};

/// castoff that releases `text` as `NAME:1` to an engine.
fn pushing(engine: &DockerEngine, text: &str) -> Castoff {
    let castoff = Castoff::new().env("DOCKER_HOST", engine.host());
    copy_folder(&busybox::archives(text), &castoff.path("docker"));
    castoff
}

fn push(castoff: &Castoff, name: &str) -> crate::support::Ended {
    castoff.run(&["push", "-v", "-t", name, "docker", "docker-daemon:"])
}

#[test]
fn what_is_pushed_to_an_engine_runs_there() {
    let engine = DockerEngine::shared();
    let castoff = pushing(&engine, "one");
    let ended = push(&castoff, "engine-runs:1").expect(0);
    assert_eq!(engine.run(None, "engine-runs:1", &["uname", "-m"]), std::env::consts::ARCH);
    assert_eq!(engine.run(None, "engine-runs:1", &["cat", "/release"]), "one");
    assert!(ended.stderr.contains("left out: the engine runs linux/"), "{}", ended.stderr);
}

#[test]
fn an_unchanged_image_is_not_loaded_again() {
    let engine = DockerEngine::shared();
    let castoff = pushing(&engine, "one");
    push(&castoff, "engine-again:1").expect(0);
    let again = push(&castoff, "engine-again:1").expect(0);
    assert!(again.stderr.contains("sent 0 B"), "{}", again.stderr);
    assert!(again.stderr.contains("(unchanged)"), "{}", again.stderr);
}

#[test]
fn a_rollback_gives_the_engine_its_old_image_back() {
    let engine = DockerEngine::shared();
    let castoff = pushing(&engine, "one");
    push(&castoff, "engine-back:1").expect(0);
    let old = engine.id("engine-back:1");
    copy_folder(&busybox::archives("two"), &castoff.path("two"));
    castoff.run(&["push", "-t", "engine-back:1", "two", "docker-daemon:"]).expect(0);
    assert_ne!(engine.id("engine-back:1"), old);
    rollback_newest(&castoff);
    assert_eq!(engine.id("engine-back:1"), old);
}

#[test]
fn a_rollback_takes_a_new_name_from_the_engine() {
    let engine = DockerEngine::shared();
    let castoff = pushing(&engine, "one");
    push(&castoff, "engine-new:1").expect(0);
    rollback_newest(&castoff);
    assert_eq!(engine.id("engine-new:1"), None);
}

fn rollback_newest(castoff: &Castoff) {
    let runs = castoff.run(&["runs"]).expect(0).stdout;
    let newest = runs.lines().last().and_then(|line| line.split(' ').next()).unwrap();
    castoff.run(&["rollback", newest]).expect(0);
}

#[test]
fn an_engine_that_does_not_run_is_refused_before_the_start() {
    let castoff = Castoff::new().env("DOCKER_HOST", "unix:///nonexistent/socket");
    copy_folder(&busybox::archives("one"), &castoff.path("docker"));
    let ended = push(&castoff, "nowhere:1").expect(4);
    assert!(ended.stderr.contains("the Docker Engine cannot be used"), "{}", ended.stderr);
    assert!(ended.stderr.contains("DOCKER_HOST"), "{}", ended.stderr);
}

#[test]
fn an_image_that_the_engine_cannot_run_is_refused() {
    let engine = DockerEngine::shared();
    let castoff = pushing(&engine, "one");
    let foreign = if std::env::consts::ARCH == "aarch64" { "linux/amd64" } else { "linux/arm64" };
    let ended = castoff
        .run(&["push", "-t", "engine-foreign:1", "--platform", foreign, "docker", "docker-daemon:"])
        .expect(4);
    assert!(ended.stderr.contains("has no image for it"), "{}", ended.stderr);
    assert_eq!(engine.id("engine-foreign:1"), None);
}
