//! A registry, whose HEAD may say more than it has.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use super::{Release, WAYS, flip};
use crate::registries::{Answer, Asked, Registry};

/// A registry of which `hook` answers once it is told to, and the release that
/// it has.
fn spoiling(
    hook: impl Fn(&Asked, &dyn Fn() -> Answer) -> Option<Answer> + Send + Sync + 'static,
) -> (Registry, Release, Arc<AtomicBool>) {
    let spoils = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&spoils);
    let registry = Registry::with(move |asked: &Asked, usual| {
        let own = told.load(Ordering::SeqCst).then(|| hook(asked, usual)).flatten();
        own.unwrap_or_else(usual)
    });
    let host = format!("docker://{}", registry.server.address);
    let release = Release::ready(&format!("{host}/team"), &format!("{host}/team/app")).first();
    (registry, release, spoils)
}

#[test]
fn a_blob_that_a_registry_names_and_does_not_serve_is_sent_again_in_every_way() {
    for way in WAYS {
        let sent = Arc::<Mutex<Vec<String>>>::default();
        let again = Arc::clone(&sent);
        let (registry, release, spoils) = spoiling(move |asked, _| {
            let mut sent = again.lock().unwrap();
            if asked.is("PUT", "/blobs/uploads/") {
                sent.push(asked.value("digest").unwrap());
            }
            let digest = asked.path.rsplit('/').next()?.to_owned();
            let is_lost = asked.is("GET", "/blobs/sha256:") && !sent.contains(&digest);
            is_lost.then(|| Answer::new(404, ""))
        });
        spoils.store(true, Ordering::SeqCst);
        let ended = release.again(way).expect(0);
        let blobs = registry.held().blobs.len();
        assert_eq!(sent.lock().unwrap().len(), blobs, "{way:?}: {}", ended.stderr);
    }
}

#[test]
fn a_small_blob_with_a_flipped_bit_at_a_registry_is_sent_again_in_every_way() {
    for way in WAYS {
        let (registry, release, _) = spoiling(|_, _| None);
        let right = registry.held().blobs.clone();
        registry.held().blobs.values_mut().for_each(|bytes| flip(bytes));
        let ended = release.again(way).expect(0);
        assert!(registry.held().blobs == right, "{way:?}: {}", ended.stderr);
    }
}

#[test]
fn a_blob_that_a_registry_keeps_wrong_however_often_it_is_sent_moves_no_tag() {
    let (registry, release, spoils) = spoiling(|asked, usual| {
        let is_read = asked.is("GET", "/blobs/sha256:");
        is_read.then(|| {
            let mut answer = usual();
            flip(&mut answer.body);
            answer
        })
    });
    let before = registry.held().tags.clone();
    spoils.store(true, Ordering::SeqCst);
    let config = std::fs::read_to_string(release.path("castoff.toml")).unwrap();
    release.project.write("castoff.toml", config.replace("version = \"1\"", "version = \"2\""));
    release.run(&["--batch"]).expect(6).says(&["the content served as"]);
    assert!(registry.held().tags == before);
}
