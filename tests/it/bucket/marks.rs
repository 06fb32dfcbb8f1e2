//! What a publisher leaves in a bucket for others to see, and what becomes of it.

use std::{
    process::Stdio,
    sync::{Arc, Mutex, mpsc},
};

use super::{Program, fake::Bucket, image};

/// The objects that publishers have left there.
fn marks(bucket: &Bucket) -> Vec<String> {
    let state = bucket.state();
    state.objects.keys().filter(|key| key.contains("/.castoff/push-")).cloned().collect()
}

#[test]
fn what_a_killed_publisher_left_goes_when_its_run_is_resumed_after_another_did_all_of_it() {
    let (reached, killed) = (mpsc::channel(), mpsc::channel::<()>());
    let gate = Arc::new(Mutex::new(Some((reached.0, killed.1))));
    let bucket = Bucket::start(true, move |request, _| {
        // The first that comes so far is killed there.
        if request.method == "PUT" && request.key.ends_with("manifests/1") {
            let (reached, killed) = gate.lock().unwrap().take()?;
            reached.send(()).unwrap();
            let _ = killed.recv();
            return Some((503, Vec::new(), Vec::new()));
        }
        None
    });
    let (program, other) = (Program::new(), Program::new());
    image(&program, "content");
    image(&other, "content");
    // What is there already under another tag is relied on.
    let (status, told) = other.push("a:0", "docker", &bucket.url());
    assert_eq!(status, Some(0), "{told}");
    let arguments = ["push", "-q", "-t", "a:1", "docker", &bucket.url()];
    let mut command = program.command(&arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    reached.1.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(killed.0);
    assert_eq!(marks(&bucket).len(), 1);

    let (status, told) = other.run(&arguments);
    assert_eq!(status, Some(0), "{told}");
    let (status, told) = program.run(&["resume"]);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(marks(&bucket), Vec::<String>::new());
}
