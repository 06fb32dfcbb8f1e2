//! What a server repeats of a request is shown without what was secret in it.

use std::{fs, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{Answer, Asked, Desk, Ended, Registry, fake::refusal};

const PASSWORD: &str = "Hunter2SecretPw";

/// A registry that wants a password or, for it, a token, and then answers so.
fn behind_login(
    with_token: bool,
    hook: impl Fn(&Asked, &dyn Fn() -> Answer) -> Answer + Send + Sync + 'static,
) -> Registry {
    Registry::with(move |asked: &Asked, usual| {
        if asked.path == "/token" {
            return Answer::new(200, json!({ "token": "TokenSecretXYZ" }).to_string());
        }
        if !asked.header("authorization").is_empty() {
            return hook(asked, usual);
        }
        let wanted = if with_token {
            format!("Bearer realm=\"http://{}/token\"", asked.header("host"))
        } else {
            "Basic realm=\"x\"".to_owned()
        };
        Answer::new(401, "").with("www-authenticate", wanted)
    })
}

fn pair() -> String {
    BASE64_STANDARD.encode(format!("u:{PASSWORD}"))
}

fn ended(registry: &Registry, arguments: &[&str]) -> (Desk, Ended) {
    let desk = Desk::new();
    let auths = json!({ "auths": { &registry.server.address: { "auth": pair() } } });
    desk.write("home/.docker/config.json", auths.to_string());
    let ended = desk.run(arguments);
    (desk, ended)
}

/// Every secret is in nothing that was printed or written.
#[track_caller]
fn is_kept(desk: &Desk, ended: &Ended) -> Vec<(String, String)> {
    let mut texts = vec![("printed".to_owned(), format!("{}{}", ended.stdout, ended.stderr))];
    files(&desk.path("home"), &mut texts);
    for secret in [PASSWORD, &pair(), "TokenSecretXYZ", "SESSIONSECRET", "SIGSECRET"] {
        for (name, text) in &texts {
            assert!(!text.contains(secret), "{secret} is {name}:\n{text}");
        }
    }
    texts
}

/// The files below, but for the logins and what is kept to go on with uploads.
fn files(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = path.display().to_string();
        if path.is_dir() {
            files(&path, texts);
        } else if !name.ends_with("config.json") && !name.contains("uploads") {
            let bytes = fs::read(&path).unwrap_or_default();
            texts.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

#[test]
fn a_credential_that_a_registry_repeats_in_its_refusal_is_not_shown() {
    type Says = fn(&str) -> Answer;
    let says: [(bool, Says); 5] = [
        (false, |given| refusal(403, "DENIED", &format!("request was: Authorization: {given}"))),
        (false, |given| Answer::new(500, format!("headers={{\"Authorization\": \"{given}\"}}"))),
        (false, |_| refusal(403, "DENIED", &format!("bad login u:{PASSWORD}"))),
        (false, |_| refusal(403, "DENIED", &format!("bad password {PASSWORD}!"))),
        (true, |given| refusal(400, "MANIFEST_INVALID", &format!("{given} expired"))),
    ];
    for (with_token, says) in says {
        let registry = behind_login(with_token, move |asked, usual| {
            if asked.is("PUT", "/manifests/") {
                says(asked.header("authorization"))
            } else {
                usual()
            }
        });
        let (desk, ended) = ended(&registry, &["push", "-t", "app:1", "images", &registry.url("")]);
        assert_ne!(ended.status, 0, "{}", ended.stderr);
        is_kept(&desk, &ended);
        ended.says(&["…"]);
    }
}

#[test]
fn a_credential_in_a_warning_is_not_shown() {
    let registry = behind_login(false, |asked, usual| {
        let given = asked.header("authorization");
        usual().with("warning", format!("299 - \"deprecated {given}\""))
    });
    let (desk, ended) = ended(&registry, &["push", "-t", "app:1", "images", &registry.url("")]);
    let told = is_kept(&desk, &ended);
    ended.expect(0);
    assert!(told.iter().any(|(_, text)| text.contains("deprecated Basic …")));
}

#[test]
fn the_url_of_an_upload_is_not_shown() {
    let registry = Registry::with(|asked: &Asked, usual| {
        let at = "SESSIONSECRET?_state=SIGSECRET";
        match asked.method.as_str() {
            "POST" => {
                Answer::new(202, "").with("location", format!("/v2/team/app/blobs/uploads/{at}"))
            }
            "PUT" | "PATCH" if asked.path.contains("SESSIONSECRET") => {
                let target = format!("{}?{}", asked.path, asked.query);
                refusal(500, "UNKNOWN", &format!("failed at {target}, SESSIONSECRET of SIGSECRET"))
            }
            _ => usual(),
        }
    });
    let (desk, ended) = ended(&registry, &["push", "-t", "app:1", "images", &registry.url("")]);
    is_kept(&desk, &ended);
    ended.expect(3).says(&["failed at …"]);
}

#[test]
fn the_query_of_a_link_is_not_shown() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if !asked.is("GET", "/tags/list") {
            return usual();
        }
        if asked.query.contains("signed") {
            return refusal(403, "DENIED", &format!("not signed: {}", asked.query));
        }
        let host = asked.header("host").replace("127.0.0.1", "localhost");
        let location = format!("http://{host}{}?signed=SIGSECRET", asked.path);
        Answer::new(307, "").with("location", location)
    });
    let (desk, ended) = ended(&registry, &["ls", "--names", &registry.url("")]);
    assert_ne!(ended.status, 0);
    is_kept(&desk, &ended);
    ended.says(&["not signed: …"]);
}
