//! Uploads that break off, and go on.

use std::sync::Arc;

use castoff::{
    model::FailureKind,
    ports::{Desk, Pushed, SinkRepository as _},
    registry::{Anonymous, MemorySessions, Sessions},
};

use tokio::sync::Notify;

use super::{client, client_with, options, place, push};
use crate::support::{Answer, DockerRegistry, Fault, FaultProxy, Memory, Rule};

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn an_upload_that_broke_off_goes_on_where_it_did() {
    let registry = DockerRegistry::start();
    let cut = Rule::on("PATCH", "", Fault::CutKept(2 * MIB)).times(1);
    let proxy = FaultProxy::start(registry.address(), vec![cut]).await;
    let sink = place(&client(proxy.address()), "app");
    let (node, content) = Memory::blob(1, 5 << 20);
    let failure = push(&sink, &(node.clone(), content.clone())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    assert!(!failure.to_string().contains("_state"), "{failure}");
    let desk = Desk::default();
    assert_eq!(sink.push(&node, content, &desk).await.unwrap(), Pushed::Sent);
    assert_eq!(proxy.seen_of("PATCH", "")[1].body, 3 * MIB);
    assert_eq!(desk.meter.read().0, 5 * MIB, "what was resumed is done");
    sink.confirm(&node).await.unwrap();
}

#[tokio::test]
async fn an_upload_goes_on_in_a_later_process() {
    let registry = DockerRegistry::start();
    let cut = Rule::on("PATCH", "", Fault::CutKept(2 * MIB)).times(1);
    let proxy = FaultProxy::start(registry.address(), vec![cut]).await;
    let sessions: Arc<MemorySessions> = Arc::default();
    let start = || client_with(proxy.address(), &options(), Anonymous, sessions.clone());
    let blob = Memory::blob(1, 5 << 20);
    push(&place(&start(), "app"), &blob).await.unwrap_err();
    let later = place(&start(), "app");
    assert_eq!(push(&later, &blob).await.unwrap(), Pushed::Sent);
    assert_eq!(proxy.seen_of("PATCH", "")[1].body, 3 * MIB);
    let key = format!("{}/app@{}", proxy.address(), blob.0.digest);
    assert_eq!(sessions.get(&key).await, None, "the session is over");
}

#[tokio::test]
async fn a_large_blob_goes_in_chunks_and_only_what_is_missing_is_sent_again() {
    let registry = DockerRegistry::start();
    let cut = Rule::on("PATCH", "", Fault::CutKept(MIB)).after(1).times(1);
    let proxy = FaultProxy::start(registry.address(), vec![cut]).await;
    let sink = place(&client(proxy.address()), "app");
    let blob = Memory::blob(1, 70 << 20);
    push(&sink, &blob).await.unwrap_err();
    push(&sink, &blob).await.unwrap();
    let sent: Vec<u64> = proxy.seen_of("PATCH", "").iter().map(|it| it.body).collect();
    assert_eq!(sent, [64 * MIB, MIB, 5 * MIB]);
    sink.confirm(&blob.0).await.unwrap();
}

#[tokio::test]
async fn a_session_that_the_registry_forgot_is_begun_anew() {
    let registry = DockerRegistry::start();
    let cut = Rule::on("PATCH", "", Fault::Cut(2 * MIB)).times(1);
    let proxy = FaultProxy::start(registry.address(), vec![cut]).await;
    let sink = place(&client(proxy.address()), "app");
    let blob = Memory::blob(1, 3 << 20);
    push(&sink, &blob).await.unwrap_err();
    assert_eq!(push(&sink, &blob).await.unwrap(), Pushed::Sent);
    assert_eq!(proxy.seen_of("GET", "/blobs/uploads/")[0].status, Some(404));
    sink.confirm(&blob.0).await.unwrap();
}

#[tokio::test]
async fn a_session_at_another_host_is_not_used() {
    let registry = DockerRegistry::start();
    let elsewhere = FaultProxy::alone(vec![]).await;
    let url = format!("http://{}/v2/app/blobs/uploads/1?_state=x", elsewhere.other_name());
    let astray = Rule::on("POST", "", Fault::Header("location", Some(url.clone())));
    let proxy = FaultProxy::start(registry.address(), vec![astray]).await;
    let sessions = Arc::new(MemorySessions::default());
    let blob = Memory::blob(1, 3 << 20);
    let key = format!("{}/app@{}", proxy.address(), blob.0.digest);
    sessions.put(&key, &url).await;
    let client = client_with(proxy.address(), &options(), Anonymous, sessions.clone());
    let failure = push(&place(&client, "app"), &blob).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert_eq!(elsewhere.seen().len(), 0);
    assert_eq!(sessions.get(&key).await, None);
}

#[tokio::test]
async fn an_offset_that_the_registry_does_not_accept_is_asked_for_again() {
    let registry = DockerRegistry::start();
    let range = Rule::on("PATCH", "", Fault::Answer(Answer::new(416))).after(1).times(1);
    let cut = Rule::on("PATCH", "", Fault::CutKept(2 * MIB)).times(1);
    let proxy = FaultProxy::start(registry.address(), vec![range, cut]).await;
    let sink = place(&client(proxy.address()), "app");
    let blob = Memory::blob(1, 5 << 20);
    push(&sink, &blob).await.unwrap_err();
    assert_eq!(push(&sink, &blob).await.unwrap(), Pushed::Sent);
    sink.confirm(&blob.0).await.unwrap();
}

#[tokio::test]
async fn bytes_of_an_earlier_upload_that_were_wrong_cost_a_new_upload_only() {
    let registry = DockerRegistry::start();
    let cut = Rule::on("PATCH", "", Fault::CutKept(2 * MIB)).times(1);
    let proxy = FaultProxy::start(registry.address(), vec![cut]).await;
    let sink = place(&client(proxy.address()), "app");
    let (node, content) = Memory::blob(1, 5 << 20);
    let (_, wrong) = Memory::blob(2, 5 << 20);
    push(&sink, &(node.clone(), wrong)).await.unwrap_err();
    assert_eq!(push(&sink, &(node.clone(), content)).await.unwrap(), Pushed::Sent);
    sink.confirm(&node).await.unwrap();
}

#[tokio::test]
async fn an_upload_that_is_dropped_can_go_on() {
    let registry = DockerRegistry::start();
    let came = Arc::new(Notify::new());
    let hold = Fault::Hold { came: Arc::clone(&came), go: Arc::default() };
    let proxy =
        FaultProxy::start(registry.address(), vec![Rule::on("PUT", "", hold).times(1)]).await;
    let sink = place(&client(proxy.address()), "app");
    let (node, content) = Memory::blob(1, 3 << 20);
    let desk = Desk::default();
    tokio::select! {
        _ = sink.push(&node, content.clone(), &desk) => panic!("its end is held"),
        () = came.notified() => {}
    }
    assert_eq!(push(&sink, &(node, content)).await.unwrap(), Pushed::Sent);
    assert_eq!(proxy.seen_of("PATCH", "").len(), 1, "its bytes were sent again");
}
