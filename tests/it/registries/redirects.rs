//! Writes that are redirected, and answers that are compressed on their way.

use std::io::Write as _;

use castoff::model::media_type;
use flate2::{Compression, write::GzEncoder};

use super::{Answer, Asked, Desk, Registry, fake::refusal};

/// More than goes in one request.
const LARGE: usize = 3 << 20;

/// Which requests.
type Which = fn(&Asked) -> bool;

/// Redirects what `is_it` once, to the same with `&again`.
fn redirecting(
    status: u16,
    is_it: impl Fn(&Asked) -> bool + Send + Sync + 'static,
    to: impl Fn(&Asked) -> String + Send + Sync + 'static,
) -> Registry {
    Registry::with(move |asked: &Asked, usual| {
        if is_it(asked) && asked.value("again").is_none() {
            return Answer::new(status, "").with("location", to(asked));
        }
        usual()
    })
}

fn same(asked: &Asked) -> String {
    let query = if asked.query.is_empty() { String::new() } else { format!("{}&", asked.query) };
    format!("{}?{query}again=1", asked.path)
}

/// A desk with an image whose layer goes in chunks.
fn desk() -> Desk {
    let desk = Desk::new();
    let mut seed = 1_u32;
    let noise = |_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + u8::try_from(seed >> 26).unwrap())
    };
    desk.content(&(0..LARGE).map(noise).collect::<String>());
    desk
}

fn push(desk: &Desk, registry: &Registry) -> super::Ended {
    desk.run(&["push", "-t", "app:1", "images", &registry.url("")])
}

#[test]
fn a_write_is_sent_again_to_where_the_same_server_redirects_it() {
    let desk = desk();
    let writes: [(&str, Which); 5] = [
        ("the opening", |asked| asked.is("POST", "/blobs/uploads/")),
        ("a chunk", |asked| asked.is("PATCH", "/blobs/uploads/")),
        ("the end", |asked| asked.is("PUT", "/blobs/uploads/")),
        ("a manifest", |asked| asked.is("PUT", "/manifests/sha256:")),
        ("a tag", |asked| asked.is("PUT", "/manifests/1")),
    ];
    for (which, is_it) in writes {
        for status in [307, 308] {
            let registry = redirecting(status, is_it, same);
            let ended = push(&desk, &registry);
            assert_eq!(ended.status, 0, "{which} with {status}: {}", ended.stderr);
            assert_eq!(registry.tags(), ["1"], "{which} with {status}");
        }
    }
    let registry = redirecting(307, |asked| asked.method == "DELETE", same);
    registry.held().image("1");
    desk.run(&["rm", &registry.url(":1")]).expect(0);
    assert!(registry.tags().is_empty());
}

#[test]
fn a_write_goes_nowhere_else_and_it_is_said_where_that_leads() {
    let other = Registry::start();
    let desk = desk();
    let writes: [Which; 3] = [
        |asked| asked.is("PATCH", "/blobs/uploads/"),
        |asked| asked.is("PUT", "/manifests/sha256:"),
        |asked| asked.is("PUT", "/manifests/1"),
    ];
    for is_it in writes {
        let host = other.server.address.clone();
        let registry =
            redirecting(307, is_it, move |asked| format!("http://{host}{}?s=secret", asked.path));
        let ended = push(&desk, &registry);
        assert_ne!(ended.status, 0);
        ended
            .says(&["it redirects to http://", &other.server.address])
            .says(&["castoff does not follow redirects of writes"])
            .never_says("secret")
            .never_says("may have moved");
    }
    assert!(other.server.seen("*", "").is_empty());
}

#[test]
fn what_turns_a_write_into_a_read_is_not_followed() {
    let registry = redirecting(302, |asked| asked.is("PUT", "/manifests/1"), same);
    push(&Desk::new(), &registry).expect(3).says(&["it redirects to"]).never_says("may have moved");
}

