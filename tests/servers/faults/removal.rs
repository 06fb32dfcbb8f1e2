//! `castoff rm` at registries that remove no tags and let none move.

use tokio::task::block_in_place;

use super::{Lab, denied};
use crate::support::{FaultProxy, Rule};

/// A project whose registry lets no tag named `0.9` or `twin` be written
/// again; both name the same.
async fn write_once() -> (Lab, FaultProxy) {
    let lab = Lab::new();
    block_in_place(|| {
        lab.content("0.9");
        lab.configure("0.9", lab.registry.address());
        lab.run(&["--batch"]).expect(0);
        lab.run(&["copy", "hub/app:0.9", "hub/app:twin"]).expect(0);
        lab.run(&["rm", "hub/app:latest"]).expect(0);
    });
    let once = |tag: &str| Rule::on("PUT", &format!("/manifests/{tag}"), denied("written once"));
    let proxy = FaultProxy::start(lab.registry.address(), vec![once("0.9"), once("twin")]).await;
    lab.configure("0.9", proxy.address());
    (lab, proxy)
}

fn tags(lab: &Lab) -> String {
    lab.run(&["ls", "hub/app", "--names"]).expect(0).stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_goes_only_with_its_siblings_stays_until_they_may_go_too() {
    let (lab, _proxy) = write_once().await;
    block_in_place(|| {
        let ended = lab.run(&["rm", "hub/app:0.9"]).expect(3);
        assert!(ended.stderr.contains("`twin` would be removed with it"), "{}", ended.stderr);
        assert!(ended.stderr.contains("--with-siblings"), "{}", ended.stderr);
        assert_eq!(tags(&lab), "0.9\ntwin\n");
        let ended = lab.run(&["rm", "hub/app:0.9", "--with-siblings", "-v"]).expect(0);
        assert!(ended.stderr.contains("deleted with all its tags"), "{}", ended.stderr);
        assert!(!tags_of_registry(&lab).contains("twin"), "{}", tags_of_registry(&lab));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_has_no_siblings_goes_with_what_it_names() {
    let (lab, proxy) = write_once().await;
    block_in_place(|| {
        lab.configure("0.9", lab.registry.address());
        lab.run(&["rm", "hub/app:twin"]).expect(0);
        lab.configure("0.9", proxy.address());
        lab.run(&["rm", "hub/app:0.9"]).expect(0);
        assert!(!tags_of_registry(&lab).contains("0.9"));
    });
}

/// What the registry itself lists.
fn tags_of_registry(lab: &Lab) -> String {
    let url = format!("http://{}/v2/team/app/tags/list", lab.registry.address());
    crate::support::run(std::process::Command::new("curl").args(["-s", &url]))
}
