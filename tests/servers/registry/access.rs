//! Whom castoff trusts, and who it is.

use castoff::{
    model::{ArtifactKind, FailureKind},
    net::ClientOptions,
    ports::{Pushed, SinkRepository as _},
    registry::Anonymous,
};

use super::{Identity, User, client, client_as, client_with, options, place, push};
use crate::support::{Answer, DockerRegistry, Fault, FaultProxy, Memory, Rule, Setup};

const BOB: User = User("bob", "hunter2");
/// `bob:hunter2`, as it is sent.
const BOB_BASIC: &str = "Basic Ym9iOmh1bnRlcjI=";

fn guarded() -> DockerRegistry {
    DockerRegistry::with(&Setup { user: Some(("bob", "hunter2")), ..Setup::default() })
}

fn token(value: &str) -> Fault {
    Fault::Answer(Answer::new(200).body(format!(r#"{{"token":"{value}","expires_in":300}}"#)))
}

fn challenge(realm: &str) -> Fault {
    let text = format!(r#"Bearer realm="http://{realm}/token",service="test",scope="x""#);
    Fault::Answer(Answer::new(401).header("www-authenticate", text))
}

#[tokio::test]
async fn the_right_password_pushes_and_the_wrong_one_is_noticed_before() {
    let registry = guarded();
    let good = place(&client_as(registry.address(), BOB), "app");
    good.check(ArtifactKind::Image).await.unwrap();
    assert_eq!(push(&good, &Memory::blob(1, 2 << 20)).await.unwrap(), Pushed::Sent);
    let wrong = place(&client_as(registry.address(), User("bob", "swordfish")), "app");
    let failure = wrong.check(ArtifactKind::Image).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert!(!format!("{failure:?}").contains("swordfish"));
    assert!(castoff::error::advice(&failure).unwrap().contains("rejects the credentials"));
}

#[tokio::test]
async fn nobody_is_told_to_log_in() {
    let registry = guarded();
    let sink = place(&client(registry.address()), "app");
    let failure = sink.check(ArtifactKind::Image).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert!(castoff::error::advice(&failure).unwrap().contains("docker login"));
}

#[tokio::test]
async fn a_missing_permission_to_push_is_noticed_before() {
    let registry = DockerRegistry::start();
    let denied = r#"{"errors":[{"code":"DENIED","message":"requested access is denied"}]}"#;
    let rule = Rule::on("POST", "/uploads/", Fault::Answer(Answer::new(403).body(denied)));
    let proxy = FaultProxy::start(registry.address(), vec![rule]).await;
    let sink = place(&client(proxy.address()), "app");
    let failure = sink.check(ArtifactKind::Image).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    let url = format!("POST http://{}/v2/app/blobs/uploads/: 403 Forbidden", proxy.address());
    assert_eq!(failure.causes[0].replace(" Test", ""), url);
    assert_eq!(failure.causes[1], "DENIED: requested access is denied");
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_when_it_is_refused() {
    let registry = DockerRegistry::start();
    let service = FaultProxy::alone(vec![
        Rule::on("GET", "/token", token("one")).times(1),
        Rule::on("GET", "/token", token("two")).times(1),
        Rule::on("GET", "/token", token("three")),
    ])
    .await;
    let realm = service.address();
    let rules = vec![
        // The upload's last request finds its token expired.
        Rule::on("PUT", "", challenge(realm)).times(1),
        Rule::on("*", "", challenge(realm)).unless("Bearer one").times(1),
    ];
    let proxy = FaultProxy::start(registry.address(), rules).await;
    let sink = place(&client_as(proxy.address(), BOB), "app");
    let blob = Memory::blob(1, 2 << 20);
    assert_eq!(push(&sink, &blob).await.unwrap(), Pushed::Sent);
    sink.confirm(&blob.0).await.unwrap();
    let asked = service.seen();
    assert!(asked.iter().all(|it| it.header("authorization") == Some(BOB_BASIC)), "{asked:?}");
    assert_eq!(asked.len(), 3, "pull, push, and push again: {asked:?}");
    assert!(asked[1].path.contains("scope=repository%3Aapp%3Apull%2Cpush"), "{}", asked[1].path);
    assert_eq!(proxy.seen_of("PATCH", "").len(), 1);
}

#[tokio::test]
async fn a_token_that_expires_before_the_bytes_are_sent_costs_no_failure() {
    let registry = DockerRegistry::start();
    let service = FaultProxy::alone(vec![Rule::on("GET", "/token", token("t"))]).await;
    let expired = Rule::on("PATCH", "", challenge(service.address())).times(1);
    let proxy = FaultProxy::start(registry.address(), vec![expired]).await;
    let sink = place(&client(proxy.address()), "app");
    let blob = Memory::blob(1, 2 << 20);
    assert_eq!(push(&sink, &blob).await.unwrap(), Pushed::Sent);
    sink.confirm(&blob.0).await.unwrap();
}

#[tokio::test]
async fn an_identity_token_is_exchanged() {
    let registry = DockerRegistry::start();
    let service = FaultProxy::alone(vec![Rule::on("POST", "/token", token("good"))]).await;
    let closed = Rule::on("*", "", challenge(service.address())).unless("Bearer good");
    let proxy = FaultProxy::start(registry.address(), vec![closed]).await;
    let sink = place(&client_as(proxy.address(), Identity("refresh-me")), "app");
    assert_eq!(push(&sink, &Memory::blob(1, 10)).await.unwrap(), Pushed::Sent);
    assert!(service.seen()[0].text.contains("refresh_token=refresh-me"));
}

#[tokio::test]
async fn a_token_service_of_others_gets_no_password() {
    let registry = DockerRegistry::start();
    let service = FaultProxy::alone(vec![
        Rule::on("GET", "/token", Fault::Answer(Answer::new(401))),
        Rule::on("POST", "/token", token("stolen")),
    ])
    .await;
    // Another name: to castoff, another host.
    let closed = Rule::on("*", "", challenge(&service.other_name()));
    let proxy = FaultProxy::start(registry.address(), vec![closed]).await;
    let user = place(&client_as(proxy.address(), BOB), "app");
    let failure = user.check(ArtifactKind::Image).await.unwrap_err();
    let advice = castoff::error::advice(&failure).unwrap_or_default();
    assert!(advice.contains("castoff sent it no password"), "{failure:?}");
    let identity = place(&client_as(proxy.address(), Identity("refresh-me")), "app");
    identity.check(ArtifactKind::Image).await.unwrap_err();
    let asked = service.seen();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for it in asked {
        assert_eq!((it.method.as_str(), it.header("authorization")), ("GET", None));
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_carries_no_password() {
    let registry = guarded();
    let storage = FaultProxy::alone(vec![Rule::on(
        "HEAD",
        "/bytes",
        Fault::Answer(Answer::new(200).header("content-length", "10")),
    )])
    .await;
    let url = format!("http://{}/bytes?signature=1", storage.other_name());
    let away = Fault::Answer(Answer::new(307).header("location", url));
    // After the challenge of the door, so that a password was sent.
    let rules = vec![Rule::on("HEAD", "/blobs/", away)];
    let proxy = FaultProxy::start(registry.address(), rules).await;
    let sink = place(&client_as(proxy.address(), BOB), "app");
    assert!(sink.exists(&Memory::blob(1, 10).0).await.unwrap());
    assert_eq!(storage.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_certificate_is_trusted_by_its_authority_or_by_nothing() {
    let registry = DockerRegistry::with(&Setup { tls: true, ..Setup::default() });
    let with = |options: ClientOptions| {
        let client = client_with(
            registry.address(),
            &options,
            Anonymous,
            std::sync::Arc::new(castoff::registry::MemorySessions::default()),
        );
        place(&client, "app")
    };
    let blob = Memory::blob(1, 2 << 20);
    let failure = push(&with(options()), &blob).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(!failure.is_transient());
    assert!(castoff::error::advice(&failure).unwrap().contains("ca = \"FILE\""));
    let trusting = with(ClientOptions { ca: Some(registry.authority()), ..options() });
    assert_eq!(push(&trusting, &blob).await.unwrap(), Pushed::Sent);
    let insecure = with(ClientOptions { insecure: true, ..options() });
    assert_eq!(push(&insecure, &blob).await.unwrap(), Pushed::Present);
}
