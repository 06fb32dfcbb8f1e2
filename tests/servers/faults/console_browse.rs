//! The Browse screen in a terminal, before real servers.

use std::sync::Arc;

use tokio::{sync::Notify, task::block_in_place};

use super::{Lab, console::open, denied};
use crate::support::{Castoff, Fault, FaultProxy, Rule, Seen, Terminal};

pub(super) const ENTER: &str = "\r";
pub(super) const ESC: &str = "\u{1b}";

/// A project that has published two versions, and is then configured with
/// `sinks`.
pub(super) fn published(sinks: impl FnOnce(&Lab) -> Vec<String>) -> Lab {
    let lab = Lab::new();
    for version in ["0.9", "0.10"] {
        lab.content(version);
        lab.configure(version, lab.registry.address());
        lab.run(&["--batch"]).expect(0);
    }
    let sinks = sinks(&lab);
    lab.configure_sinks("0.10", &sinks, "");
    lab
}

/// The console on its Browse screen.
pub(super) fn browse(castoff: &Castoff) -> Terminal {
    let mut console = open(castoff);
    // Until it has the terminal, that changes what keys send.
    console.expect("4 History");
    console.press("3");
    console.expect(", as configured");
    console
}

pub(super) fn sink(name: &str, host: &str) -> String {
    format!("[[sink]]\nname = \"{name}\"\nurl = \"docker://{host}/team\"\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_opened_by_its_name_where_the_list_is_forbidden() {
    let lab = Lab::new();
    lab.configure("1.0", lab.registry.address());
    lab.run(&["--batch"]).expect(0);
    let rule = Rule::on("GET", "/v2/_catalog", denied("no lists here"));
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure("1.0", proxy.address());
    block_in_place(|| {
        let mut console = browse(&lab.castoff);
        console.press(ENTER);
        console.expect("no lists here");
        console.press(ENTER);
        console.expect("A repository below");
        console.press("app\r");
        console.expect("2 tags");
        console.expect("linux/arm64");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_only_looks_writes_nothing() {
    let lab = block_in_place(|| published(|_| Vec::new()));
    let proxy = FaultProxy::start(lab.registry.address(), Vec::new()).await;
    lab.configure_sinks("0.10", &[sink("hub", proxy.address())], "");
    block_in_place(|| {
        let mut console = browse(&lab.castoff);
        console.press(ENTER);
        console.expect("1 repository");
        console.press("h");
        console.expect("referrers");
        console.press(ENTER);
        // What was still being read when it was left is read anew.
        console.expect("1 repository");
        console.press(ENTER);
        console.expect("linux/arm64");
        console.press("q");
        assert_eq!(console.end(), 0);
    });
    // The Launch screen has asked whether it may push, and gave that up.
    let changes = |seen: &Seen| {
        let is_upload = seen.path.contains("/blobs/uploads/") && !seen.path.contains("mount=");
        !is_upload && !["GET", "HEAD"].contains(&seen.method.as_str())
    };
    let changing: Vec<Seen> = proxy.seen().into_iter().filter(changes).collect();
    assert!(changing.is_empty(), "{changing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_drops_a_list_that_does_not_come() {
    let lab = Lab::new();
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
    let rule = Rule::on("GET", "/v2/_catalog", hold).times(1);
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure("1.0", lab.registry.address());
    lab.run(&["--batch"]).expect(0);
    lab.configure("1.0", proxy.address());
    let mut console = block_in_place(|| browse(&lab.castoff));
    console.press(ENTER);
    came.notified().await;
    block_in_place(|| {
        console.expect("reading");
        console.press(ESC);
        console.expect("2 sinks");
        console.press("j\r");
        console.expect("1 repository");
        console.press("hk\r");
        console.expect("team/app");
        go.notify_one();
        console.press("q");
        assert_eq!(console.end(), 0);
    });
}
