//! The local Docker Engine with containerd's image store as a sink, and what
//! is said of a tag at an engine of either kind.

use std::path::Path;

use crate::support::{Castoff, DockerEngine, Ended, busybox, copy_folder};

/// castoff that releases `text` to an engine.
fn pushing(engine: &DockerEngine, text: &str) -> Castoff {
    let castoff = Castoff::new().env("DOCKER_HOST", engine.host());
    copy_folder(&busybox::archives(text), &castoff.path("docker"));
    castoff
}

fn push(castoff: &Castoff, name: &str) -> Ended {
    castoff.run(&["push", "-v", "-t", name, "docker", "docker-daemon:"]).expect(0)
}

/// The platforms that the engine has of an image, in order.
fn platforms(engine: &DockerEngine, name: &str) -> Vec<String> {
    let image = engine.ask("GET", &format!("/images/{name}/json?manifests=1"));
    let manifests = image["Manifests"].as_array().cloned().unwrap_or_default();
    let has = manifests.iter().filter(|manifest| manifest["Available"] == true);
    let mut platforms: Vec<String> = has
        .map(|manifest| {
            let platform = &manifest["ImageData"]["Platform"];
            ["os", "architecture", "variant"]
                .iter()
                .filter_map(|part| platform[part].as_str())
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    platforms.sort();
    platforms
}

const ALL: [&str; 4] = ["linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64"];

/// The digest that castoff says a name has.
fn said(ended: &Ended, name: &str) -> String {
    let digests = ended.digests();
    digests.into_iter().find(|(known, _)| known == name).unwrap().1
}

/// The names that the engine has for an image.
fn listed(engine: &DockerEngine, id: &str) -> Vec<String> {
    let short = &id.trim_start_matches("sha256:")[..12];
    engine.images().lines().filter(|line| line.ends_with(short)).map(str::to_owned).collect()
}

#[test]
fn an_engine_on_containerd_has_all_platforms_under_the_index_that_is_said() {
    let engine = DockerEngine::on_containerd();
    // No other test gives it this, which would have more names meanwhile.
    let castoff = pushing(&engine, "four");
    let ended = push(&castoff, "store-all:1");
    assert_eq!(platforms(&engine, "store-all:1"), ALL);
    let index = said(&ended, "store-all:1");
    assert_eq!(engine.id("store-all:1"), Some(index.clone()));
    assert!(ended.stderr.contains(&format!("store-all:1 → {index}")), "{}", ended.stderr);
    assert!(!ended.stderr.contains("left out"), "{}", ended.stderr);
    assert_eq!(engine.run(None, "store-all:1", &["cat", "/release"]), "four");
    assert_eq!(engine.run(Some("linux/arm64"), "store-all:1", &["uname", "-m"]), "aarch64");
    assert_eq!(listed(&engine, &index).len(), 1, "it has one name");
}

#[test]
fn a_platform_that_was_taken_from_an_engine_is_loaded_again() {
    let engine = DockerEngine::on_containerd();
    let castoff = Castoff::new().env("DOCKER_HOST", engine.host());
    // With a platform an engine also takes away what others have of it.
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example/docker");
    copy_folder(&example, &castoff.path("docker"));
    push(&castoff, "store-part:1");
    let index = engine.id("store-part:1").unwrap();
    let arm = "%7B%22os%22:%22linux%22,%22architecture%22:%22arm64%22%7D";
    engine.ask("DELETE", &format!("/images/store-part:1?force=1&platforms={arm}"));
    assert_eq!(platforms(&engine, "store-part:1"), ALL[..3]);
    push(&castoff, "store-part:1");
    assert_eq!(platforms(&engine, "store-part:1"), ALL);
    assert_eq!(listed(&engine, &index).len(), 1, "it has one name");
}

#[test]
fn an_index_that_an_engine_has_is_not_loaded_again() {
    let engine = DockerEngine::on_containerd();
    let castoff = pushing(&engine, "one");
    push(&castoff, "store-again:1");
    let again = push(&castoff, "store-again:1");
    assert!(again.stderr.contains("sent 0 B"), "{}", again.stderr);
    assert!(again.stderr.contains("(unchanged)"), "{}", again.stderr);
}

#[test]
fn a_rollback_gives_an_engine_its_old_index_back() {
    let engine = DockerEngine::on_containerd();
    let castoff = pushing(&engine, "one");
    push(&castoff, "store-back:1");
    let old = engine.id("store-back:1");
    copy_folder(&busybox::archives("two"), &castoff.path("two"));
    castoff.run(&["push", "-t", "store-back:1", "two", "docker-daemon:"]).expect(0);
    assert_ne!(engine.id("store-back:1"), old);
    rollback_newest(&castoff);
    assert_eq!(engine.id("store-back:1"), old);
    assert_eq!(platforms(&engine, "store-back:1"), ALL);
}

#[test]
fn an_engine_on_containerd_takes_what_it_cannot_run() {
    let engine = DockerEngine::on_containerd();
    let castoff = pushing(&engine, "one");
    let foreign = if std::env::consts::ARCH == "aarch64" { "linux/amd64" } else { "linux/arm64" };
    castoff
        .run(&["push", "-t", "store-foreign:1", "--platform", foreign, "docker", "docker-daemon:"])
        .expect(0);
    assert_eq!(platforms(&engine, "store-foreign:1"), [foreign]);
}

#[test]
fn each_platform_has_a_tag_of_its_own_at_an_engine_on_containerd() {
    let engine = DockerEngine::on_containerd();
    let castoff = pushing(&engine, "one");
    castoff.configure(
        "[release]\nversion = \"1\"\ntags = [\"1\"]\n\
         [[artifact]]\nname = \"store-each\"\nfrom = { archives = \"docker\" }\n\
         [[sink]]\nname = \"engine\"\nurl = \"docker-daemon:\"\nplatform_tags = true\n",
    );
    let ended = castoff.run(&["--batch"]).expect(0);
    assert_eq!(platforms(&engine, "store-each:1"), ALL);
    assert_eq!(platforms(&engine, "store-each:1-arm64"), ["linux/arm64"]);
    for tag in ["1", "1-amd64", "1-arm64"] {
        let name = format!("store-each:{tag}");
        assert_eq!(engine.id(&name), Some(said(&ended, &name)));
    }
}

#[test]
fn what_is_said_of_a_tag_is_what_the_engine_answers() {
    let engine = DockerEngine::shared();
    let castoff = pushing(&engine, "one");
    let ended = push(&castoff, "engine-said:1");
    let id = engine.id("engine-said:1").unwrap();
    assert_eq!(said(&ended, "engine-said:1"), id);
    assert!(ended.stderr.contains(&format!("engine-said:1 → {id}")), "{}", ended.stderr);
    let runs = castoff.path("../home/state/castoff/runs");
    let journal = std::fs::read_dir(runs).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|of| of == "jsonl").then(|| std::fs::read_to_string(path))
    });
    let journal = journal.unwrap().unwrap();
    let moved = journal.lines().find(|line| line.contains("tag_moved")).unwrap();
    assert!(moved.contains(&id), "{moved}");
    let plan =
        castoff.run(&["push", "--dry-run", "-t", "engine-said:1", "docker", "docker-daemon:"]);
    assert!(plan.stdout.contains("unchanged"), "{plan:?}");
}

fn rollback_newest(castoff: &Castoff) {
    let runs = castoff.run(&["runs"]).expect(0).stdout;
    let newest = runs.lines().last().and_then(|line| line.split(' ').next()).unwrap();
    castoff.run(&["rollback", newest]).expect(0);
}
