//! Removals of tags that broke off at a registry that only deletes digests.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{Answer, Asked, Desk, Registry, fake::refusal};

/// A registry whose second removal of a digest fails so, once: the first is a
/// trial with something that no tag names.
fn registry(status: u16) -> Registry {
    let (removed, answer) = (Arc::new(AtomicUsize::new(0)), refusal(status, "DENIED", "not now"));
    Registry::with(move |asked: &Asked, usual| {
        let is_removal = asked.method == "DELETE" && asked.path.contains("/manifests/");
        if is_removal && !asked.path.contains("sha256:") {
            return Answer::new(405, "");
        }
        let is_second = is_removal && removed.fetch_add(1, Ordering::Relaxed) == 1;
        if is_second { answer.clone() } else { usual() }
    })
}

#[test]
fn a_removal_that_broke_off_is_rolled_back_and_goes_on() {
    for undoes in [true, false] {
        let (registry, desk) = (registry(403), Desk::new());
        registry.held().image("1");
        registry.held().image("2");
        let digest = registry.named("1");
        desk.run(&["rm", &registry.url(":1")]).expect(3);
        assert_ne!(registry.named("1"), digest, "it names something of castoff's own");
        if undoes {
            let runs = desk.run(&["runs"]).expect(0).stdout;
            let run = runs.lines().last().unwrap().split(' ').next().unwrap().to_owned();
            desk.run(&["rollback", &run]).expect(0);
            assert_eq!(registry.named("1"), digest);
        } else {
            desk.run(&["resume"]).expect(0);
            assert_eq!(registry.tags(), ["2"]);
        }
    }
}
