//! Each defence against what a registry says or sends, attacked.

use castoff::model::{Digest, media_type};
use serde_json::json;

use super::{Answer, Asked, Desk, Registry};

const OTHER: &str = "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";

/// What a registry says or sends instead.
type Attack = fn(&Asked, &dyn Fn() -> Answer) -> Answer;

const WRITING: [(&str, Attack, i32, &str); 9] = [
    (
        "the digest of a manifest that was put",
        |asked, usual| {
            let answer = usual();
            if asked.is("PUT", "/manifests/sha256:") { other_digest(answer) } else { answer }
        },
        6,
        OTHER,
    ),
    (
        "the digest of a tag that was put",
        |asked, usual| {
            let answer = usual();
            if asked.is("PUT", "/manifests/1") { other_digest(answer) } else { answer }
        },
        6,
        OTHER,
    ),
    (
        "the digest of a blob that was put",
        |asked, usual| {
            let answer = usual();
            if asked.is("PUT", "/uploads/") { other_digest(answer) } else { answer }
        },
        6,
        OTHER,
    ),
    (
        "the digest of a blob that is looked at",
        |asked, usual| {
            let answer = usual();
            if asked.is("HEAD", "/blobs/") { other_digest(answer) } else { answer }
        },
        6,
        OTHER,
    ),
    (
        "the digest of a manifest that is looked at",
        |asked, usual| {
            let answer = usual();
            if asked.is("HEAD", "/manifests/sha256:") { other_digest(answer) } else { answer }
        },
        6,
        OTHER,
    ),
    (
        "the content of a manifest that is read back",
        |asked, usual| {
            let answer = usual();
            let is_read = asked.is("GET", "/manifests/sha256:") && answer.status == 200;
            if is_read {
                Answer::new(200, "{}").with("content-type", media_type::MANIFEST)
            } else {
                answer
            }
        },
        6,
        "instead of sha256:",
    ),
    (
        "an upload at another host",
        |asked, usual| {
            let answer = usual();
            let is_opened = asked.is("POST", "/uploads/");
            if is_opened { answer.with("location", "http://127.0.0.1:1/elsewhere") } else { answer }
        },
        4,
        "without a URL on its own host",
    ),
    (
        "a blob that was never kept",
        |asked, usual| {
            if asked.is("PUT", "/uploads/") { Answer::new(201, "") } else { usual() }
        },
        3,
        "does not exist",
    ),
    (
        "a page for browsers",
        |asked, usual| {
            if asked.path == "/v2/" { Answer::new(404, "<html>") } else { usual() }
        },
        4,
        "is not a registry",
    ),
];

const READING: [(&str, Attack, i32, &str); 7] = [
    (
        "the digest of a tag",
        |asked, usual| {
            let answer = usual();
            if asked.is("GET", "/manifests/") { other_digest(answer) } else { answer }
        },
        6,
        OTHER,
    ),
    (
        "the content of a manifest",
        |asked, usual| {
            let answer = usual();
            if asked.is("GET", "/manifests/sha256:") {
                Answer { body: b"{}".to_vec(), ..answer }
            } else {
                answer
            }
        },
        6,
        "instead of sha256:",
    ),
    (
        "the content of a blob",
        |asked, usual| {
            let answer = usual();
            let is_blob = asked.is("GET", "/blobs/") && answer.status == 200;
            if is_blob { Answer { body: vec![b'x'; answer.body.len()], ..answer } } else { answer }
        },
        6,
        "sha256:",
    ),
    (
        "a manifest that has no end",
        |asked, usual| {
            let is_manifest = asked.is("GET", "/manifests/sha256:");
            if is_manifest { Answer::new(200, vec![b' '; 5 << 20]) } else { usual() }
        },
        4,
        "more than",
    ),
    (
        "a redirect to this machine's secrets",
        |asked, usual| {
            let is_blob = asked.is("GET", "/blobs/");
            if is_blob { Answer::new(307, "").with("location", "ftp://x/") } else { usual() }
        },
        3,
        "it redirects to something other than http",
    ),
    (
        "redirects without end",
        |asked, usual| {
            let is_blob = asked.is("GET", "/blobs/");
            if is_blob { Answer::new(307, "").with("location", &asked.path) } else { usual() }
        },
        3,
        "redirects more than",
    ),
    (
        "both forms at once",
        |asked, usual| {
            let both = json!({
                "schemaVersion": 2, "mediaType": media_type::MANIFEST,
                "config": { "mediaType": media_type::CONFIG, "digest": OTHER, "size": 2 },
                "layers": [], "manifests": [],
            });
            let both = both.to_string();
            let digest = Digest::of(both.as_bytes()).to_string();
            if asked.is("*", "/manifests/") {
                Answer::new(200, both)
                    .with("content-type", media_type::MANIFEST)
                    .with("docker-content-digest", digest)
            } else {
                usual()
            }
        },
        4,
        "both `layers` and `manifests`",
    ),
];

fn attacked(attack: Attack) -> Registry {
    Registry::with(move |asked: &Asked, usual| attack(asked, usual))
}

fn other_digest(answer: Answer) -> Answer {
    if answer.status < 300 { answer.with("docker-content-digest", OTHER) } else { answer }
}

#[test]
fn a_registry_that_stores_something_else_than_it_was_sent_is_found_out_while_pushing() {
    for (which, attack, status, says) in WRITING {
        let registry = attacked(attack);
        let desk = Desk::new();
        let push = || desk.run(&["push", "-t", "app:1", "images", &registry.url("")]);
        let first = push();
        // Some of it is only looked at when it is there.
        let ended = if first.status == 0 { push() } else { first };
        assert_eq!(ended.status, status, "{which}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{which}: {}", ended.stderr);
    }
}

#[test]
fn a_registry_that_sends_something_else_than_it_says_is_found_out_while_reading() {
    for (which, attack, status, says) in READING {
        let registry = attacked(attack);
        registry.held().image("1");
        let desk = Desk::new();
        let layout = format!("oci:{}:app:1", desk.path("shelf").display());
        let ended = desk.run(&["copy", &registry.url(":1"), &layout]);
        assert!(ended.stderr.contains(says), "{which}: {}", ended.stderr);
        assert_eq!(ended.status, status, "{which}: {}", ended.stderr);
        assert!(!desk.path("shelf/index.json").exists() || !has_tag(&desk), "{which}");
    }
}

fn has_tag(desk: &Desk) -> bool {
    std::fs::read_to_string(desk.path("shelf/index.json")).unwrap().contains("app:1")
}
