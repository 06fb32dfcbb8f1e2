//! Answers that break off, and what goes or hides when a tag is removed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{Answer, Asked, Desk, Registry, fake::refusal};

/// A registry whose first answer to a GET of each of these breaks off.
fn cut(path: &'static str) -> Registry {
    let asked_for = AtomicUsize::new(0);
    let registry = Registry::with(move |asked: &Asked, usual| {
        let is_it = asked.is("GET", path) && asked_for.fetch_add(1, Ordering::Relaxed) == 0;
        let answer = usual();
        let more = (answer.body.len() + 100).to_string();
        if is_it { answer.with("content-length", more) } else { answer }
    });
    for tag in ["1.0", "1.1"] {
        registry.held().image(tag);
    }
    registry
}

#[test]
fn a_document_whose_answer_breaks_off_is_asked_for_again() {
    for path in ["/manifests/", "/tags/list", "/blobs/"] {
        for verb in ["ls", "inspect", "copy", "rm", "gc"] {
            let registry = cut(path);
            let (all, one) = (registry.url(""), registry.url(":1.0"));
            let arguments = match verb {
                "ls" => vec!["ls", &all],
                "copy" => vec!["copy", &one, "oci:copied:app:1.0"],
                "gc" => vec!["gc", &all, "--keep", "2"],
                verb => vec![verb, &one],
            };
            Desk::new().run(&arguments).expect(0);
        }
    }
}

/// A registry that, once `1.0` was removed, shows `latest` no more until it is
/// written again.
fn hides(names_the_same: bool) -> (Registry, Arc<AtomicBool>) {
    let is_gone = Arc::new(AtomicBool::new(false));
    let gone = Arc::clone(&is_gone);
    let registry = Registry::with(move |asked: &Asked, usual| {
        let answer = usual();
        match (asked.method.as_str(), asked.path.rsplit('/').next()) {
            ("DELETE", Some("1.0")) => gone.store(true, Ordering::Relaxed),
            ("PUT", Some("latest")) => gone.store(false, Ordering::Relaxed),
            _ if !gone.load(Ordering::Relaxed) => {}
            (_, Some("latest")) => return refusal(404, "MANIFEST_UNKNOWN", "none"),
            (_, Some("list")) => {
                return Answer::new(200, r#"{"name":"team/app","tags":["1.1"]}"#);
            }
            _ => {}
        }
        answer
    });
    for tag in ["1.0", "1.1", "other"] {
        registry.held().image(tag);
    }
    let named = registry.named(if names_the_same { "1.0" } else { "other" });
    registry.held().tags.insert("latest".to_owned(), named);
    registry.held().tags.remove("other");
    (registry, is_gone)
}

#[test]
fn a_tag_that_goes_with_another_one_is_put_back() {
    for verb in ["rm", "gc"] {
        let (registry, is_gone) = hides(true);
        let (all, one) = (registry.url(""), registry.url(":1.0"));
        let arguments =
            if verb == "rm" { vec!["rm", &one] } else { vec!["gc", &all, "--keep", "1"] };
        let ended = Desk::new().run(&arguments).expect(0);
        ended.says(&["`latest` was removed with `1.0`", "it was restored"]);
        assert!(!is_gone.load(Ordering::Relaxed), "{verb}");
        assert_eq!(registry.tags(), ["1.1", "latest"], "{verb}");
    }
}

#[test]
fn a_tag_that_was_to_stay_and_is_not_there_ends_a_sweep() {
    let (registry, _) = hides(false);
    let arguments = ["gc", &registry.url(""), "--keep", "1"];
    let ended = Desk::new().run(&arguments).expect(3);
    ended.says(&["`latest` was removed after castoff chose"]);
    assert!(registry.server.seen("DELETE", "/manifests/sha256:").is_empty());
}
