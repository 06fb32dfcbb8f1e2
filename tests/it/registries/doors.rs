//! How registries ask for a login, and which service hears it.

use std::os::unix::fs::PermissionsExt as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{Answer, Asked, Desk, Registry, fake::refusal};

const DOCKERS: &str = "home/.docker/config.json";

fn encoded(pair: &str) -> String {
    BASE64_STANDARD.encode(pair)
}

/// A registry that lets `u` with `p` in, by a challenge in which `HOST` stands
/// for itself, and answers everything else with `refuse`.
fn locked(
    challenge: &'static str,
    refuse: impl Fn(&Asked, Answer) -> Answer + Send + Sync + 'static,
) -> Registry {
    Registry::with(move |asked: &Asked, usual| {
        let (given, password) =
            (asked.header("authorization"), format!("Basic {}", encoded("u:p")));
        let is_right = given == password;
        if asked.path == "/token" {
            let token = if is_right { "T" } else { "anybody" };
            return Answer::new(200, json!({ "token": token }).to_string());
        }
        if is_right && !challenge.contains("Bearer") || given == "Bearer T" {
            return usual();
        }
        let port = asked.header("host").rsplit(':').next().unwrap_or_default();
        let challenge = challenge.replace("HOST", asked.header("host")).replace("PORT", port);
        refuse(asked, refusal(401, "UNAUTHORIZED", "no").with("www-authenticate", challenge))
    })
}

/// As a repository manager does that hides what it has from the anonymous.
fn hiding(asked: &Asked, challenge: Answer) -> Answer {
    let is_open = asked.path == "/v2/" || !matches!(asked.method.as_str(), "GET" | "HEAD");
    if is_open { challenge } else { refusal(404, "NAME_UNKNOWN", "there is no such repository") }
}

fn login(desk: &Desk, host: &str) {
    desk.write(DOCKERS, json!({ "auths": { host: { "auth": encoded("u:p") } } }).to_string());
}

/// A program that keeps passwords, and does this when it is asked.
fn helper(desk: Desk, script: &str) -> Desk {
    let file =
        desk.write("bin/docker-credential-mine", format!("#!/bin/sh\ncat >/dev/null\n{script}\n"));
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", desk.path("bin").display());
    desk.env("PATH", path)
}

const HIDING: [&str; 2] =
    ["Basic realm=\"Realm\"", "Bearer realm=\"http://HOST/token\",service=\"s\""];

#[test]
fn what_a_registry_hides_from_the_anonymous_is_seen_with_a_login() {
    for challenge in HIDING {
        let registry = locked(challenge, hiding);
        for tag in ["1.0", "2.0"] {
            registry.held().image(tag);
        }
        let desk = Desk::new();
        login(&desk, &registry.server.address);
        let [first, second] = [":1.0", ":2.0"].map(|tag| registry.url(tag));
        desk.run(&["ls", &registry.url("")]).expect(0).says(&["1.0", "2.0"]);
        let doors = registry.server.seen("GET", "/v2/");
        assert_eq!(doors.iter().filter(|asked| asked.path == "/v2/").count(), 1);
        desk.run(&["inspect", &first]).expect(0);
        desk.run(&["copy", &first, &registry.url(":3.0")]).expect(0);
        desk.run(&["diff", &first, &second]).never_says("does not exist");
        desk.run(&["rm", &first]).expect(0);
        assert_eq!(registry.tags(), ["2.0", "3.0"], "{challenge}");
    }
}

#[test]
fn a_plan_calls_no_tag_new_that_is_only_hidden() {
    for challenge in HIDING {
        let registry = locked(challenge, hiding);
        registry.held().image("1.0");
        let desk = Desk::new();
        login(&desk, &registry.server.address);
        desk.configure(&format!("docker://{}/team", registry.server.address));
        let named = registry.named("1.0");
        desk.run(&["plan"]).says(&[&named["sha256:".len()..][..7]]).never_says("new →");
    }
}

#[test]
fn the_anonymous_may_read_what_only_writes_are_challenged_for() {
    // Its door asks everybody, and its images nobody.
    let registry = Registry::with(|asked: &Asked, usual| match asked.path.as_str() {
        "/v2/" => Answer::new(401, "").with("www-authenticate", "Basic realm=\"x\""),
        _ => usual(),
    });
    registry.held().image("1");
    Desk::new().run(&["inspect", &registry.url(":1")]).expect(0);
}

