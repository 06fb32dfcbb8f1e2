//! Other publishers that write at the same moment.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    Program,
    fake::{Bucket, State},
    image,
};

/// What a rival publishes: an index of nothing.
const THEIRS: &str =
    r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

/// A bucket in which a rival does something just before `key` is written, once.
fn rival_at(key: &'static str, heeds: bool, act: fn(&mut State)) -> Bucket {
    let done = AtomicBool::new(false);
    Bucket::start(heeds, move |request, state| {
        let is_write = matches!(request.method.as_str(), "PUT" | "DELETE") && request.key == key;
        if is_write && !done.swap(true, Ordering::SeqCst) {
            act(state);
        }
        None
    })
}

#[test]
fn a_tag_that_another_publisher_made_a_moment_before_is_not_overwritten() {
    let bucket = rival_at("v2/a/manifests/1", true, |state| state.put("v2/a/manifests/1", THEIRS));
    let program = Program::new();
    image(&program, "ours");
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(5), "{told}");
    assert_eq!(bucket.text("v2/a/manifests/1").as_deref(), Some(THEIRS));
    assert_eq!(bucket.seen("PUT", "manifests/1")[0].headers["if-none-match"], "*");
}

#[test]
fn a_tag_that_another_publisher_moved_a_moment_before_is_not_overwritten() {
    let bucket = Bucket::start(true, {
        let moved = AtomicBool::new(false);
        move |request, state| {
            let is_write = request.method == "PUT" && request.headers.contains_key("if-match");
            if is_write && request.key == "v2/a/manifests/1" && !moved.swap(true, Ordering::SeqCst)
            {
                state.put("v2/a/manifests/1", THEIRS);
            }
            None
        }
    });
    let program = Program::new();
    image(&program, "ours");
    assert_eq!(program.push("a:1", "docker", &bucket.url()).0, Some(0));
    image(&program, "newer");
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(5), "{told}");
    assert_eq!(bucket.text("v2/a/manifests/1").as_deref(), Some(THEIRS));
}

#[test]
fn a_tag_that_another_publisher_moved_a_moment_before_is_not_removed() {
    let bucket = Bucket::start(true, {
        let moved = AtomicBool::new(false);
        move |request, state| {
            if request.method == "DELETE"
                && request.key == "v2/a/manifests/1"
                && !moved.swap(true, Ordering::SeqCst)
            {
                state.put("v2/a/manifests/1", THEIRS);
            }
            None
        }
    });
    let program = Program::new();
    image(&program, "ours");
    assert_eq!(program.push("a:1", "docker", &bucket.url()).0, Some(0));
    let url = bucket.url().replace("s3://rel", "s3://rel/a:1");
    let (status, told) = program.run(&["rm", &url]);
    assert_eq!(status, Some(5), "{told}");
    assert_eq!(bucket.text("v2/a/manifests/1").as_deref(), Some(THEIRS));
}

#[test]
fn a_list_that_another_publisher_wrote_a_moment_before_keeps_what_it_added() {
    let bucket = rival_at("v2/a/tags/list", true, |state| {
        state.put("v2/a/manifests/2", THEIRS);
        state.put("v2/a/tags/list", r#"{"name":"a","tags":["2"]}"#);
    });
    let program = Program::new();
    image(&program, "ours");
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(bucket.text("v2/a/tags/list").unwrap(), r#"{"name":"a","tags":["1","2"]}"#);
    let lists = bucket.seen("PUT", "tags/list");
    assert_eq!(lists[0].headers["if-none-match"], "*");
    assert!(lists[1].headers.contains_key("if-match"));
}

#[test]
fn a_document_that_another_publisher_wrote_a_moment_before_is_not_overwritten() {
    let theirs = r#"{"flavors":[]}"#;
    let bucket = rival_at("df-dist-v1/f/1", true, |state| {
        state.put("df-dist-v1/f/1", r#"{"flavors":[]}"#);
    });
    let (status, told) = Program::new().push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(5), "{told}");
    assert_eq!(bucket.text("df-dist-v1/f/1").as_deref(), Some(theirs));
}

#[test]
fn a_bucket_that_refuses_conditions_is_asked_without() {
    let bucket = Bucket::start(false, |request, _| {
        let is_asked = |name: &str| request.headers.contains_key(name);
        (is_asked("if-match") || is_asked("if-none-match"))
            .then(|| super::fake::error(501, "NotImplemented", ""))
    });
    let program = Program::new();
    image(&program, "ours");
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert!(bucket.text("v2/a/manifests/1").is_some());
}

#[test]
fn a_bucket_that_takes_a_condition_and_does_not_heed_it_is_not_told_to_write_on_condition() {
    for (heeds, told) in [(true, "yes"), (false, "no")] {
        let bucket = Bucket::start(heeds, |_, _| None);
        let program = Program::new();
        let output = program.command(&["inspect", &bucket.url()]).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = shown.lines().find(|line| line.contains("conditional writes"));
        assert!(line.is_some_and(|line| line.contains(told)), "{shown}{output:?}");
    }
}

/// Two publishers push other bytes under one new tag at the same moment.
fn race(url: &str) -> (Vec<Option<i32>>, String) {
    let programs = ["one", "two"].map(|text| {
        let program = Program::new();
        for name in ["a", "b", "c", "d", "e", "f"] {
            program.write(&format!("df/linux/amd64/{name}"), &format!("{text} {name}"));
        }
        program.write("df/linux/amd64/tool", text);
        program
    });
    let running = programs.each_ref().map(|program| {
        let mut command = program.command(&["push", "-t", "f:1", "df", url]);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    });
    let ended = running.map(|child| super::ended(&child.wait_with_output().unwrap()));
    let told = ended.iter().map(|(_, told)| told.as_str()).collect();
    (ended.iter().map(|(status, _)| *status).collect(), told)
}

#[test]
fn of_two_publishers_of_one_new_tag_of_files_one_wins_in_a_bucket() {
    for heeds in [true, false] {
        let bucket = Bucket::start(heeds, |_, _| None);
        let (mut statuses, told) = race(&bucket.url());
        statuses.sort_unstable();
        assert_eq!(statuses, [Some(0), Some(5)], "{told}");
        let tool = bucket.text("df-dist-v1/f/1/linux/amd64/tool").unwrap();
        for name in ["a", "b", "c", "d", "e", "f"] {
            let file = bucket.text(&format!("df-dist-v1/f/1/linux/amd64/{name}")).unwrap();
            assert_eq!(file, format!("{tool} {name}"));
        }
        let keys: Vec<String> = bucket.state().objects.keys().cloned().collect();
        let is_left = |key: &&String| key.contains(".moving") || key.contains(".staged");
        // What the one that lost has staged is for its resume.
        assert!(!keys.iter().any(|key| key.contains(".moving")), "{keys:?}");
        assert!(keys.iter().filter(is_left).count() <= 7, "{keys:?}");
    }
}

#[test]
fn of_two_publishers_of_one_new_tag_of_files_one_wins_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (mut statuses, told) = race(&format!("dir:{}", folder.path().display()));
    statuses.sort_unstable();
    assert_eq!(statuses, [Some(0), Some(5)], "{told}");
    let read = |name: &str| {
        let path = folder.path().join("df-dist-v1/f/1/linux/amd64").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    for name in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(read(name), format!("{} {name}", read("tool")));
    }
}