#[test]
fn an_upload_that_is_opened_elsewhere_is_opened_without_a_login() {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    // It sends the upload back to the registry itself.
    let back = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let home = std::sync::Arc::clone(&back);
    let other = Registry::with(move |asked: &Asked, _| {
        let host = home.get().expect("the registry runs");
        Answer::new(307, "").with("location", format!("http://{host}{}?again=1", asked.path))
    });
    let host = other.server.address.clone();
    let registry = Registry::with(move |asked: &Asked, usual| {
        if asked.is("POST", "/uploads/") && asked.value("again").is_none() {
            let at = format!("http://{host}{}", asked.path);
            return Answer::new(307, "").with("location", at);
        }
        let is_open = asked.is("POST", "/uploads/") || !asked.header("authorization").is_empty();
        let closed = refusal(401, "UNAUTHORIZED", "no");
        if is_open { usual() } else { closed.with("www-authenticate", "Basic") }
    });
    back.set(registry.server.address.clone()).unwrap();
    let desk = Desk::new();
    let auth = BASE64_STANDARD.encode("u:p");
    let auths = serde_json::json!({ "auths": { &registry.server.address: { "auth": auth } } });
    desk.write("home/.docker/config.json", auths.to_string());
    push(&desk, &registry).expect(0);
    let seen = other.server.seen("POST", "/uploads/");
    assert!(!seen.is_empty() && seen.iter().all(|asked| asked.header("authorization").is_empty()));
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compresses what `is_it` on its way, as `coding`.
fn compressing(
    coding: &'static str,
    is_it: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Registry {
    Registry::with(move |asked: &Asked, usual| {
        let mut answer = usual();
        if is_it(asked) && asked.method == "GET" {
            answer.body = zipped(&answer.body);
            answer.headers.insert("content-encoding".into(), coding.into());
        }
        answer
    })
}

#[test]
fn documents_that_are_compressed_on_their_way_are_read() {
    for coding in ["gzip", "x-gzip"] {
        let registry = compressing(coding, |asked| !asked.path.contains("/blobs/"));
        let other = Registry::start();
        let desk = Desk::new();
        push(&desk, &registry).expect(0);
        desk.run(&["ls", &registry.url("")]).expect(0).says(&["1"]);
        desk.run(&["inspect", &registry.url(":1")]).expect(0);
        desk.run(&["inspect", &registry.url(":none")]).expect(4).never_says("Content-Encoding");
        desk.run(&["copy", &registry.url(":1"), &other.url(":1")]).expect(0);
        let asked = registry.server.seen("GET", "/manifests/");
        assert!(asked.iter().all(|asked| asked.header("accept-encoding") == "identity"));
    }
}

#[test]
fn a_blob_that_is_compressed_on_its_way_is_read() {
    let registry = compressing("gzip", |asked| asked.path.contains("/blobs/"));
    registry.held().image("1");
    let desk = Desk::new();
    desk.run(&["inspect", &registry.url(":1")]).expect(0).says(&["linux/amd64"]);
    // And any that is copied.
    let other = Registry::start();
    desk.run(&["copy", &registry.url(":1"), &other.url(":1")]).expect(0);
    for (digest, bytes) in &other.held().blobs {
        assert_eq!(registry.held().blobs.get(digest), Some(bytes));
    }
}

#[test]
fn what_is_compressed_for_good_stays_so_whatever_its_header_says() {
    // As stores say of what was uploaded with `Content-Encoding: gzip`.
    let registry = Registry::with(|asked: &Asked, usual| {
        let is_blob = asked.path.contains("/blobs/");
        if is_blob { usual().with("content-encoding", "gzip") } else { usual() }
    });
    let desk = Desk::new();
    push(&desk, &registry).expect(0);
    let other = Registry::start();
    desk.run(&["copy", &registry.url(":1"), &other.url(":1")]).expect(0);
    for (digest, bytes) in &registry.held().blobs {
        assert_eq!(other.held().blobs.get(digest), Some(bytes));
    }
}

#[test]
fn what_cannot_be_read_is_named_by_how_it_is_compressed() {
    let (other, desk) = (Registry::start(), Desk::new());
    let copy = |registry: &Registry| {
        let ended = desk.run(&["copy", &registry.url(":1"), &other.url(":1")]);
        assert_ne!(ended.status, 0);
        ended
    };
    let registry = compressing("br", |asked| asked.path.contains("/manifests/"));
    registry.held().image("1");
    copy(&registry).says(&["`Content-Encoding: br`, which castoff did not ask for"]);
    // More than a document may have, in a few bytes.
    let bomb = zipped(&vec![b' '; 8 << 20]);
    let registry = Registry::with(move |asked: &Asked, usual| {
        if !asked.is("GET", "/manifests/") {
            return usual();
        }
        let answer = Answer::new(200, bomb.clone()).with("content-encoding", "gzip");
        answer.with("content-type", media_type::MANIFEST)
    });
    registry.held().image("1");
    copy(&registry).says(&["has more than"]);
    assert!(other.tags().is_empty());
}
