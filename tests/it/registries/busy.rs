//! A registry that does something else at the moment, says so with 409, and is
//! asked again.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Answer, Asked, Desk, Registry, fake::refusal};

/// Where a registry may be busy: a method, and a part of the path.
const PLACES: [(&str, &str); 4] = [
    ("POST", "/blobs/uploads/"),
    ("PUT", "/blobs/uploads/"),
    ("PUT", "/manifests/sha256:"),
    ("PUT", "/manifests/1"),
];

fn busy(method: &'static str, path: &'static str, times: usize) -> Registry {
    let refused = AtomicUsize::new(0);
    Registry::with(move |asked: &Asked, usual| {
        if asked.is(method, path) && refused.fetch_add(1, Ordering::Relaxed) < times {
            refusal(409, "CONFLICT", "another operation is in progress")
        } else {
            usual()
        }
    })
}

#[test]
fn what_a_busy_registry_refuses_once_is_sent_again() {
    for (method, path) in PLACES {
        let registry = busy(method, path, 2);
        let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]);
        assert_eq!(ended.status, 0, "{method} {path}: {}", ended.stderr);
        assert_eq!(registry.tags(), ["1"]);
    }
}

#[test]
fn a_registry_that_stays_busy_is_no_conflict_of_a_tag() {
    for (method, path) in PLACES {
        let registry = busy(method, path, usize::MAX);
        let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]);
        assert_eq!(ended.status, 3, "{method} {path}: {}", ended.stderr);
        ended.says(&["in progress"]).never_says("the same conflict");
        assert!(registry.tags().is_empty());
        assert!(registry.server.seen(method, path).len() >= 5, "{method} {path}");
    }
}

#[test]
fn a_manifest_that_misses_a_blob_of_another_publisher_is_sent_again() {
    let refused = AtomicUsize::new(0);
    let registry = Registry::with(move |asked: &Asked, usual| {
        if asked.is("PUT", "/manifests/sha256:") && refused.fetch_add(1, Ordering::Relaxed) == 0 {
            let errors = r#"{"errors":[
                {"code":"DIGEST_INVALID","message":"did not match uploaded content"},
                {"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}"#;
            Answer::new(400, errors).with("content-type", "application/json")
        } else {
            usual()
        }
    });
    Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(0);
    assert_eq!(registry.tags(), ["1"]);
}

#[test]
fn content_under_its_digest_is_refused_for_no_conflict_of_a_tag() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.is("PUT", "/manifests/sha256:") { Answer::new(412, "") } else { usual() }
    });
    let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]);
    ended.expect(3).never_says("the same conflict");
}

#[test]
fn a_wait_that_the_registry_asked_for_is_no_try() {
    let refused = AtomicUsize::new(0);
    let registry = Registry::with(move |asked: &Asked, usual| {
        if asked.is("PUT", "/manifests/1") && refused.fetch_add(1, Ordering::Relaxed) < 7 {
            refusal(503, "UNAVAILABLE", "soon").with("retry-after", "0")
        } else {
            usual()
        }
    });
    Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(0);
}

#[test]
fn a_list_of_tags_does_not_wait_for_ever_at_a_registry_that_only_answers_heads() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.is("GET", "/manifests/") { refusal(503, "UNAVAILABLE", "soon") } else { usual() }
    });
    for tag in ["1", "2", "3"] {
        registry.held().image(tag);
    }
    // More answers are held, each by what asks once more, than places are left.
    Desk::new().run(&["ls", &registry.url("")]).expect(3);
}

#[test]
fn a_list_of_tags_that_may_not_be_read_is_no_success() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.path.contains("/manifests/") { refusal(403, "DENIED", "no") } else { usual() }
    });
    registry.held().image("1");
    Desk::new().run(&["ls", &registry.url("")]).expect(3).says(&["DENIED"]);
}

#[test]
fn a_name_of_the_option_is_below_the_namespace_of_the_sink_that_is_named() {
    let (registry, desk) = (Registry::start(), Desk::new());
    desk.configure(&format!("docker://{}/acme", registry.server.address));
    desk.run(&["push", "-t", "app:1", "images", "hub"]).expect(0).says(&["/acme/app:1"]);
    assert_eq!(registry.server.seen("PUT", "/v2/acme/app/manifests/1").len(), 1);
}
