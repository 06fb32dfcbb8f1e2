//! A HEAD that tells no length, or a server without HEAD, is no failure.

use super::{Answer, Asked, Bucket, Desk, Registry};

/// What a server makes of a HEAD.
type Quirk = fn(&Asked, &dyn Fn() -> Answer) -> Answer;

const QUIRKS: [(&str, Quirk); 7] = [
    ("no length", |_, usual| usual().without_length()),
    ("a length of 0", |_, usual| usual().with("content-length", "0")),
    ("another length", |_, usual| {
        let answer = usual();
        if answer.status == 200 { answer.with("content-length", "7") } else { answer }
    }),
    ("no HEAD", |_, _| Answer::new(405, "")),
    ("no HEAD, in other words", |_, _| Answer::new(501, "")),
    ("links for GET alone", |asked, usual| {
        if asked.path.contains("/blobs/") && usual().status == 200 {
            Answer::new(403, "")
        } else {
            usual()
        }
    }),
    ("no HEAD of manifests, which are then not found", |asked, usual| {
        if asked.path.contains("/manifests/") { Answer::new(404, "") } else { usual() }
    }),
];

#[test]
fn a_push_to_a_registry_with_odd_heads_ends_well_twice() {
    for (which, quirk) in QUIRKS {
        let registry =
            Registry::with(
                move |asked: &Asked, usual| {
                    if asked.method == "HEAD" { quirk(asked, usual) } else { usual() }
                },
            );
        let desk = Desk::new();
        for _ in 0..2 {
            let ended = desk.run(&["push", "-t", "app:1", "images", &registry.url("")]);
            assert_eq!(ended.status, 0, "{which}: {}", ended.stderr);
        }
        let posts = registry.server.seen("PATCH", "").len();
        let uploads = registry.server.seen("PUT", "/uploads/").len();
        assert!(posts + uploads <= 4, "{which}: what is there is not sent again");
        desk.run(&["ls", &registry.url("")]).expect(0).says(&["linux/amd64"]);
    }
}

#[test]
fn a_registry_that_tells_no_length_at_all_is_enough() {
    let registry = Registry::with(|_: &Asked, usual| usual().without_length());
    let desk = Desk::new();
    for _ in 0..2 {
        desk.run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(0);
    }
}

#[test]
fn a_blob_that_is_shorter_at_the_registry_is_still_found_out() {
    let registry = Registry::start();
    let desk = Desk::new();
    desk.run(&["push", "-t", "app:1", "images", &registry.url("")]).expect(0);
    let layers: Vec<String> = registry.held().blobs.keys().cloned().collect();
    for digest in layers {
        registry.held().blobs.insert(digest, b"short".to_vec());
    }
    desk.run(&["push", "-t", "app:2", "images", &registry.url("")]).expect(6);
}

#[test]
fn a_push_to_a_bucket_with_odd_heads_ends_well_twice() {
    for (which, quirk) in &QUIRKS[..5] {
        if *which == "another length" {
            continue;
        }
        let quirk = *quirk;
        let bucket = Bucket::with(move |asked: &Asked, usual| {
            let is_object = asked.method == "HEAD" && asked.path.trim_end_matches('/') != "/rel";
            if is_object { quirk(asked, usual) } else { usual() }
        });
        let desk = Desk::new();
        for _ in 0..2 {
            let ended = desk.run(&["push", "-t", "app:1", "images", &bucket.url()]);
            assert_eq!(ended.status, 0, "{which}: {}", ended.stderr);
        }
    }
}
