//! A run that its user stops.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStderr, Stdio},
    sync::Arc,
};

use tokio::sync::Notify;

use super::{Lab, signal};
use crate::support::{Fault, FaultProxy, Rule};

/// A run that waits for a registry.
struct Waiting {
    lab: Lab,
    _proxy: FaultProxy,
    process: Child,
    stderr: Lines<BufReader<ChildStderr>>,
    go: Arc<Notify>,
}

impl Waiting {
    /// A run that waits at the manifest for arm64.
    async fn at_a_manifest() -> Self {
        let lab = Lab::new();
        let arm = lab.foresee()["push app linux/arm64 → shelf"].clone();
        Self::at(lab, &format!("/manifests/{arm}")).await
    }

    /// A run that waits when it puts something there.
    async fn at(lab: Lab, path: &str) -> Self {
        let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
        let rule = Rule::on("PUT", path, hold).times(1);
        let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
        lab.configure("1.0", proxy.address());
        let mut command = lab.castoff.command(&["--batch"]);
        let mut process =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("castoff runs");
        let stderr = BufReader::new(process.stderr.take().expect("it is a pipe")).lines();
        came.notified().await;
        Self { lab, _proxy: proxy, process, stderr, go }
    }

    /// Sends a signal, and waits until castoff says that it was heard.
    fn send(&mut self, name: &str, heard: &str) {
        signal(self.process.id(), name);
        let line = tokio::task::block_in_place(|| {
            self.stderr.by_ref().map_while(Result::ok).find(|line| line.starts_with(heard))
        });
        assert!(line.is_some(), "it did not say: {heard}");
    }

    fn ends_with(&mut self, status: i32) -> String {
        let rest: Vec<String> =
            tokio::task::block_in_place(|| self.stderr.by_ref().map_while(Result::ok).collect());
        let ended = tokio::task::block_in_place(|| self.process.wait()).unwrap();
        assert_eq!(ended.code(), Some(status), "{rest:?}");
        rest.join("\n")
    }

    fn resumes(&self) {
        self.lab.expect_no_tag("1.0");
        self.lab.run(&["resume"]).expect(0);
        self.lab.expect_published("1.0");
        self.lab.expect_published("latest");
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_interrupt_lets_what_runs_finish_and_starts_nothing_new() {
    let mut run = Waiting::at_a_manifest().await;
    run.send("INT", "stopping");
    run.go.notify_one();
    let told = run.ends_with(130);
    assert!(told.contains("push app linux/arm64 → hub: sent"), "{told}");
    assert!(told.contains("index app → hub: stopped"), "{told}");
    run.resumes();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_drops_what_runs() {
    let mut run = Waiting::at_a_manifest().await;
    run.send("INT", "stopping");
    run.send("INT", "cancelling");
    let told = run.ends_with(130);
    assert!(told.contains("push app linux/arm64 → hub: stopped"), "{told}");
    run.go.notify_one();
    run.resumes();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_terminate_drops_what_runs() {
    let mut run = Waiting::at_a_manifest().await;
    run.send("TERM", "cancelling");
    run.ends_with(130);
    run.go.notify_one();
    run.resumes();
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_that_began_to_move_all_move_after_one_interrupt() {
    let mut run = Waiting::at(Lab::new(), "/manifests/1.0").await;
    run.send("INT", "stopping");
    run.go.notify_one();
    run.ends_with(0);
    run.lab.expect_published("1.0");
    run.lab.expect_published("latest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_another_process_works_on_is_left_to_it() {
    let mut run = Waiting::at_a_manifest().await;
    let name = run.lab.newest_run();
    assert_eq!(run.lab.standings().last().unwrap(), "running");
    for verb in [&["resume"][..], &["resume", &name], &["retry", &name], &["rollback", &name]] {
        let ended = run.lab.run(verb).expect(3);
        assert!(
            ended.stderr.contains("another castoff is working on this run"),
            "{}",
            ended.stderr
        );
    }
    run.go.notify_one();
    run.ends_with(0);
    run.lab.expect_published("1.0");
}
