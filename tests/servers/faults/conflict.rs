//! Tags that move under a release, and tags that are written once.

use std::{process::Command, sync::Arc};

use tokio::sync::Notify;

use super::{Lab, hub, shelf};
use crate::support::{Fault, FaultProxy, Rule, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_moved_since_it_was_looked_at_is_left_alone() {
    let lab = Lab::new();
    let registry = lab.registry.address().to_owned();
    lab.configure_sinks("1.0", &[hub(&registry), shelf("elsewhere")], "");
    lab.run(&["--batch"]).expect(0);
    let theirs = lab.at_hub("1.0").unwrap();
    lab.content("two");
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
    // The preflight is over when the first manifest is sent.
    let rule = Rule::on("PUT", "/manifests/sha256:", hold).times(1);
    let proxy = FaultProxy::start(&registry, vec![rule]).await;
    lab.configure("2.0", proxy.address());
    let mut command = lab.castoff.command(&["--batch"]);
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
    came.notified().await;
    let copy = ["copy", "-q", "--all", "--insecure-policy"];
    let plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    let from = format!("docker://{registry}/team/app:1.0");
    let to = format!("docker://{registry}/team/app:2.0");
    run(Command::new("skopeo").args(copy).args(plain).args([from, to]));
    go.notify_one();
    let ended = ended.await.unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(5), "{told}");
    assert!(told.contains("`team/app:2.0` at `hub` moved meanwhile"), "{told}");
    assert!(told.contains("no tag moved at any sink"), "{told}");
    assert_eq!(lab.at_hub("2.0"), Some(theirs.clone()));
    assert_eq!(lab.at_hub("latest"), Some(theirs));
    assert_eq!(lab.at_shelf("2.0"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_written_once_is_refused_before_anything_is_sent() {
    let lab = Lab::new();
    let proxy = FaultProxy::start(lab.registry.address(), vec![]).await;
    let sinks = [hub(proxy.address()), shelf("shelf")];
    lab.configure_sinks("1.0", &sinks, "immutable = [\"[0-9]*\"]");
    lab.run(&["--batch"]).expect(0);
    lab.run(&["--batch"]).expect(0);
    let first = lab.expect_published("1.0");
    lab.content("two");
    proxy.forget();
    let ended = lab.run(&["--batch"]).expect(5);
    assert!(ended.stderr.contains("`team/app:1.0` at `hub` is immutable"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: release under a new version"), "{}", ended.stderr);
    let sent: u64 = proxy.seen().iter().map(|seen| seen.body).sum();
    assert_eq!((sent, proxy.seen_of("PUT", "").len()), (0, 0));
    assert_eq!(lab.expect_published("1.0"), first);
    assert_eq!(lab.expect_published("latest"), first);
    // Now that it is prepared, the plan knows.
    let plan = lab.run(&["plan"]).expect(5);
    assert!(plan.stdout.contains("refused: the tag is immutable"), "{}", plan.stdout);
}
