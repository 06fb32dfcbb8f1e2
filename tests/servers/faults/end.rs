//! Tags that fail half-way, and the two ways out: forward and back.

use std::path::Path;

use super::{Lab, denied, hub, shelf};
use crate::support::{Fault, FaultProxy, Rule};

/// A release of `1.0` that is whole, and one of `2.0` whose `latest` the
/// registry refuses, at the second sink.
async fn half_moved() -> (Lab, FaultProxy, String) {
    let lab = Lab::new();
    lab.configure_sinks("1.0", &[shelf("shelf"), hub(lab.registry.address())], "");
    lab.run(&["--batch"]).expect(0);
    let old = lab.expect_published("latest");
    lab.content("two");
    let rule = Rule::on("PUT", "/manifests/latest", denied("not today"));
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure_sinks("2.0", &[shelf("shelf"), hub(proxy.address())], "");
    (lab, proxy, old)
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_that_fail_half_way_are_told_for_each_sink() {
    let (lab, _proxy, old) = half_moved().await;
    let ended = lab.run(&["--batch"]).expect(3);
    for part in [
        "shelf  app:2.0  moved",
        "shelf  app:latest  moved",
        "hub  team/app:2.0  moved",
        "hub  team/app:latest  not moved",
        "DENIED: not today",
        "resume, after fixing that: castoff resume ",
        "undo: castoff rollback ",
    ] {
        assert!(ended.stderr.contains(part), "{part}:\n{}", ended.stderr);
    }
    assert_eq!(lab.at_hub("latest"), Some(old));
    assert_eq!(ended.stdout.lines().count(), 3, "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_goes_forward_to_the_end_from_anywhere() {
    let (lab, proxy, old) = half_moved().await;
    lab.run(&["--batch"]).expect(3);
    proxy.mend();
    let mut command = lab.castoff.command(&["resume", &lab.newest_run()]);
    let output = tokio::task::block_in_place(|| command.current_dir(Path::new("/")).output());
    assert_eq!(output.unwrap().status.code(), Some(0));
    let new = lab.expect_published("latest");
    assert_eq!(lab.expect_published("2.0"), new);
    assert_ne!(new, old);
    assert_eq!(lab.standings(), ["done", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_puts_every_tag_back_and_removes_new_ones_and_no_others() {
    let (lab, proxy, old) = half_moved().await;
    lab.run(&["--batch"]).expect(3);
    let run = lab.newest_run();
    proxy.mend();
    let ended = lab.run(&["rollback", &run]).expect(0);
    assert_eq!(lab.expect_published("latest"), old);
    assert_eq!(lab.expect_published("1.0"), old);
    lab.expect_no_tag("2.0");
    assert!(ended.stderr.contains("can only delete digests: `2.0`"), "{}", ended.stderr);
    let runs = lab.run(&["runs"]).expect(0).stdout;
    assert!(runs.contains(&format!("undoes {run}")), "{runs}");
    // Both ways at once would leave each sink with another release.
    let ended = lab.run(&["resume", &run]).expect(4);
    assert!(ended.stderr.contains("was rolled back by run"), "{}", ended.stderr);
    let ended = lab.run(&["resume"]).expect(4);
    assert!(ended.stderr.contains("no unfinished run"), "{}", ended.stderr);
    // What was sent is still there, and so is the way forward.
    lab.run(&["--batch"]).expect(0);
    assert_ne!(lab.expect_published("latest"), old);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_breaks_off_can_be_resumed() {
    let (lab, proxy, old) = half_moved().await;
    proxy.mend();
    lab.run(&["--batch"]).expect(0);
    let run = lab.newest_run();
    let broken = lab.at_hub("latest");
    proxy.fail(vec![Rule::on("DELETE", "/manifests/", denied("nothing is removed"))]);
    lab.run(&["rollback", &run]).expect(3);
    assert_ne!(lab.at_hub("latest"), broken, "moving tags go back first");
    assert_eq!(lab.at_shelf("2.0"), None, "the other sink goes back all the same");
    assert!(lab.at_hub("2.0").is_some());
    proxy.mend();
    lab.run(&["resume"]).expect(0);
    lab.expect_no_tag("2.0");
    assert_eq!(lab.expect_published("latest"), old);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_leaves_a_tag_alone_that_somebody_moved_since() {
    let (lab, proxy, _) = half_moved().await;
    proxy.mend();
    lab.run(&["--batch"]).expect(0);
    let run = lab.newest_run();
    lab.content("three");
    lab.configure_sinks("3.0", &[shelf("shelf"), hub(proxy.address())], "");
    lab.run(&["--batch"]).expect(0);
    let newest = lab.expect_published("latest");
    let ended = lab.run(&["rollback", &run]).expect(5);
    let by = lab.newest_run();
    assert!(ended.stderr.contains(&format!("was moved later, by run {by}")), "{}", ended.stderr);
    assert_eq!(lab.expect_published("latest"), newest);
    lab.expect_published("2.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_moved_nothing_has_nothing_to_roll_back() {
    let lab = Lab::new();
    let rule = Rule::on("PUT", "/manifests/", denied("no"));
    let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
    lab.configure("1.0", proxy.address());
    lab.run(&["--batch"]).expect(3);
    let ended = lab.run(&["rollback", &lab.newest_run()]).expect(4);
    assert!(ended.stderr.contains("moved no tag"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_whose_move_was_not_confirmed_is_told_so_and_resumed() {
    let lab = Lab::new();
    // It moves, and then the line is dead.
    let lost = Rule::on("*", "/manifests/1.0", Fault::Cut(0)).behind("PUT");
    let proxy = FaultProxy::start(lab.registry.address(), vec![lost]).await;
    lab.configure("1.0", proxy.address());
    let ended = lab.run(&["--batch"]).expect(3);
    assert!(ended.stderr.contains("hub  team/app:1.0  may have moved"), "{}", ended.stderr);
    assert!(ended.stderr.contains("shelf  app:latest  not moved"), "{}", ended.stderr);
    let put = proxy.seen_of("PUT", "/manifests/1.0");
    assert_eq!(put.iter().map(|seen| seen.status).collect::<Vec<_>>(), [Some(201)]);
    proxy.mend();
    lab.run(&["resume"]).expect(0);
    lab.expect_published("1.0");
    lab.expect_published("latest");
}
