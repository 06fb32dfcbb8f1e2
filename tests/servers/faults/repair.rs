//! What a registry loses between a push and its check.

use std::{fs, path::Path, sync::Arc};

use tokio::sync::Notify;

use super::{Lab, Told};
use crate::support::{Fault, FaultProxy, Rule};

/// Removes each blob that is larger than a manifest, as a collection of
/// garbage does with what nothing names yet.
fn collect(blobs: &Path) -> usize {
    let mut removed = 0;
    for entry in fs::read_dir(blobs).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            removed += collect(&entry.path());
        } else if entry.metadata().unwrap().len() > 50_000 {
            fs::remove_file(entry.path()).unwrap();
            removed += 1;
        }
    }
    removed
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_before_the_check_is_sent_again() {
    let lab = Lab::new();
    let index = lab.foresee()["index app → shelf"].clone();
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::clone(&go) };
    let rule = Rule::on("PUT", &format!("/manifests/{index}"), hold).times(1);
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure("1.0", proxy.address());
    let mut command = lab.castoff.command(&["--batch", "--json"]);
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
    came.notified().await;
    assert_eq!(collect(&lab.registry.storage().join("blobs")), 2);
    go.notify_one();
    let ended = ended.await.unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stdout));
    lab.expect_published("1.0");
    let told = Told::parse(&String::from_utf8(ended.stdout).unwrap());
    assert_eq!(told.made()["index app → hub"], index);
}
