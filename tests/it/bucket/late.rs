//! A bucket that shows late what was written, in every kind of answer.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use super::{
    Program,
    fake::{Bucket, Object, answer},
    image,
};

/// How long what was there before is shown.
const LATE: Duration = Duration::from_millis(300);

/// A bucket of which GET, HEAD and LIST show for a while what was there before
/// a write. What is written on a condition is not late.
fn late() -> Bucket {
    type Write = (Instant, String, Option<Object>);
    let writes = Mutex::<Vec<Write>>::default();
    Bucket::start(true, move |request, state| {
        let mut writes = writes.lock().unwrap();
        if !["GET", "HEAD"].contains(&request.method.as_str()) {
            let before = state.objects.get(&request.key).cloned();
            writes.push((Instant::now(), request.key.clone(), before));
            return None;
        }
        let mut shown = state.objects.clone();
        for (_, key, before) in writes.iter().rev().filter(|(at, ..)| at.elapsed() < LATE) {
            shown.remove(key);
            shown.extend(before.clone().map(|before| (key.clone(), before)));
        }
        std::mem::swap(&mut state.objects, &mut shown);
        let answer = answer(request, state, true);
        std::mem::swap(&mut state.objects, &mut shown);
        Some(answer)
    })
}

#[test]
fn a_bucket_that_shows_images_late_is_waited_for() {
    let bucket = late();
    let program = Program::new();
    image(&program, "one");
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert!(told.contains("does not show the write yet"), "{told}");
    let first = bucket.text("v2/a/manifests/1").unwrap();
    // The tag moves on while it still shows nothing, or what it named before.
    image(&program, "two");
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert_ne!(bucket.text("v2/a/manifests/1").unwrap(), first);
    assert_eq!(bucket.text("v2/a/tags/list").unwrap(), r#"{"name":"a","tags":["1"]}"#);
}

#[test]
fn a_bucket_that_shows_files_late_is_waited_for() {
    let bucket = late();
    let program = Program::new();
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert!(bucket.text("df-dist-v1/f").unwrap().contains(r#""tags":["1"]"#));
    assert_eq!(bucket.text("df-dist-v1/f/1/linux/amd64/tool").unwrap(), "tool");
}

#[test]
fn a_tag_that_was_removed_and_is_still_shown_in_a_bucket_is_no_conflict() {
    let bucket = late();
    let program = Program::new();
    image(&program, "one");
    for name in ["a:1", "a:2"] {
        assert_eq!(program.push(name, "docker", &bucket.url()).0, Some(0));
    }
    std::thread::sleep(LATE);
    let reference = bucket.url().replace("s3://rel", "s3://rel/a:1");
    let (status, told) = program.run(&["rm", &reference]);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(bucket.text("v2/a/manifests/1"), None);
    assert_eq!(bucket.text("v2/a/tags/list").unwrap(), r#"{"name":"a","tags":["2"]}"#);
}

#[test]
fn what_another_process_wrote_just_now_is_there_or_not_there_and_nothing_else() {
    let bucket = late();
    let program = Program::new();
    image(&program, "one");
    assert_eq!(program.push("a:1", "docker", &bucket.url()).0, Some(0));
    let reference = bucket.url().replace("s3://rel", "s3://rel/a:1");
    for verb in [
        &["ls", &bucket.url(), "-t", "a"][..],
        &["inspect", &reference],
        &["copy", &reference, "oci:copy"],
    ] {
        let (status, told) = program.run(verb);
        assert!(matches!(status, Some(0 | 4)), "{verb:?}: {status:?} {told}");
    }
}
