//! Links to storages, heads of manifests and ranges of uploads that are not to
//! be taken at their word.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use castoff::model::Digest;
use serde_json::json;

use super::{Answer, Asked, Desk, Registry, Server};

/// A registry that links to a storage for each blob, which refuses the first
/// `times` links so.
fn linking(times: usize, refusal: Answer) -> (Registry, Server) {
    let asked_for = AtomicUsize::new(0);
    let blobs = Arc::new(Mutex::new(Vec::<(String, Vec<u8>)>::new()));
    let kept = Arc::clone(&blobs);
    let storage = Server::start(move |asked| {
        if asked_for.fetch_add(1, Ordering::Relaxed) < times {
            return refusal.clone();
        }
        let blobs = kept.lock().unwrap();
        let found = blobs.iter().find(|(path, _)| *path == asked.path);
        found.map_or(Answer::new(404, ""), |(_, bytes)| Answer::new(200, bytes.clone()))
    });
    let at = storage.address.clone();
    let registry = Registry::with(move |asked: &Asked, usual| {
        let answer = usual();
        if !asked.is("GET", "/blobs/sha256:") || answer.status >= 300 {
            return answer;
        }
        blobs.lock().unwrap().push((asked.path.clone(), answer.body));
        Answer::new(307, "").with("location", format!("http://{at}{}?signed=x", asked.path))
    });
    registry.held().image("1");
    (registry, storage)
}

fn refused(status: u16, code: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>Request has expired</Message></Error>"
    );
    Answer::new(status, body)
}

#[test]
fn a_link_that_its_storage_refuses_is_asked_for_anew() {
    for (status, code) in [(403, "AccessDenied"), (404, "NoSuchKey"), (400, "ExpiredToken")] {
        let (registry, _storage) = linking(2, refused(status, code));
        let desk = Desk::new();
        let to = format!("oci:{}:a:1", desk.path("l").display());
        let ended = desk.run(&["copy", &registry.url(":1"), &to]);
        assert_eq!(ended.status, 0, "{status}: {}", ended.stderr);
    }
}

#[test]
fn what_a_storage_says_is_told_and_no_login_is_asked_for() {
    let (registry, storage) = linking(usize::MAX, refused(403, "AccessDenied"));
    let desk = Desk::new();
    let to = format!("oci:{}:a:1", desk.path("l").display());
    let ended = desk.run(&["copy", &registry.url(":1"), &to]);
    assert_ne!(ended.status, 0);
    let answered = format!("the answer is from `{}`", storage.address);
    ended.says(&["AccessDenied: Request has expired", &answered]).never_says("log in");
}

#[test]
fn a_head_that_contradicts_the_manifest_is_settled_by_reading_it() {
    for (which, name, value) in [
        ("a type of all JSON", "content-type", "application/json"),
        ("a type of text", "content-type", "text/plain; charset=utf-8"),
        ("a shorter length", "content-length", "2"),
        ("a longer length", "content-length", "9999"),
    ] {
        let registry = Registry::with(move |asked: &Asked, usual| {
            let answer = usual();
            let is_head = asked.is("HEAD", "/manifests/") && answer.status == 200;
            if is_head { answer.with(name, value) } else { answer }
        });
        registry.held().image("1");
        let desk = Desk::new();
        let to = format!("oci:{}:a:1", desk.path("l").display());
        let ended = desk.run(&["copy", &registry.url(":1"), &to]);
        assert_eq!(ended.status, 0, "{which}: {}", ended.stderr);
    }
}

#[test]
fn a_manifest_without_a_type_of_its_own_is_what_it_says_itself() {
    let registry = Registry::with(|asked: &Asked, usual| {
        let answer = usual();
        let is_read = asked.is("GET", "/manifests/") || asked.is("HEAD", "/manifests/");
        if is_read { answer.with("content-type", "application/json") } else { answer }
    });
    registry.held().image("1");
    let desk = Desk::new();
    let to = format!("oci:{}:a:1", desk.path("l").display());
    desk.run(&["copy", &registry.url(":1"), &to]).expect(0);
}

fn noise() -> String {
    (0..100_000_u32).map(|of| Digest::of(&of.to_be_bytes()).to_string()).collect()
}

#[test]
fn a_range_that_says_nothing_of_a_chunk_that_was_accepted_is_no_failure() {
    let registry = Registry::with(|asked: &Asked, usual| {
        let answer = usual();
        if asked.method == "PATCH" { answer.with("range", "0-0") } else { answer }
    });
    let desk = Desk::new();
    desk.content(&noise());
    desk.run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(0);
    assert_eq!(registry.server.seen("PATCH", "").len(), 1);
    for (digest, bytes) in &registry.held().blobs {
        assert_eq!(Digest::of(bytes).to_string(), *digest);
    }
}

#[test]
fn each_chunk_of_a_blob_may_find_its_token_expired() {
    let (issued, kept) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let spent = Mutex::new(Vec::<String>::new());
    let registry = Registry::with(move |asked: &Asked, usual| {
        if asked.path == "/token" {
            let token = issued.fetch_add(1, Ordering::Relaxed);
            return Answer::new(200, json!({ "token": format!("T{token}") }).to_string());
        }
        let given = asked.header("authorization").to_owned();
        let mut spent = spent.lock().unwrap();
        if given.is_empty() || spent.contains(&given) {
            let realm = format!("Bearer realm=\"http://{}/token\"", asked.header("host"));
            return Answer::new(401, "").with("www-authenticate", realm);
        }
        match asked.method.as_str() {
            "PATCH" if asked.body.len() > 900_000 => Answer::new(413, ""),
            "PATCH" => {
                kept.fetch_add(asked.body.len(), Ordering::Relaxed);
                // A token is good for one chunk.
                spent.push(given);
                usual()
            }
            "GET" if asked.path.contains("/uploads/") => {
                let last = kept.load(Ordering::Relaxed).saturating_sub(1);
                Answer::new(204, "")
                    .with("location", &asked.path)
                    .with("range", format!("0-{last}"))
            }
            _ => usual(),
        }
    });
    let desk = Desk::new();
    desk.content(&noise());
    desk.run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(0);
    assert!(registry.server.seen("PATCH", "").len() > 3);
    for (digest, bytes) in &registry.held().blobs {
        assert_eq!(Digest::of(bytes).to_string(), *digest);
    }
}
