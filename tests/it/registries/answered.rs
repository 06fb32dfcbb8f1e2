//! An error names the server that answered, which need not be the one that was
//! asked.

use serde_json::json;

use super::{Answer, Asked, Desk, Registry, Server, fake::refusal};

#[test]
fn storage_behind_a_redirect_is_named_and_not_the_registrys_login() {
    let storage = Server::start(|_| Answer::new(403, "<Error><Code>AccessDenied</Code></Error>"));
    let at = storage.address.clone();
    let registry = Registry::with(move |asked: &Asked, usual| {
        if asked.is("*", "/blobs/sha256:") && usual().status == 200 {
            Answer::new(307, "").with("location", format!("http://{at}/bucket/it?signed=secret"))
        } else {
            usual()
        }
    });
    registry.held().image("1");
    let desk = Desk::new();
    let ended =
        desk.run(&["copy", &registry.url(":1"), &format!("oci:{}:a:1", desk.path("l").display())]);
    assert_ne!(ended.status, 0);
    ended
        .says(&[&format!("http://{}/bucket/it", storage.address), "403"])
        .says(&[&format!(
            "the answer is from `{}`, to which `{}` redirected",
            storage.address, registry.server.address
        )])
        .never_says("log in")
        .never_says("secret");
}

#[test]
fn a_token_service_that_refuses_is_named() {
    let tokens = Server::start(|_| refusal(401, "UNAUTHORIZED", "who are you"));
    let realm = format!("http://{}/token", tokens.address);
    let registry = Registry::with(move |_: &Asked, _| {
        Answer::new(401, "").with("www-authenticate", format!("Bearer realm=\"{realm}\""))
    });
    let ended = Desk::new().run(&["inspect", &registry.url(":1")]).expect(4);
    ended.says(&[
        &format!("GET http://{}/token", tokens.address),
        "who are you",
        &format!("the token service at `{}` requires a login", tokens.address),
    ]);
}

#[test]
fn a_proxy_that_refuses_is_named() {
    let proxy = Server::start(|_| Answer::new(403, "not through here"));
    let url = format!("http://user:password@{}", proxy.address);
    let desk = Desk::new().env("HTTPS_PROXY", url);
    let ended = desk.run(&["inspect", "docker://registry.example/a:1"]);
    assert_ne!(ended.status, 0);
    ended.says(&[&format!("through the proxy {}", proxy.address)]).never_says("password");
    assert!(!proxy.seen("CONNECT", "").is_empty());
}

#[test]
fn a_credential_helper_that_fails_is_named() {
    let registry = Registry::with(|_: &Asked, _| {
        Answer::new(401, "").with("www-authenticate", "Basic realm=\"x\"")
    });
    let desk = Desk::new();
    let host = &registry.server.address;
    desk.write("home/.docker/config.json", json!({ "credHelpers": { host: "gone" } }).to_string());
    desk.run(&["inspect", &registry.url(":1")]).expect(4).says(&["docker-credential-gone", host]);
}
