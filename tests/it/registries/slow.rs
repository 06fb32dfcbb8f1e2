//! Answers that never end, a byte at a time.

use std::time::Duration;

use super::{Answer, Asked, Bucket, Desk, Registry, desk::Ended};

fn desk() -> Desk {
    let desk = Desk::new();
    let engine = "[engine]\nidle_timeout = \"200ms\"\nshow_timeout = \"300ms\"\ndelay = \"10ms\"\n";
    desk.write("home/config/castoff/config.toml", engine);
    desk
}

#[track_caller]
fn ends(ended: &Ended, what: &str) {
    assert_ne!(ended.status, 0, "{}", ended.stderr);
    assert!(ended.took < Duration::from_secs(20), "{what}: {:?}", ended.took);
}

#[test]
fn a_document_that_trickles_does_not_keep_castoff_for_ever() {
    for (path, verb, rest) in
        [("/tags/list", "ls", ""), ("/manifests/1", "inspect", ":1"), ("/blobs/", "inspect", ":1")]
    {
        let registry =
            Registry::with(
                move |asked: &Asked, usual| {
                    if asked.is("GET", path) { usual().dripping() } else { usual() }
                },
            );
        registry.held().image("1");
        let ended = desk().run(&[verb, &registry.url(rest)]);
        ends(&ended, path);
        ended.says(&["did not end within 2 s"]);
    }
}

#[test]
fn an_error_that_trickles_is_told_with_what_came_of_it() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.is("PUT", "/manifests/1") {
            Answer::new(400, "the disk is on fire").dripping()
        } else {
            usual()
        }
    });
    let ended = desk().run(&["push", "-t", "app:1", "images", &registry.url("")]);
    ends(&ended, "an error");
    ended.says(&["the disk is on fire"]);
}

#[test]
fn a_list_of_a_bucket_that_trickles_does_not_keep_castoff_for_ever() {
    let bucket =
        Bucket::with(
            |asked: &Asked, usual| {
                if asked.value("list-type").is_some() { usual().dripping() } else { usual() }
            },
        );
    let ended = desk().run(&["ls", &bucket.url()]);
    ends(&ended, "a bucket");
}
