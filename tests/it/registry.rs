//! What the distribution protocol's client decides without a registry.

use std::{os::unix::fs::PermissionsExt, sync::Arc};

use castoff::{
    environment::Environment,
    model::{FailureKind, Repository},
    registry::{
        Anonymous, Challenge, Credential, Credentials as _, DockerConfig, MemorySessions,
        RegistryClient, Scopes, may_know_password, session_url,
    },
};
use http::{HeaderMap, HeaderValue, header::WWW_AUTHENTICATE};
use secrecy::ExposeSecret;
use url::Url;

use crate::support::network::options;

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn repository(text: &str) -> Repository {
    text.parse().unwrap()
}

fn challenge(values: &[&'static str]) -> Option<Challenge> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(value));
    }
    Challenge::from_headers(&headers)
}

#[test]
fn a_password_goes_to_the_registrys_own_token_service_only() {
    for (registry, realm) in [
        ("https://registry-1.docker.io", "https://auth.docker.io/token"),
        ("https://ghcr.io", "https://ghcr.io/token"),
        ("https://registry.gitlab.com", "https://gitlab.com/jwt/auth"),
        ("https://registry.example:5000", "https://registry.example:5001/token"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token"),
        ("http://registry:5000", "https://registry/token"),
        ("https://a.example.co.uk", "https://b.example.co.uk/"),
        ("https://a.b.公司.cn", "https://c.b.公司.cn/"),
    ] {
        assert!(may_know_password(&url(registry), &url(realm)), "{registry} {realm}");
    }
    for (registry, realm) in [
        ("https://ghcr.io", "https://evil.example/token"),
        ("https://ghcr.io", "http://ghcr.io/token"),
        ("https://a.co.uk", "https://b.co.uk/"),
        ("https://a.公司.cn", "https://b.公司.cn/"),
        ("https://a.xn--55qx5d.cn", "https://b.xn--55qx5d.cn/"),
        ("https://alice.github.io", "https://mallory.github.io/"),
        ("https://10.0.0.1", "https://10.0.0.2/"),
        ("https://127.0.0.1", "https://128.0.0.1/"),
        ("https://registry", "https://token"),
        ("https://ghcr.io", "https://ghcr.io.evil.example/"),
        ("https://ghcr.io", "https://ghcr.io@evil.example/"),
        ("https://ghcr.io", "https://user@ghcr.io/"),
    ] {
        assert!(!may_know_password(&url(registry), &url(realm)), "{registry} {realm}");
    }
}

#[test]
fn a_token_is_preferred_to_a_password() {
    let bearer = r#"Bearer realm="https://a.example/t",service="s",scope="repository:x:pull""#;
    let Some(Challenge::Bearer { realm, service, scope, insufficient }) =
        challenge(&["Basic realm=\"x\"", bearer])
    else {
        panic!("it is a bearer challenge")
    };
    assert_eq!(realm, url("https://a.example/t"));
    assert_eq!(service.unwrap(), "s");
    assert_eq!(scope.unwrap(), "repository:x:pull");
    assert!(!insufficient);
    assert_eq!(challenge(&["Basic realm=\"x\""]), Some(Challenge::Basic));
    assert_eq!(challenge(&["Negotiate"]), None);
    assert_eq!(challenge(&["Bearer realm=\"no url\""]), None);
    assert_eq!(challenge(&[]), None);
}

#[test]
fn the_scope_that_is_written_to_comes_first() {
    let (app, base) = (repository("acme/app"), repository("acme/base"));
    assert_eq!(Scopes::pull(&app).to_string(), "repository:acme/app:pull");
    assert_eq!(
        Scopes::mount(&app, &base).to_string(),
        "repository:acme/app:pull,push repository:acme/base:pull"
    );
}

#[test]
fn a_challenges_scope_is_added_where_it_says_more() {
    let scopes = Scopes::push(&repository("app"));
    assert_eq!(scopes.with(None), scopes);
    assert_eq!(scopes.with(Some("repository:app:pull")), scopes);
    assert_eq!(
        scopes.with(Some("repository:app:delete")).to_string(),
        "repository:app:pull,push repository:app:delete"
    );
}

#[test]
fn an_upload_goes_on_at_the_registry_itself_or_nowhere() {
    let registry = url("https://registry.example:5000/");
    let request = url("https://registry.example:5000/v2/app/blobs/uploads/");
    let at = |location| session_url(&registry, &request, location).map(String::from);
    let good = "https://registry.example:5000/v2/app/blobs/uploads/1?_state=a%3D";
    for same in [
        good,
        "/v2/app/blobs/uploads/1?_state=a%3D",
        "1?_state=a%3D",
        "//registry.example:5000/v2/app/blobs/uploads/1?_state=a%3D",
        "http://registry.example/v2/app/blobs/uploads/1?_state=a%3D",
        "http://registry.example:5000/v2/app/blobs/uploads/1?_state=a%3D",
    ] {
        assert_eq!(at(same).as_deref(), Some(good), "{same}");
    }
    for bad in [
        "https://evil.example/v2/app/blobs/uploads/1",
        "https://registry.example:5001/v2/app/blobs/uploads/1",
        "https://user@registry.example:5000/v2/app/blobs/uploads/1",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://[",
    ] {
        assert_eq!(at(bad), None, "{bad}");
    }
    let plain = url("https://registry.example/");
    let dropped = session_url(&plain, &plain, "https://registry.example:443/v2/x");
    assert_eq!(dropped.unwrap().as_str(), "https://registry.example/v2/x");
}

#[test]
fn a_credential_shows_no_secret() {
    let basic = Credential::Basic { user: "bob".to_owned(), password: "hunter2".into() };
    let token = Credential::IdentityToken("hunter2".into());
    assert!(!format!("{basic:?} {token:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_host_with_a_line_break_never_reaches_a_credential_helper() {
    for host in ["a.example\nget", "a.example\r", "a b", "a\0", ""] {
        let config = DockerConfig { environment: Environment::of([]) };
        let failure = config.find(host, None).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Invalid);
        assert!(!failure.to_string().chars().any(char::is_control));
    }
}

#[tokio::test]
async fn a_login_is_looked_for_where_the_given_environment_says() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), r#"{"credsStore": "own"}"#).unwrap();
    let helper = folder.path().join("docker-credential-own");
    let script = "#!/bin/sh\nprintf '{\"Username\": \"bob\", \"Secret\": \"%s\"}' \
                  \"${COSIGN_PASSWORD-unseen}\"\n";
    std::fs::write(&helper, script).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().to_str().unwrap();
    let variables =
        [("DOCKER_CONFIG", path), ("PATH", path), ("COSIGN_PASSWORD", "for castoff alone")];
    let config = DockerConfig { environment: Environment::of(variables) };
    let found = config.find("registry.test", None).await.unwrap();
    let Some(Credential::Basic { user, password }) = found else { panic!("{found:?}") };
    assert_eq!((user.as_str(), password.expose_secret()), ("bob", "unseen"));
    let nowhere = DockerConfig { environment: Environment::of([]) };
    assert!(nowhere.find("registry.test", None).await.unwrap().is_none());
}

#[test]
fn a_registry_is_a_host_and_nothing_else() {
    let new = |host: &str| {
        let sessions = Arc::new(MemorySessions::default());
        RegistryClient::new(host, &options(), Arc::new(Anonymous), sessions)
    };
    for good in ["ghcr.io", "127.0.0.1:5000", "[::1]:5000", "localhost"] {
        assert_eq!(new(good).unwrap().host(), good);
    }
    assert_eq!(new("index.docker.io").unwrap().host(), "docker.io");
    for bad in ["", "user@host", "host/path", "host?x", "a b", "host:port"] {
        assert_eq!(new(bad).unwrap_err().kind, FailureKind::Invalid, "{bad}");
    }
}
