//! `castoff pkg manifest` beside another machine that does the same.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use castoff::model::media_type;
use serde_json::{Value, json};

use super::{FOO, Workshop, foo, show_tag::castoff};
use crate::registries::{Asked, Registry};

/// Stores an image under `foo`'s tag of its platform.
fn pushed(registry: &Registry, architecture: &str) -> Value {
    let mut held = registry.held();
    let config = json!({
        "os": "linux", "architecture": architecture,
        "rootfs": { "type": "layers", "diff_ids": [] },
    });
    let config = held.blob(media_type::CONFIG, config.to_string());
    let manifest = json!({
        "schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": [],
    });
    let raw = manifest.to_string();
    let size = raw.len();
    let digest = held.put(&format!("{FOO}-{architecture}"), media_type::MANIFEST, raw);
    json!({
        "mediaType": media_type::MANIFEST, "digest": digest, "size": size,
        "platform": { "os": "linux", "architecture": architecture },
    })
}

/// Stores an index of one image under `foo`'s tag.
fn joined(registry: &Registry, image: &Value, times: usize) {
    let index = json!({
        "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [image],
        "annotations": { "times": times.to_string() },
    });
    registry.held().put(FOO, media_type::INDEX, index.to_string());
}

/// A registry with an image of `foo` for amd64, and a machine that joins its
/// own for arm64 before an answer to some requests, so many times. It takes
/// its tag of the platform away, so that only the index tells of it.
fn beside(before: fn(&Asked) -> bool, times: usize) -> (Registry, Arc<Registry>) {
    let registry = Registry::start();
    let other = pushed(&registry, "arm64");
    registry.held().tags.remove(&format!("{FOO}-arm64"));
    meanwhile(registry, before, times, move |registry, count| joined(registry, &other, count))
}

/// A registry with an image of `foo` for amd64, where something is done before
/// an answer to some requests, so many times.
fn meanwhile(
    registry: Registry,
    before: fn(&Asked) -> bool,
    times: usize,
    work: impl Fn(&Registry, usize) + Send + Sync + 'static,
) -> (Registry, Arc<Registry>) {
    pushed(&registry, "amd64");
    let registry = Arc::new(registry);
    let (behind, done) = (Arc::clone(&registry), AtomicUsize::new(0));
    let front = Registry::with(move |asked: &Asked, _| {
        if before(asked) {
            let count = done.fetch_add(1, Ordering::SeqCst);
            if count < times {
                work(&behind, count);
            }
        }
        behind.again(asked)
    });
    (front, registry)
}

/// Joins what is there: how it ended, and what it said.
fn join(shop: &Workshop, registry: &Registry) -> (Option<i32>, String) {
    let org = format!("{}/team", registry.server.address);
    let line =
        ["pkg", "manifest", "--insecure", "-disable-content-trust", "-org", &org, "repo/foo"];
    let told = castoff(shop, &line, &[]);
    (told.status, told.stderr)
}

/// Fails unless both platforms are joined where this happens meanwhile.
#[track_caller]
fn joins_both((front, registry): (Registry, Arc<Registry>)) {
    let (status, told) = join(&foo(), &front);
    assert_eq!(status, Some(0), "{told}");
    let held = registry.held();
    let index: Value = serde_json::from_slice(&held.manifests[&held.tags[FOO]].1).unwrap();
    let all = index["manifests"].as_array().unwrap().iter();
    let all: Vec<&str> = all.map(|of| of["platform"]["architecture"].as_str().unwrap()).collect();
    assert_eq!(all, ["amd64", "arm64"]);
}

#[test]
fn a_platform_that_another_machine_joins_meanwhile_stays_joined() {
    joins_both(beside(|asked| asked.is("PUT", "/manifests/sha256:"), 1));
}

#[test]
fn a_platform_that_another_machine_pushes_meanwhile_is_joined() {
    let at_the_end = |asked: &Asked| asked.is("PUT", "/manifests/sha256:");
    joins_both(meanwhile(Registry::start(), at_the_end, 1, |registry, _| {
        pushed(registry, "arm64");
    }));
}

#[test]
fn an_index_that_never_stays_is_a_conflict_in_the_end() {
    let looks = |asked: &Asked| asked.method != "PUT" && asked.path.ends_with(FOO);
    let (front, registry) = beside(looks, usize::MAX);
    let (status, told) = join(&foo(), &front);
    assert_eq!(status, Some(5), "{told}");
    assert!(told.contains("moved while castoff read it"), "{told}");
    let held = registry.held();
    let index = String::from_utf8_lossy(&held.manifests[&held.tags[FOO]].1).into_owned();
    assert!(index.contains("times"), "the other machine's index is there: {index}");
}
