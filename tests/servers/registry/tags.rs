//! Tags that move on a condition.

use std::sync::Arc;

use castoff::{
    model::{Descriptor, FailureKind, Tag},
    ports::{Output, SinkRepository as _, Swap},
    sink::registry::RegistrySink,
};

use super::{client, place, push, swap};
use crate::support::{Answer, DockerRegistry, Fault, FaultProxy, Memory, Rule};

fn tag() -> Tag {
    "latest".parse().unwrap()
}

/// Pushes a manifest that differs by `seed`.
async fn manifest(sink: &RegistrySink, seed: u8) -> Descriptor {
    let config = Memory::blob(seed, 10);
    let manifest = Memory::manifest(&config.0, &[]);
    push(sink, &config).await.unwrap();
    push(sink, &manifest).await.unwrap();
    manifest.0
}

#[tokio::test]
async fn a_tag_moves_from_what_it_was_expected_to_name_only() {
    let registry = DockerRegistry::start();
    let sink = place(&client(registry.address()), "app");
    let (one, two) = (manifest(&sink, 1).await, manifest(&sink, 2).await);
    swap(&sink, &tag(), None, Some(&one)).await.unwrap();
    let failure = swap(&sink, &tag(), None, Some(&two)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.to_string().contains(one.digest.as_str()), "{failure}");
    swap(&sink, &tag(), Some(&one.digest), Some(&two)).await.unwrap();
    assert_eq!(sink.resolve(&tag()).await.unwrap().unwrap(), two);
}

#[tokio::test]
async fn a_tag_that_moved_already_is_not_written_again() {
    let registry = DockerRegistry::start();
    let proxy = FaultProxy::start(registry.address(), vec![]).await;
    let sink = place(&client(proxy.address()), "app");
    let one = manifest(&sink, 1).await;
    swap(&sink, &tag(), None, Some(&one)).await.unwrap();
    proxy.forget();
    swap(&sink, &tag(), None, Some(&one)).await.unwrap();
    assert_eq!(proxy.seen_of("PUT", "").len(), 0);
}

#[tokio::test]
async fn a_write_that_is_taken_and_never_shown_is_no_conflict() {
    let registry = DockerRegistry::start();
    let plain = place(&client(registry.address()), "app");
    let (one, two) = (manifest(&plain, 1).await, manifest(&plain, 2).await);
    // What is written under the tag is not what is read there.
    let lost = Rule::on("PUT", "/manifests/latest", Fault::Answer(Answer::new(201)));
    let proxy = FaultProxy::start(registry.address(), vec![lost]).await;
    let sink = place(&client(proxy.address()), "app");
    swap(&plain, &tag(), None, Some(&one)).await.unwrap();
    let failure = swap(&sink, &tag(), Some(&one.digest), Some(&two)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(!failure.undone, "it may have moved");
}

#[tokio::test]
async fn a_registry_that_cannot_remove_tags_is_said_to_have_kept_it() {
    let registry = DockerRegistry::start();
    let never = Rule::on("DELETE", "/manifests/", Fault::Answer(Answer::new(405)));
    let proxy = FaultProxy::start(registry.address(), vec![never]).await;
    let sink = place(&client(proxy.address()), "app");
    let one = manifest(&sink, 1).await;
    swap(&sink, &tag(), None, Some(&one)).await.unwrap();
    let failure = swap(&sink, &tag(), Some(&one.digest), None).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.to_string().contains("`latest` is unchanged"), "{failure}");
    assert_eq!(sink.resolve(&tag()).await.unwrap().unwrap(), one);
}

/// The tags in the repository.
fn tags(registry: &DockerRegistry) -> Vec<String> {
    let repository = format!("docker://{}/app", registry.address());
    let listed = std::process::Command::new("skopeo")
        .args(["list-tags", "--tls-verify=false", &repository])
        .output()
        .expect("`skopeo` is installed");
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let tags = listed["Tags"].as_array().expect("a list").iter();
    tags.map(|tag| tag.as_str().expect("a tag").to_owned()).collect()
}

#[tokio::test]
async fn a_tag_goes_alone_where_only_digests_can_be_deleted() {
    let registry = DockerRegistry::start();
    let sink = place(&client(registry.address()), "app");
    let one = manifest(&sink, 1).await;
    let twin: Tag = "twin".parse().unwrap();
    swap(&sink, &tag(), None, Some(&one)).await.unwrap();
    swap(&sink, &twin, None, Some(&one)).await.unwrap();
    let gone = Swap { tag: tag(), expected: Some(one.digest.clone()), to: None, rank: None };
    let mut moves = Arc::clone(&sink).begin(vec![tag()]);
    moves.swap(gone, &Output::default()).await.unwrap();
    assert_eq!(tags(&registry), ["twin"]);
    assert_eq!(sink.resolve(&twin).await.unwrap().unwrap(), one);
    let remarks = moves.remarks();
    assert_eq!(remarks.len(), 1);
    assert!(remarks[0].contains("can only delete digests: `latest`"), "{}", remarks[0]);
}

#[tokio::test]
async fn a_removal_that_broke_off_goes_on() {
    let registry = DockerRegistry::start();
    let broken = Rule::on("DELETE", "/manifests/sha256:", Fault::Answer(Answer::new(500)));
    // The first is to find out whether digests can be deleted.
    let proxy = FaultProxy::start(registry.address(), vec![broken.after(1).times(1)]).await;
    let sink = place(&client(proxy.address()), "app");
    let one = manifest(&sink, 1).await;
    swap(&sink, &tag(), None, Some(&one)).await.unwrap();
    let failure = swap(&sink, &tag(), Some(&one.digest), None).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Server);
    assert_ne!(sink.resolve(&tag()).await.unwrap().unwrap(), one);
    swap(&sink, &tag(), Some(&one.digest), None).await.unwrap();
    assert_eq!(sink.resolve(&tag()).await.unwrap(), None);
}

#[tokio::test]
async fn a_tag_is_removed_where_the_registry_can() {
    let registry = DockerRegistry::start();
    let direct = place(&client(registry.address()), "app");
    let one = manifest(&direct, 1).await;
    swap(&direct, &tag(), None, Some(&one)).await.unwrap();
    let gone = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"gone"}]}"#;
    let rules = vec![
        Rule::on("GET", "/manifests/latest", Fault::Answer(Answer::new(404).body(gone)))
            .behind("DELETE"),
        Rule::on("DELETE", "/manifests/latest", Fault::Answer(Answer::new(202))),
    ];
    let proxy = FaultProxy::start(registry.address(), rules).await;
    let sink = place(&client(proxy.address()), "app");
    swap(&sink, &tag(), Some(&one.digest), None).await.unwrap();
    let seen = proxy.seen();
    assert_eq!(proxy.seen_of("DELETE", "").len(), 1, "{seen:?}");
}

#[tokio::test]
async fn only_not_found_means_that_there_is_no_tag() {
    let registry = DockerRegistry::start();
    for status in [401, 403, 500, 503] {
        let rules = vec![Rule::on("*", "/manifests/", Fault::Answer(Answer::new(status)))];
        let proxy = FaultProxy::start(registry.address(), rules).await;
        let failure = place(&client(proxy.address()), "app").resolve(&tag()).await.unwrap_err();
        assert!(failure.causes[0].contains(&status.to_string()), "{failure}");
    }
}
