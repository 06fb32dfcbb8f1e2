//! Pushing, finding and reading back.

use castoff::{
    model::{ArtifactKind, FailureKind},
    ports::{Desk, Pushed, SinkRepository as _},
};

use super::{client, place, push, swap};
use crate::support::{Answer, DockerRegistry, Fault, FaultProxy, Memory, Rule};

#[tokio::test]
async fn what_was_pushed_is_there_and_its_tag_names_it() {
    let registry = DockerRegistry::start();
    let sink = place(&client(registry.address()), "acme/app");
    let (config, layer) = (Memory::blob(1, 300), Memory::blob(2, 3 << 20));
    let manifest = Memory::manifest(&config.0, std::slice::from_ref(&layer.0));
    sink.check(ArtifactKind::Image).await.unwrap();
    for node in [&config, &layer, &manifest] {
        assert!(!sink.exists(&node.0).await.unwrap());
        assert_eq!(push(&sink, node).await.unwrap(), Pushed::Sent);
        assert!(sink.exists(&node.0).await.unwrap());
        sink.confirm(&node.0).await.unwrap();
    }
    let tag = "1.0".parse().unwrap();
    assert_eq!(sink.resolve(&tag).await.unwrap(), None);
    swap(&sink, &tag, None, Some(&manifest.0)).await.unwrap();
    assert_eq!(sink.resolve(&tag).await.unwrap().unwrap(), manifest.0);
}

#[tokio::test]
async fn a_second_push_sends_nothing() {
    let registry = DockerRegistry::start();
    let proxy = FaultProxy::start(registry.address(), vec![]).await;
    let sink = place(&client(proxy.address()), "app");
    let blob = Memory::blob(1, 2 << 20);
    push(&sink, &blob).await.unwrap();
    proxy.forget();
    let desk = Desk::default();
    let pushed = sink.push(&blob.0, blob.1.clone(), &desk).await.unwrap();
    assert_eq!(pushed, Pushed::Present);
    assert_eq!(desk.meter.read().0, blob.0.size);
    assert!(proxy.seen().iter().all(|it| it.method == "HEAD"), "{:?}", proxy.seen());
}

#[tokio::test]
async fn two_pushes_of_one_blob_at_once_send_it_once() {
    let registry = DockerRegistry::start();
    let proxy = FaultProxy::start(registry.address(), vec![]).await;
    let sink = place(&client(proxy.address()), "app");
    let blob = Memory::blob(1, 2 << 20);
    let (one, other) = tokio::join!(push(&sink, &blob), push(&sink, &blob));
    let mut both = [one.unwrap(), other.unwrap()];
    both.sort_by_key(|it| *it == Pushed::Present);
    assert_eq!(both, [Pushed::Sent, Pushed::Present]);
    assert_eq!(proxy.seen_of("PATCH", "").len(), 1);
}

#[tokio::test]
async fn a_blob_of_another_repository_is_mounted() {
    let registry = DockerRegistry::start();
    let proxy = FaultProxy::start(registry.address(), vec![]).await;
    let client = client(proxy.address());
    let blob = Memory::blob(1, 2 << 20);
    push(&place(&client, "acme/one"), &blob).await.unwrap();
    proxy.forget();
    let other = place(&client, "acme/two");
    assert_eq!(push(&other, &blob).await.unwrap(), Pushed::Mounted);
    assert_eq!(proxy.seen().iter().map(|it| it.body).sum::<u64>(), 0);
    other.confirm(&blob.0).await.unwrap();
}

#[tokio::test]
async fn a_registry_that_opens_an_upload_instead_of_mounting_gets_it_there() {
    let registry = DockerRegistry::start();
    let refusing = Rule::on("POST", "mount=", Fault::Answer(Answer::new(405)));
    let proxy = FaultProxy::start(registry.address(), vec![refusing]).await;
    let client = client(proxy.address());
    let blob = Memory::blob(1, 2 << 20);
    push(&place(&client, "one"), &blob).await.unwrap();
    assert_eq!(push(&place(&client, "two"), &blob).await.unwrap(), Pushed::Sent);
    assert_eq!(push(&place(&client, "three"), &blob).await.unwrap(), Pushed::Sent);
    assert_eq!(proxy.seen_of("POST", "mount=").len(), 1, "it was asked again");
}

#[tokio::test]
async fn a_manifest_whose_child_is_missing_is_refused_by_its_digest() {
    let registry = DockerRegistry::start();
    let sink = place(&client(registry.address()), "app");
    let config = Memory::blob(1, 10);
    let manifest = Memory::manifest(&config.0, &[]);
    let failure = push(&sink, &manifest).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.to_string().contains(config.0.digest.as_str()), "{failure}");
    assert!(failure.causes[0].ends_with(": 400 Bad Request"), "{failure}");
    assert!(failure.causes[1].starts_with("MANIFEST_BLOB_UNKNOWN: "), "{failure}");
}

#[tokio::test]
async fn a_registry_that_names_another_digest_than_it_serves_is_not_believed() {
    let registry = DockerRegistry::start();
    let other = Memory::blob(9, 9).0.digest.to_string();
    let lie = Fault::Header("docker-content-digest", Some(other));
    let rules = vec![Rule::on("GET", "/manifests/", lie)];
    let proxy = FaultProxy::start(registry.address(), rules).await;
    let sink = place(&client(proxy.address()), "app");
    let config = Memory::blob(1, 10);
    let manifest = Memory::manifest(&config.0, &[]);
    push(&sink, &config).await.unwrap();
    push(&sink, &manifest).await.unwrap();
    let failure = sink.confirm(&manifest.0).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Integrity);
}

#[tokio::test]
async fn a_registry_without_head_for_manifests_is_read_instead() {
    let registry = DockerRegistry::start();
    let none = Fault::Answer(Answer::new(405));
    let proxy =
        FaultProxy::start(registry.address(), vec![Rule::on("HEAD", "/manifests/", none)]).await;
    let sink = place(&client(proxy.address()), "app");
    let config = Memory::blob(1, 10);
    let manifest = Memory::manifest(&config.0, &[]);
    push(&sink, &config).await.unwrap();
    push(&sink, &manifest).await.unwrap();
    assert!(sink.exists(&manifest.0).await.unwrap());
    assert_eq!(proxy.seen_of("HEAD", "/manifests/").len(), 1, "it was asked again");
}

#[tokio::test]
async fn a_warning_is_shown_once_and_without_control_characters() {
    let registry = DockerRegistry::start();
    let warning = Some("299 - \"old \tversion\"".to_owned());
    let rules = vec![Rule::on("HEAD", "", Fault::Header("warning", warning))];
    let proxy = FaultProxy::start(registry.address(), rules).await;
    let sink = place(&client(proxy.address()), "app");
    let desk = Desk::default();
    for seed in [1, 2] {
        let (node, content) = Memory::blob(seed, 10);
        sink.push(&node, content, &desk).await.unwrap();
    }
    let lines = desk.output.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines.iter().all(|line| !line.chars().any(char::is_control)), "{lines:?}");
}

#[tokio::test]
async fn content_that_is_not_its_digest_is_refused() {
    let registry = DockerRegistry::start();
    let sink = place(&client(registry.address()), "app");
    for size in [1000, 3 << 20] {
        let (node, _) = Memory::blob(1, size);
        let (_, other) = Memory::blob(2, size);
        let failure = push(&sink, &(node.clone(), other)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Integrity, "{failure}");
        assert!(!sink.exists(&node).await.unwrap());
    }
}
