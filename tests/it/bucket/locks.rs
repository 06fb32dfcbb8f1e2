//! Locks whose owner died or is stopped, and many that want one.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    Program, ended,
    fake::{Bucket, Request, Response, State},
    image,
};

/// How many sign at once.
const SIGNERS: usize = 6;

/// A publisher that waits for the layout, which this process has locked.
fn waiting(program: &Program) -> (Child, BufReader<ChildStderr>, File) {
    fs::create_dir_all(program.path("layout")).unwrap();
    let lock = File::open(program.path("layout")).unwrap();
    lock.lock().unwrap();
    let mut command = program.command(&["push", "-t", "a:1", "docker", "oci:layout"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("waiting for process") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "{:?}", child.wait());
    }
    (child, told, lock)
}

#[test]
fn a_third_interrupt_ends_the_program_at_once_and_the_run_can_be_resumed() {
    let program = Program::new();
    image(&program, "content");
    let (mut child, _told, lock) = waiting(&program);
    let begun = Instant::now();
    // Two that come at once are one, as keys that are held are.
    let status = loop {
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "it goes on");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(130));
    drop(lock);
    let (status, told) = program.run(&["resume"]);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(program.run(&["inspect", "oci:layout:a:1"]).0, Some(0));
}

#[test]
fn a_publisher_that_was_killed_holds_up_no_other() {
    let program = Program::new();
    image(&program, "content");
    let (mut child, _told, lock) = waiting(&program);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(lock);
    for arguments in [
        &["resume"][..],
        &["push", "-t", "a:2", "docker", "oci:layout"],
        &["gc", "oci:layout", "-t", "a", "--keep", "1"],
    ] {
        let (status, told) = program.run(arguments);
        assert_eq!(status, Some(0), "{told}");
    }
}

/// Lists what lies in a folder of leases or marks: what is named `dead` was
/// written so long before all else.
fn aged(request: &Request, state: &State, dead: &str, age: &str) -> Option<Response> {
    let prefix = request.query.get("prefix").filter(|_| request.method == "GET")?;
    let is_held = prefix.contains("/.castoff/") || prefix.contains("/.moving/");
    let mut body = String::from("<ListBucketResult><IsTruncated>false</IsTruncated>");
    for key in state.objects.keys().filter(|key| is_held && key.starts_with(prefix)) {
        let at = if key.ends_with(dead) { "01T00:00:00" } else { age };
        body.extend(["<Contents><Key>", key, "</Key><Size>0</Size>"]);
        body.extend(["<LastModified>2026-01-", at, ".000Z</LastModified></Contents>"]);
    }
    body += "</ListBucketResult>";
    is_held.then(|| (200, Vec::new(), body.into_bytes()))
}

#[test]
fn a_sweep_of_a_bucket_whose_process_died_holds_up_nobody_for_long() {
    let bucket =
        Bucket::start(true, |request, state| aged(request, state, "sweep-dead", "01T00:10:01"));
    bucket.state().put("v2/a/.castoff/sweep-dead", "");
    let program = Program::new();
    image(&program, "content");
    let (status, told) = program.push("a:1", "docker", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert!(!told.contains("waiting for"), "{told}");
}

#[test]
fn a_publisher_that_may_still_be_at_work_keeps_a_bucket_from_being_swept() {
    for (age, status) in [("01T23:59:59", 3), ("02T00:00:01", 0)] {
        let bucket =
            Bucket::start(true, move |request, state| aged(request, state, "push-dead", age));
        let program = Program::new();
        for version in ["1.0", "1.1"] {
            image(&program, version);
            let tag = format!("a:{version}");
            assert_eq!(program.push(&tag, "docker", &bucket.url()).0, Some(0));
        }
        bucket.state().put("v2/a/.castoff/push-dead", "");
        let url = bucket.url().replace("s3://rel", "s3://rel/");
        let (ended, told) = program.run(&["gc", &url, "-t", "a", "--keep", "1"]);
        assert_eq!(ended, Some(status), "{told}");
        if status != 0 {
            let words = ["another process is publishing there", "push-dead", "castoff resume"];
            assert!(words.iter().all(|word| told.contains(word)), "{told}");
        }
    }
}

#[test]
fn a_mark_at_a_tag_of_files_whose_process_died_holds_up_nobody_for_long() {
    let bucket = Bucket::start(true, |request, state| aged(request, state, "dead", "01T00:01:01"));
    bucket.state().put("df-dist-v1/f/.moving/1/dead", "");
    let program = Program::new();
    let (status, told) = program.push("f:1", "df", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    assert!(!told.contains("waiting for"), "{told}");
}

#[test]
fn six_who_sign_one_image_in_the_tar_of_a_layout_keep_all_signatures() {
    let program = Program::new().env("COSIGN_PASSWORD", "x");
    image(&program, "content");
    assert_eq!(program.push("a:1", "docker", "oci:layout.tar").0, Some(0));
    let names: Vec<String> = (0..SIGNERS).map(|place| format!("key{place}")).collect();
    for name in &names {
        assert_eq!(program.run(&["sign", "--generate-key", name]).0, Some(0));
    }
    let begin = |name: &String| {
        let key = format!("{name}.key");
        let mut command = program.command(&["sign", "oci:layout.tar:a:1", "--key", &key]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<Child> = names.iter().map(begin).collect();
    for child in running {
        let (status, told) = ended(&child.wait_with_output().unwrap());
        assert_eq!(status, Some(0), "{told}");
    }
    for name in &names {
        let key = format!("{name}.pub");
        let (status, told) = program.run(&["verify", "oci:layout.tar:a:1", "--key", &key]);
        assert_eq!(status, Some(0), "{told}");
    }
}
