//! A platform that a registry refuses for good, and its retry.

use super::{ARM, Told, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_platform_is_named_with_sink_request_status_and_words() {
    let (lab, proxy) = refused().await;
    let ended = lab.run(&["--batch"]).expect(3);
    for part in [
        "push app linux/arm64 → hub: failed",
        &format!("PUT http://{}/v2/team/app/manifests/sha256:", proxy.address()),
        "403",
        "DENIED: no arms in here",
        "hint: the account at",
        "no tag moved at any sink",
        "castoff resume ",
    ] {
        assert!(ended.stderr.contains(part), "{part}:\n{}", ended.stderr);
    }
    assert_eq!(ended.stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_platform_is_named_also_where_only_errors_are_shown() {
    let (lab, _proxy) = refused().await;
    let ended = lab.run(&["--batch", "-q"]).expect(3);
    for part in ["error: push app linux/arm64 → hub", "403", "DENIED: no arms in here"] {
        assert!(ended.stderr.contains(part), "{part}:\n{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_platform_stops_its_index_and_the_tags_and_nothing_else() {
    let (lab, _proxy) = refused().await;
    let ended = lab.run(&["--batch", "--json"]).expect(3);
    lab.expect_no_tag("1.0");
    lab.expect_no_tag("latest");
    let made = Told::by(&ended).made();
    let pushed: Vec<&str> =
        made.keys().filter(|job| !job.starts_with("prepare")).map(String::as_str).collect();
    let expected = [
        "index app → shelf",
        "push app linux/amd64 → hub",
        "push app linux/amd64 → shelf",
        "push app linux/arm64 → shelf",
    ];
    assert_eq!(pushed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_does_the_chosen_cell_and_what_it_blocked_and_nothing_else() {
    let (lab, proxy) = refused().await;
    lab.run(&["--batch"]).expect(3);
    let run = lab.newest_run();
    let choice = ["retry", &run, "--platform", ARM, "--sink", "hub", "--json"];
    lab.run(&choice).expect(3);
    lab.expect_no_tag("latest");
    proxy.mend();
    let told = Told::by(&lab.run(&choice).expect(0));
    let expected = [
        "check hub",
        "check shelf",
        "index app → hub",
        "push app linux/arm64 → hub",
        "tag hub",
        "tag shelf",
    ];
    assert_eq!(told.attempted(&lab.plan(&run)), expected.map(str::to_owned).into());
    assert_eq!(lab.expect_published("1.0"), lab.expect_published("latest"));
    let again = lab.run(&choice).expect(4);
    assert!(again.stderr.contains("is done"), "{}", again.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_what_did_not_fail_is_refused_with_the_way_on() {
    let (lab, _proxy) = refused().await;
    lab.run(&["--batch"]).expect(3);
    let run = lab.newest_run();
    let ended = lab.run(&["retry", &run, "--platform", "linux/amd64"]).expect(4);
    assert!(ended.stderr.contains("the selection has no jobs of run"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("castoff resume {run}")), "{}", ended.stderr);
}
