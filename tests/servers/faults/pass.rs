//! Faults that pass: the release gets through, and is the same.

use std::time::Duration;

use super::{Lab, Told, hub, shelf};
use crate::support::{Answer, Fault, FaultProxy, Rule, Seen, Skopeo};

/// Releases through a proxy with these rules, and gives the proxy back.
async fn gets_through(rules: Vec<Rule>) -> (FaultProxy, String) {
    let lab = Lab::large();
    let proxy = FaultProxy::start(lab.registry.address(), rules).await;
    lab.configure("1.0", proxy.address());
    let ended = lab.run(&["--batch"]).expect(0);
    let digest = lab.expect_published("1.0");
    assert_eq!(lab.expect_published("latest"), digest);
    let digests = ended.stdout.lines().filter(|line| line.contains(&digest));
    assert_eq!(digests.count(), 4, "{}", ended.stdout);
    (proxy, ended.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_asks_for_fewer_requests_is_left_alone_as_long_as_it_asks() {
    let busy = Answer::new(429).header("retry-after", "1");
    let rules = vec![Rule::on("PATCH", "/blobs/uploads/", Fault::Answer(busy)).times(2)];
    let (proxy, told) = gets_through(rules).await;
    let patches = proxy.seen_of("PATCH", "/blobs/uploads/");
    let refused = patches.iter().filter(|seen| seen.status == Some(429));
    // Two uploads may be refused at different times; each waits for itself.
    let upload = |seen: &Seen| seen.path.split('?').next().map(str::to_owned);
    let waits: Vec<_> = refused
        .map(|refused| {
            let is_next = |seen: &&Seen| seen.at > refused.at && upload(seen) == upload(refused);
            patches.iter().filter(is_next).map(|seen| seen.at - refused.at).min()
        })
        .collect();
    let is_long = |wait: &Option<Duration>| wait.is_some_and(|wait| wait.as_millis() >= 900);
    assert!(waits.len() == 2 && waits.iter().all(is_long), "{waits:?}\n{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error_passes() {
    let rules = vec![Rule::on("PUT", "/manifests/", Fault::Answer(Answer::new(500))).times(2)];
    let (_, told) = gets_through(rules).await;
    assert!(told.contains("500"), "{told}");
    assert!(told.contains("next attempt in"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_within_a_blob_passes() {
    let rules = vec![Rule::on("PATCH", "/blobs/uploads/", Fault::Cut(50_000)).times(2)];
    let (proxy, _) = gets_through(rules).await;
    let cut =
        proxy.seen_of("PATCH", "/blobs/uploads/").iter().filter(|it| it.body == 50_000).count();
    assert_eq!(cut, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_where_the_registry_has_it() {
    let rules = vec![Rule::on("PATCH", "/blobs/uploads/", Fault::CutKept(50_000)).times(1)];
    let (proxy, _) = gets_through(rules).await;
    let sizes: Vec<u64> =
        proxy.seen_of("PATCH", "/blobs/uploads/").iter().map(|seen| seen.body).collect();
    assert!(sizes.contains(&50_000), "{sizes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_in_the_middle_is_renewed() {
    let token =
        |value: &str| Fault::Answer(Answer::new(200).body(format!("{{\"token\":\"{value}\"}}")));
    let rules = vec![
        Rule::on("GET", "/token", token("old")).times(3),
        Rule::on("GET", "/token", token("new")),
    ];
    let service = FaultProxy::alone(rules).await;
    let realm = service.address();
    let challenge = || {
        let challenge = format!("Bearer realm=\"http://{realm}/token\",service=\"t\",scope=\"x\"");
        Fault::Answer(Answer::new(401).header("www-authenticate", challenge))
    };
    let rules = vec![
        // What is written finds that the tokens which were given out expired.
        Rule::on("PUT", "/v2/", challenge()).unless("Bearer new"),
        Rule::on("PATCH", "/v2/", challenge()).unless("Bearer new"),
        // Before that, whoever knocks is asked for one.
        Rule::on("*", "/v2/", challenge()).unless("Bearer old").times(2),
    ];
    let (proxy, _) = gets_through(rules).await;
    let of = |method| proxy.seen_of(method, "/v2/").into_iter();
    let expired = of("PATCH").chain(of("PUT")).filter(|seen| {
        seen.status == Some(401) && seen.header("authorization") == Some("Bearer old")
    });
    assert!(expired.count() > 0, "{:?}", proxy.seen());
}

/// Which request fails once does not matter.
async fn every_request_may_fail_once(fault: Fault) {
    let lab = Lab::new();
    let counting = FaultProxy::start(lab.registry.address(), vec![]).await;
    lab.configure("1.0", counting.address());
    lab.run(&["--batch"]).expect(0);
    let digest = lab.expect_published("1.0");
    let count = counting.seen().len();
    assert!(count > 20, "{count} requests");
    for place in 0..count {
        let rule = Rule::on("*", "/v2/", fault.clone()).after(place).times(1);
        let proxy = FaultProxy::start(lab.registry.address(), vec![rule]).await;
        let own = hub(proxy.address()).replace("/team", &format!("/team{place}"));
        let layout = format!("shelf{place}");
        lab.configure_sinks("1.0", &[own, shelf(&layout)], "");
        let ended = lab.run(&["--batch", "--json"]);
        assert_eq!(ended.status, Some(0), "request {place}: {}", ended.stdout);
        assert_eq!(Told::by(&ended).made()["index app → hub"].as_str(), digest);
        // The check has read all of it back; another tool reads what is named.
        let reference = format!("docker://{}/team{place}/app:latest", lab.registry.address());
        assert_eq!(Skopeo::new().digest(&reference), digest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_request_is_answered_500_once_the_release_is_the_same() {
    every_request_may_fail_once(Fault::Answer(Answer::new(500))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_connection_breaks_once_the_release_is_the_same() {
    every_request_may_fail_once(Fault::Cut(0)).await;
}
