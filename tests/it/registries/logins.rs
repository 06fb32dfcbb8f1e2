//! Which of the stored logins is used: that for most of the path.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use super::{Answer, Asked, Desk, Registry};

/// A registry that lets only one user in, with a password or for a token.
fn locked(user: &'static str, with_token: bool) -> Registry {
    Registry::with(move |asked: &Asked, usual| {
        let password = format!("Basic {}", encoded(user));
        let given = asked.header("authorization");
        if asked.path == "/token" {
            let token = if given == password { "T" } else { "none" };
            return Answer::new(200, json!({ "token": token }).to_string());
        }
        if given == if with_token { "Bearer T" } else { &password } {
            return usual();
        }
        let wanted = if with_token {
            format!("Bearer realm=\"http://{}/token\"", asked.header("host"))
        } else {
            "Basic realm=\"x\"".to_owned()
        };
        Answer::new(401, "").with("www-authenticate", wanted)
    })
}

fn encoded(user: &str) -> String {
    BASE64_STANDARD.encode(format!("{user}:{user}"))
}

/// A file with a user for each name, where HOST is the registry.
fn logins(registry: &Registry, users: &[(&str, &str)]) -> String {
    let entry = |(name, user): &(&str, &str)| {
        let name = name.replace("HOST", &registry.server.address);
        (name, json!({ "auth": encoded(user) }))
    };
    let auths: Map<String, Value> = users.iter().map(entry).collect();
    json!({ "auths": auths }).to_string()
}

const PODMANS: [&str; 2] = ["home/run/containers/auth.json", "home/config/containers/auth.json"];

#[test]
fn the_login_for_most_of_the_path_is_used() {
    let all = [
        ("HOST", "host"),
        ("HOST/team", "team"),
        ("HOST/team/app", "app"),
        ("HOST/team/ap", "no"),
        ("HOST/te", "no"),
        ("HOST/other", "no"),
    ];
    for with_token in [false, true] {
        for (user, left_out) in [("app", 0), ("team", 1), ("host", 2)] {
            for file in ["home/.docker/config.json", PODMANS[0], PODMANS[1]] {
                let registry = locked(user, with_token);
                let hidden = &["HOST/team/app", "HOST/team"][..left_out];
                let users: Vec<_> =
                    all.iter().filter(|(name, _)| !hidden.contains(name)).copied().collect();
                let desk = Desk::new();
                desk.write(file, logins(&registry, &users));
                let ended = desk.run(&["push", "-t", "app:1", "images", &registry.url("")]);
                assert_eq!(ended.status, 0, "{user} in {file}: {}", ended.stderr);
            }
        }
    }
}

#[test]
fn a_login_for_a_name_that_only_begins_alike_is_not_used() {
    let registry = locked("no", false);
    let desk = Desk::new();
    desk.write(PODMANS[0], logins(&registry, &[("HOST/team/ap", "no"), ("HOST/tea", "no")]));
    desk.run(&["inspect", &registry.url(":1")]).expect(4).says(&["castoff has no credentials for"]);
    let sent = registry.server.seen("*", "");
    assert!(sent.iter().all(|asked| asked.header("authorization").is_empty()));
}

#[test]
fn every_variable_and_file_of_docker_and_podman_is_read() {
    let team = [("HOST/team", "team")];
    let host = [("HOST", "team")];
    let legacy = [("https://HOST/v1/", "team")];
    let registry = locked("team", false);
    registry.held().image("1");
    for (which, users) in [("a path", &team), ("a host", &host), ("a URL", &legacy)] {
        let text = logins(&registry, users);
        let check = |desk: &Desk, what: &str| {
            let ended = desk.run(&["inspect", &registry.url(":1")]);
            assert_eq!(ended.status, 0, "{which} in {what}: {}", ended.stderr);
        };
        check(&Desk::new().env("DOCKER_AUTH_CONFIG", &*text), "DOCKER_AUTH_CONFIG");
        let desk = Desk::new();
        let file = desk.write("own.json", &text).display().to_string();
        check(&desk.env("REGISTRY_AUTH_FILE", file), "REGISTRY_AUTH_FILE");
        let desk = Desk::new();
        desk.write("docker/config.json", &text);
        let folder = desk.path("docker").display().to_string();
        check(&desk.env("DOCKER_CONFIG", folder), "DOCKER_CONFIG");
        for file in ["home/.docker/config.json", PODMANS[0], PODMANS[1]] {
            let desk = Desk::new();
            desk.write(file, &text);
            check(&desk, file);
        }
        let desk = Desk::new();
        let entries: Value = serde_json::from_str(&text).unwrap();
        desk.write("home/.dockercfg", entries["auths"].to_string());
        check(&desk, "~/.dockercfg");
    }
}

#[test]
fn odd_entries_of_a_file_do_not_lose_the_others() {
    let registry = locked("team", false);
    registry.held().image("1");
    let mut file: Value = serde_json::from_str(&logins(&registry, &[("HOST", "team")])).unwrap();
    let auths = file["auths"].as_object_mut().unwrap();
    auths.insert("one.example".into(), json!({ "auth": 5 }));
    auths.insert("two.example".into(), json!("text"));
    auths.insert("three.example".into(), json!(null));
    let own = auths.get_mut(&registry.server.address).unwrap();
    own["identitytoken"] = json!("");
    own["username"] = json!(null);
    own["email"] = json!(7);
    file["credHelpers"] = json!({ "one.example": 5, "two.example": null });
    file["credsStore"] = json!(false);
    file["HttpHeaders"] = json!([]);
    file["detachKeys"] = json!(5);
    let desk = Desk::new();
    desk.write("home/.docker/config.json", file.to_string());
    desk.run(&["inspect", &registry.url(":1")]).expect(0);
    // An empty file, as Podman leaves it, is one that has nothing.
    desk.write(PODMANS[0], "");
    desk.run(&["inspect", &registry.url(":1")]).expect(0);
}

#[test]
fn a_helper_may_write_more_than_is_needed() {
    use std::os::unix::fs::PermissionsExt;
    let registry = locked("team", false);
    registry.held().image("1");
    for answer in [
        r#"{"ServerURL":5,"Username":"team","Secret":"team","Extra":[]}"#,
        r#"{"username":"team","secret":"team"}"#,
    ] {
        let desk = Desk::new();
        let helper = desk.write(
            "bin/docker-credential-odd",
            format!("#!/bin/sh\ncat >/dev/null\necho '{answer}'\n"),
        );
        std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
        let host = &registry.server.address;
        desk.write(
            "home/.docker/config.json",
            json!({ "credHelpers": { host: "odd" } }).to_string(),
        );
        let path = format!("{}:/usr/bin:/bin", desk.path("bin").display());
        desk.env("PATH", path).run(&["inspect", &registry.url(":1")]).expect(0);
    }
}

#[test]
fn what_ends_a_line_is_no_part_of_a_password() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    for end in ["\n", "\r\n", "\0\0"] {
        let registry = locked("app", false);
        let desk = Desk::new();
        let pair = String::from_utf8(STANDARD.decode(encoded("app")).unwrap()).unwrap();
        let auth = STANDARD.encode(format!("{pair}{end}"));
        let host = &registry.server.address;
        let config = serde_json::json!({ "auths": { host: { "auth": auth } } });
        desk.write("home/.docker/config.json", config.to_string());
        let ended = desk.run(&["push", "-t", "app:1", "images", &registry.url("")]);
        assert_eq!(ended.status, 0, "{end:?}: {}", ended.stderr);
    }
}
