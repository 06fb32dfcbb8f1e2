//! What another program spoils after it was found to be right.

use std::{collections::HashMap, sync::Mutex};

use super::{Program, fake::Bucket, image};

#[test]
fn a_manifest_that_is_spoilt_before_its_tag_is_written_gets_no_tag() {
    let read = Mutex::new(HashMap::<String, usize>::new());
    // It is read for the first time to see whether it came, and then for its tag.
    let bucket = Bucket::start(true, move |request, state| {
        if request.method == "GET" && request.key.contains("manifests/sha256") {
            let mut read = read.lock().unwrap();
            let count = read.entry(request.key.clone()).or_default();
            *count += 1;
            if let (2.., Some((body, _))) = (*count, state.objects.get_mut(&request.key)) {
                body[10] ^= 1;
            }
        }
        None
    });
    let program = Program::new();
    image(&program, "content");
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(6), "{told}");
    assert!(told.contains("does not match its name"), "{told}");
    let state = bucket.state();
    assert!(state.objects.keys().all(|key| !key.ends_with("manifests/1")), "{told}");
}
