//! How fast a registry is asked, and what becomes of its complaints.

use std::{sync::Arc, time::Duration};

use castoff::{
    model::{Failure, FailureKind},
    net::ClientOptions,
    ports::SinkRepository as _,
    registry::{Anonymous, MemorySessions},
};

use super::{client, client_with, options, place, push};
use crate::support::{Answer, DockerRegistry, Fault, FaultProxy, Memory, Rule};

#[tokio::test]
async fn a_wait_that_the_registry_asks_for_shuts_everybody_out() {
    let registry = DockerRegistry::start();
    let busy = Fault::Answer(Answer::new(429).header("retry-after", "1"));
    let rules = vec![Rule::on("HEAD", "", busy).times(1)];
    let proxy = FaultProxy::start(registry.address(), rules).await;
    let options = options();
    let start =
        || client_with(proxy.address(), &options, Anonymous, Arc::new(MemorySessions::default()));
    let (one, other) = (start(), start());
    let blob = Memory::blob(1, 10).0;
    let failure = place(&one, "app").exists(&blob).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert_eq!(failure.retry_after_ms, Some(1000));
    assert!(!place(&other, "app").exists(&blob).await.unwrap());
    let seen = proxy.seen();
    let refused = seen.iter().find(|it| it.status == Some(429)).unwrap();
    let next = seen.iter().find(|it| it.at > refused.at).unwrap();
    assert!(next.at - refused.at >= Duration::from_millis(990), "the gate was open");
}

#[tokio::test]
async fn an_error_of_the_server_may_be_tried_again_and_a_refusal_may_not() {
    let registry = DockerRegistry::start();
    for (status, kind, transient) in [
        (500, FailureKind::Server, true),
        (502, FailureKind::Server, true),
        (503, FailureKind::Server, true),
        (408, FailureKind::Server, true),
        (401, FailureKind::Unauthorized, false),
        (403, FailureKind::Forbidden, false),
        (302, FailureKind::Protocol, false),
    ] {
        // Where a HEAD is refused, a GET is asked for the reason.
        let rules = vec![Rule::on("*", "/blobs/", Fault::Answer(Answer::new(status)))];
        let proxy = FaultProxy::start(registry.address(), rules).await;
        let failure = ask(&proxy, options()).await;
        assert_eq!((failure.kind, failure.is_transient()), (kind, transient), "{failure}");
    }
}

#[tokio::test]
async fn silence_ends_in_time() {
    let registry = DockerRegistry::start();
    let never = Fault::Hold { came: Arc::default(), go: Arc::default() };
    let proxy = FaultProxy::start(registry.address(), vec![Rule::on("HEAD", "", never)]).await;
    let options = ClientOptions { idle_timeout: Duration::from_millis(50), ..options() };
    assert_eq!(ask(&proxy, options).await.kind, FailureKind::Timeout);
}

#[tokio::test]
async fn a_manifest_that_never_ends_is_not_read_to_its_end() {
    let endless = Answer::new(200).body("x".repeat(5 << 20));
    let proxy = FaultProxy::alone(vec![
        Rule::on("HEAD", "/manifests/", Fault::Answer(Answer::new(405))),
        Rule::on("GET", "/manifests/", Fault::Answer(endless)),
    ])
    .await;
    let manifest = Memory::manifest(&Memory::blob(1, 10).0, &[]).0;
    let failure = place(&client(proxy.address()), "app").exists(&manifest).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.to_string().contains("more than 4194304 bytes"), "{failure}");
}

#[tokio::test]
async fn whichever_request_fails_once_the_end_is_the_same() {
    let registry = DockerRegistry::start();
    let config = Memory::blob(1, 10);
    let layer = Memory::blob(2, 3 << 20);
    let manifest = Memory::manifest(&config.0, std::slice::from_ref(&layer.0));
    for fault in [Fault::Answer(Answer::new(503)), Fault::Cut(0), Fault::Cut(1 << 20)] {
        let mut befell = true;
        for place_of_fault in 0.. {
            if !std::mem::take(&mut befell) {
                break;
            }
            let rule = Rule::on("*", "/v2/app", fault.clone()).after(place_of_fault).times(1);
            let proxy = FaultProxy::start(registry.address(), vec![rule]).await;
            let name = format!("app{place_of_fault}");
            let sink = place(&client(proxy.address()), &format!("{name}/{}", label(&fault)));
            for node in [&config, &layer, &manifest] {
                while let Err(failure) = push(&sink, node).await {
                    assert!(failure.is_transient(), "{failure}");
                    assert!(!befell, "one fault, two failures: {failure}");
                    befell = true;
                }
            }
            // A connection that ended without an answer may have cost nothing.
            let asked = proxy.seen().iter().filter(|seen| seen.path.contains("/v2/app")).count();
            befell |= asked > place_of_fault;
            for node in [&config, &layer, &manifest] {
                place(&client(registry.address()), &format!("{name}/{}", label(&fault)))
                    .confirm(&node.0)
                    .await
                    .unwrap();
            }
        }
    }
}

fn label(fault: &Fault) -> String {
    match fault {
        Fault::Cut(limit) => format!("cut{limit}"),
        _ => "answer".to_owned(),
    }
}

/// How asking for a blob fails.
async fn ask(proxy: &FaultProxy, options: ClientOptions) -> Failure {
    let sessions = Arc::new(MemorySessions::default());
    let client = client_with(proxy.address(), &options, Anonymous, sessions);
    place(&client, "app").exists(&Memory::blob(1, 10).0).await.unwrap_err()
}