#[test]
fn challenges_are_read_however_they_are_written() {
    for challenge in [
        "Basic",
        "BASIC realm=\"x\",",
        "Basic realm=Sonatype Nexus Repository Manager",
        "Basic realm=\"Régistre\"",
        "Basic realm=\"a \"quoted\" word\", charset=\"UTF-8\"",
        "Negotiate, Basic realm=\"x\"",
        "Negotiate YII=, Basic realm=\"x\"",
        "Bearer realm=\"http://HOST/token\" service=\"s\"",
        "Bearer realm=\"http://HOST/token\",service=\"s\",error_description=\"the \"x\" is bad\"",
        "Bearer error_description=\"the \\\"x\\\", is bad\",realm=\"http://HOST/token\"",
        "Bearer realm=http://HOST/token,service=s",
        "Bearer realm = \"http://HOST/token\" , service = \"s\"",
    ] {
        let registry = locked(challenge, |_, challenge| challenge);
        registry.held().image("1");
        let desk = Desk::new();
        login(&desk, &registry.server.address);
        let ended = desk.run(&["inspect", &registry.url(":1")]);
        assert_eq!(ended.status, 0, "{challenge}: {}", ended.stderr);
    }
}

/// The token service of a registry elsewhere, by another name.
const ELSEWHERE: &str = "Bearer realm=\"http://localhost:PORT/token\",service=\"s\"";

#[test]
fn a_token_service_elsewhere_is_told_no_password_and_that_is_said() {
    let registry = locked(ELSEWHERE, |_, challenge| challenge);
    registry.held().image("1");
    let desk = Desk::new();
    let (host, url) = (&registry.server.address, registry.url(":1"));
    login(&desk, host);
    let service = host.replace("127.0.0.1", "localhost");
    desk.run(&["inspect", &url])
        .expect(4)
        .says(&[
            &format!("the token service at `{service}` is not the registry's own"),
            "castoff sent it no password",
            &format!("castoff secret set docker://{service}"),
        ])
        .never_says("is not accepted");
    // Another login for it is no reason to tell the registry what it gets.
    let auths = |other: &str| {
        json!({ "auths": {
            host: { "auth": encoded("u:p") }, &service: { "auth": encoded(other) },
        } })
    };
    desk.write(DOCKERS, auths("u:other").to_string());
    desk.run(&["inspect", &url]).expect(4);
    let given = |asked: &Asked| asked.header("authorization").to_owned();
    assert!(registry.server.seen("*", "/token").iter().all(|asked| given(asked).is_empty()));
    // The same one is known to both.
    desk.write(DOCKERS, auths("u:p").to_string());
    desk.run(&["inspect", &url]).expect(0);
}

#[test]
fn what_the_helper_has_goes_before_what_an_earlier_login_left() {
    let answer = r#"echo '{"ServerURL":"x","Username":"u","Secret":"p"}'"#;
    let nothing = "echo credentials not found in native keychain; exit 1";
    for (script, stored, status) in
        [(answer, "u:stale", 0), (nothing, "u:p", 0), ("exit 1", "u:p", 0), (nothing, "u:stale", 4)]
    {
        let registry = locked("Basic realm=\"x\"", |_, challenge| challenge);
        registry.held().image("1");
        let desk = helper(Desk::new(), script);
        let host = &registry.server.address;
        let file = json!({ "auths": { host: { "auth": encoded(stored) } }, "credsStore": "mine" });
        desk.write(DOCKERS, file.to_string());
        let ended = desk.run(&["inspect", &registry.url(":1")]);
        assert_eq!(ended.status, status, "{script} {stored}: {}", ended.stderr);
    }
}

#[test]
fn a_registrys_own_token_is_sent_as_it_is() {
    for challenge in ["Bearer realm=\"http://HOST/none\"", "Bearer realm=\"http://HOST/token\""] {
        let registry = locked(challenge, |_, challenge| challenge);
        registry.held().image("1");
        let desk = Desk::new();
        let host = &registry.server.address;
        let auths: Value = json!({ "auths": { host: { "registrytoken": "T" } } });
        desk.write(DOCKERS, auths.to_string());
        desk.run(&["inspect", &registry.url(":1")]).expect(0);
        assert!(registry.server.seen("*", "/token").is_empty());
    }
}

#[test]
fn a_token_is_read_however_its_service_writes_it() {
    for (status, text) in [
        (201, "{\"token\":\"T\"}"),
        (200, "{\"token\":\"T\\n\"}"),
        (200, "\u{feff}{\"access_token\":\"T\",\"token\":\"\"}"),
    ] {
        let registry = Registry::with(move |asked: &Asked, usual| {
            match (asked.path.as_str(), asked.header("authorization")) {
                ("/token", _) => Answer::new(status, text),
                (_, "Bearer T") => usual(),
                _ => {
                    let realm = format!("Bearer realm=\"http://{}/token\"", asked.header("host"));
                    Answer::new(401, "").with("www-authenticate", realm)
                }
            }
        });
        registry.held().image("1");
        let ended = Desk::new().run(&["inspect", &registry.url(":1")]);
        assert_eq!(ended.status, 0, "{status} {text}: {}", ended.stderr);
    }
}
