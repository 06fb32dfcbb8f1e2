//! Tags at a registry that only deletes digests, and leaves a tag with half of
//! it gone where another one is being written: as docker-registry does.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use castoff::model::Digest;

use super::{Answer, Asked, Desk, Registry, fake::refusal};

/// What was written under tags, and of which of it the manifest is gone.
#[derive(Default)]
struct Halves {
    named: BTreeMap<String, String>,
    gone: Vec<String>,
}

impl Halves {
    fn is_gone(&self, name: &str) -> bool {
        let digest = self.named.get(name).map_or(name, String::as_str);
        self.gone.iter().any(|gone| gone == digest)
    }
}

/// A registry that leaves half of what it deletes while `is_ill` says so.
fn registry(is_ill: impl Fn() -> bool + Send + Sync + 'static) -> Registry {
    let halves = Mutex::new(Halves::default());
    Registry::with(move |asked: &Asked, usual| {
        let Some((_, name)) = asked.path.split_once("/manifests/") else { return usual() };
        let mut halves = halves.lock().unwrap();
        match asked.method.as_str() {
            "PUT" => {
                let digest = Digest::of(&asked.body).to_string();
                halves.gone.retain(|gone| *gone != digest);
                halves.named.insert(name.to_owned(), digest);
                usual()
            }
            "DELETE" if !name.contains(':') => refusal(405, "UNSUPPORTED", "no tags"),
            _ if halves.is_gone(name) => refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"),
            "DELETE"
                if halves.named.iter().any(|(tag, of)| of == name && tag != name) && is_ill() =>
            {
                halves.gone.push(name.to_owned());
                refusal(500, "UNKNOWN", "invalid checksum digest format")
            }
            _ => usual(),
        }
    })
}

#[test]
fn a_tag_of_which_a_registry_removed_half_is_removed_whole() {
    let faults = AtomicUsize::new(0);
    let registry = registry(move || faults.fetch_add(1, Ordering::Relaxed) < 2);
    registry.held().image("1");
    registry.held().image("2");
    let desk = Desk::new();
    let ended = desk.run(&["rm", &registry.url(":1")]).expect(0);
    assert_eq!(registry.tags(), ["2"], "{}", ended.stderr);
}

#[test]
fn a_tag_that_is_still_listed_is_not_called_removed() {
    let is_ill = Arc::new(AtomicBool::new(true));
    let ill = Arc::clone(&is_ill);
    let registry = registry(move || ill.load(Ordering::Relaxed));
    registry.held().image("1");
    registry.held().image("2");
    let desk = Desk::new();
    desk.run(&["rm", &registry.url(":1")]).expect(3).says(&[
        "`1` no longer has content, but is still listed",
        "try again",
        "may be removed",
    ]);
    assert_eq!(registry.tags(), ["1", "2"]);
    // It names nothing now, and that it is gone is not taken for granted.
    is_ill.store(false, Ordering::Relaxed);
    let ended = desk.run(&["resume"]).expect(0);
    assert_eq!(registry.tags(), ["2"], "{}", ended.stderr);
}

#[test]
fn no_tag_is_written_while_another_one_is_removed_by_its_digest() {
    const TAGS: usize = 24;
    let (writing, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let (met, peak) = (Arc::new(AtomicBool::new(false)), Arc::clone(&most));
    let has_met = Arc::clone(&met);
    let registry = Registry::with(move |asked: &Asked, usual| {
        let Some((_, name)) = asked.path.split_once("/manifests/") else { return usual() };
        let slow = |answer: &dyn Fn() -> Answer| {
            // So long a real one takes.
            thread::sleep(Duration::from_millis(10));
            answer()
        };
        match (asked.method.as_str(), name.contains(':')) {
            ("PUT", false) => {
                let count = writing.fetch_add(1, Ordering::SeqCst) + 1;
                peak.fetch_max(count, Ordering::SeqCst);
                let answer = slow(usual);
                writing.fetch_sub(1, Ordering::SeqCst);
                answer
            }
            ("DELETE", false) => refusal(405, "UNSUPPORTED", "no tags"),
            ("DELETE", true) => {
                let begun = writing.load(Ordering::SeqCst);
                let answer = slow(usual);
                let is_met = begun + writing.load(Ordering::SeqCst) > 0;
                has_met.fetch_or(is_met, Ordering::SeqCst);
                answer
            }
            _ => usual(),
        }
    });
    for number in 0..TAGS {
        registry.held().image(&format!("1.0.{number}"));
    }
    Desk::new().run(&["gc", &registry.url(""), "--keep", "1"]).expect(0);
    assert_eq!(registry.tags(), [format!("1.0.{}", TAGS - 1)]);
    assert!(!met.load(Ordering::SeqCst), "a tag was written while another one was removed");
    assert!(most.load(Ordering::SeqCst) > 1, "several are written side by side");
}

#[test]
fn the_tag_of_a_signature_goes_with_it_where_a_registry_removed_half() {
    let faults = AtomicUsize::new(0);
    let registry = registry(move || faults.fetch_add(1, Ordering::Relaxed) < 4);
    registry.held().image("1.0.0");
    registry.held().image("1.1.0");
    let desk = Desk::new().env("COSIGN_PASSWORD", "x");
    desk.run(&["sign", "--generate-key", "own"]).expect(0);
    desk.run(&["sign", &registry.url(":1.0.0"), "--key", "own.key"]).expect(0);
    assert!(registry.tags().len() > 2);
    let ended = desk.run(&["gc", &registry.url(""), "--keep", "1"]).expect(0);
    assert_eq!(registry.tags(), ["1.1.0"], "{}", ended.stderr);
}
