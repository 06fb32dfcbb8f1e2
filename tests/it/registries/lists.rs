//! Lists that break off, and answers that say in their own way that there is
//! nothing.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::{Answer, Asked, Desk, Registry, fake::refusal};

/// A registry of which the second page of a list is `answer`.
fn broken(list: &'static str, answer: &Answer) -> Registry {
    let answer = answer.clone();
    let registry = Registry::with(move |asked: &Asked, usual| {
        if !asked.is("GET", list) {
            return usual();
        }
        if asked.value("next").is_some() {
            return answer.clone();
        }
        usual().with("link", format!("<{}?next=1>; rel=\"next\"", asked.path))
    });
    for tag in ["1.0", "1.1", "zstable"] {
        registry.held().image(tag);
    }
    registry
}

fn cut_off() -> [Answer; 3] {
    [
        refusal(404, "NAME_UNKNOWN", "no such repository"),
        Answer::new(404, ""),
        Answer::new(502, "<html>"),
    ]
}

#[test]
fn half_a_list_of_tags_is_not_collected_by() {
    for answer in cut_off() {
        let registry = broken("/tags/list", &answer);
        let desk = Desk::new();
        for verb in [&["ls"][..], &["gc", "--keep", "1"]] {
            let url = registry.url("");
            let ended = desk.run(&[verb, &[&*url, "--insecure"]].concat());
            assert_eq!(ended.status, 3, "{verb:?}: {}", ended.stderr);
        }
        assert_eq!(registry.tags(), ["1.0", "1.1", "zstable"]);
        assert!(registry.server.seen("DELETE", "").is_empty());
    }
}

#[test]
fn half_a_catalogue_is_not_shown_as_all() {
    for answer in cut_off() {
        let registry = broken("/_catalog", &answer);
        let host = format!("docker://{}", registry.server.address);
        Desk::new().run(&["ls", &host, "--insecure"]).expect(3);
    }
}

#[test]
fn nothing_is_there_whatever_code_says_so() {
    for code in ["UNKNOWN", "TAG_EXPIRED", "TAG_UNKNOWN", "404", "MANIFEST_UNKNOWN"] {
        // The tag is shown late, and what is not there yet is told so.
        let late = Arc::new(AtomicU32::new(3));
        let left = Arc::clone(&late);
        let registry = Registry::with(move |asked: &Asked, usual| {
            let is_read = ["GET", "HEAD"].contains(&asked.method.as_str());
            let is_late = is_read && asked.path.ends_with("/manifests/1");
            if is_late && left.load(Ordering::Relaxed) > 0 {
                left.fetch_sub(1, Ordering::Relaxed);
                return refusal(404, code, "it is not there");
            }
            usual()
        });
        let desk = Desk::new();
        let ended = desk.run(&["push", "-t", "app:1", "images", &registry.url("")]);
        assert_eq!(ended.status, 0, "{code}: {}", ended.stderr);
        assert_eq!(registry.tags(), ["1"], "{code}");
        assert_eq!(late.load(Ordering::Relaxed), 0, "{code}");
    }
}

#[test]
fn what_may_not_be_seen_is_not_taken_for_absent() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.path.contains("/manifests/1") && asked.method == "HEAD" {
            return Answer::new(405, "");
        }
        if asked.is("GET", "/manifests/1") {
            return refusal(404, "DENIED", "not for you");
        }
        usual()
    });
    let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]);
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    ended.says(&["not for you"]);
    assert!(registry.tags().is_empty());
}

#[test]
fn a_wait_of_a_day_is_not_begun() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.is("POST", "/blobs/uploads/") {
            return refusal(429, "TOOMANYREQUESTS", "tomorrow").with("retry-after", "86400");
        }
        usual()
    });
    let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(3);
    ended.says(&["tomorrow"]).never_says("again in");
}

#[test]
fn half_a_list_of_referrers_lets_no_content_be_removed() {
    for answer in cut_off() {
        let registry = Registry::with(move |asked: &Asked, usual| {
            if !asked.is("GET", "/referrers/") {
                return usual();
            }
            if asked.value("next").is_some() {
                return answer.clone();
            }
            let list = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
            Answer::new(200, list)
                .with("content-type", "application/vnd.oci.image.index.v1+json")
                .with("link", format!("<{}?next=1>; rel=\"next\"", asked.path))
        });
        for tag in ["1.0", "1.1"] {
            registry.held().image(tag);
        }
        let desk = Desk::new();
        let ended = desk.run(&["gc", &registry.url(""), "--keep", "1"]);
        assert_eq!(ended.status, 3, "{}", ended.stderr);
        // The tag that was named goes, and what may be about others stays.
        assert_eq!(registry.tags(), ["1.1"]);
        assert!(registry.server.seen("DELETE", "sha256:").is_empty());
        assert_eq!(registry.held().manifests.len(), 2);
    }
}
