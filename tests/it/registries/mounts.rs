//! A blob that cannot be taken over from another repository is sent.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use castoff::model::Digest;
use serde_json::Value;

use super::{Answer, Asked, Desk, Registry, fake::refusal};

/// A registry whose repository `other/app` has only what was sent there, and
/// that answers so where a blob is to be taken over into it.
fn registry(mount: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Registry {
    let there = Arc::<Mutex<BTreeSet<String>>>::default();
    Registry::with(move |asked: &Asked, usual| {
        let Some(path) = asked.path.strip_prefix("/v2/other/app/") else { return usual() };
        let mut there = there.lock().unwrap();
        let name = path.rsplit('/').next().unwrap_or_default();
        match asked.method.as_str() {
            "POST" if asked.value("mount").is_some() => mount(asked),
            "GET" | "HEAD" if name.starts_with("sha256:") && !there.contains(name) => {
                Answer::new(404, "")
            }
            "PUT" if path.starts_with("manifests/") => {
                let manifest: Value = serde_json::from_slice(&asked.body).unwrap();
                let layers = manifest["layers"].as_array().into_iter().flatten();
                let mut blobs =
                    layers.chain([&manifest["config"]]).filter_map(|of| of["digest"].as_str());
                if blobs.any(|blob| !there.contains(blob)) {
                    return refusal(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown");
                }
                there.insert(Digest::of(&asked.body).to_string());
                usual()
            }
            "PUT" => {
                let answer = usual();
                if answer.status == 201 {
                    there.extend(asked.value("digest"));
                }
                answer
            }
            _ => usual(),
        }
    })
}

#[test]
fn a_copy_ends_well_whatever_becomes_of_its_mounts() {
    let dead = "/v2/other/app/blobs/uploads/dead";
    for (which, answer) in [
        ("500", refusal(500, "UNKNOWN", "no")),
        ("503", Answer::new(503, "")),
        ("429", refusal(429, "TOOMANYREQUESTS", "later")),
        ("closed", Answer::new(0, "")),
        ("nothing taken over", Answer::new(201, "").with("location", "/x")),
        ("a session that is dead", Answer::new(202, "").with("location", dead)),
    ] {
        let registry = registry(move |_| answer.clone());
        registry.held().image("1");
        let to = registry.url(":2").replace("team/app", "other/app");
        let desk = Desk::new();
        let ended = desk.run(&["copy", &registry.url(":1"), &to]);
        assert_eq!(ended.status, 0, "{which}: {}", ended.stderr);
        assert_eq!(registry.named("1"), registry.named("2"), "{which}");
        let posts = registry.server.seen("POST", "/other/app/");
        let mounts = posts.iter().filter(|asked| asked.value("mount").is_some()).count();
        assert!(mounts <= 20, "{which}: {mounts}");
    }
}
