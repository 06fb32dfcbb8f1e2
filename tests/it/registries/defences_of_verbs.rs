//! What verbs trust, attacked: content that is not what its digest says, and
//! tags that name something else than was asked for.

use std::fs;

use castoff::model::media_type;
use serde_json::json;

use super::{Answer, Asked, Desk, Registry, fake::refusal};

const OTHER: &str = "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";

/// A registry with one image that serves other bytes as the blobs of this size.
fn lying(is_lie: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Registry {
    let registry = Registry::with(move |asked: &Asked, usual| {
        let answer = usual();
        let is_blob = asked.is("GET", "/blobs/") && [200, 206].contains(&answer.status);
        if is_blob && is_lie(&answer.body) {
            Answer { body: vec![b'x'; answer.body.len()], ..answer }
        } else {
            answer
        }
    });
    registry.held().image("1");
    registry
}

#[test]
fn a_configuration_that_is_not_what_its_digest_says_is_not_shown() {
    let registry = lying(|body| body.starts_with(b"{"));
    let ended = Desk::new().run(&["inspect", &registry.url(":1")]);
    assert_eq!(ended.status, 6, "{}{}", ended.stdout, ended.stderr);
    ended.says(&["the received content is not sha256:"]);
}

#[test]
fn a_layer_that_is_not_what_its_digest_says_becomes_no_app_container_image() {
    let registry = lying(|body| body == b"1");
    let desk = Desk::new();
    let ended = desk.run(&["aci", "convert", &registry.url(":1"), "app.aci"]);
    assert_eq!(ended.status, 6, "{}", ended.stderr);
    ended.says(&["another digest"]);
    assert!(!desk.path("app.aci").exists());
}

#[test]
fn a_layer_whose_plain_tar_is_another_becomes_no_app_container_image() {
    let registry = Registry::start();
    {
        let mut held = registry.held();
        let config = json!({
            "os": "linux", "architecture": "amd64", "config": { "Entrypoint": ["/app"] },
            "rootfs": { "type": "layers", "diff_ids": [OTHER] },
        });
        let config = held.blob(media_type::CONFIG, config.to_string());
        let layer = held.blob(media_type::LAYER, crate::support::tars::layer("app", "x"));
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type::MANIFEST,
            "config": config, "layers": [layer],
        });
        held.put("1", media_type::MANIFEST, manifest.to_string());
    }
    let desk = Desk::new();
    let ended = desk.run(&["aci", "convert", &registry.url(":1"), "app.aci"]);
    assert_eq!(ended.status, 6, "{}", ended.stderr);
    ended.says(&["its uncompressed tar is", OTHER]);
    assert!(!desk.path("app.aci").exists());
}

#[test]
fn a_tag_that_does_not_name_the_digest_beside_it_is_a_conflict() {
    let registry = Registry::start();
    let image = registry.held().image("1");
    registry.held().image("2");
    let two = registry.named("2");
    let desk = Desk::new().env("COSIGN_PASSWORD", "x");
    desk.run(&["sign", "--generate-key", "own"]).expect(0);
    let of = |digest: &str| registry.url(&format!(":1@{digest}"));
    desk.run(&["sign", &of(image["digest"].as_str().unwrap()), "--key", "own.key"]).expect(0);
    let ended = desk.run(&["sign", "--key", "own.key", &of(&two)]).expect(5);
    ended.says(&["names sha256:", "castoff inspect"]);
}

#[test]
fn a_copy_that_would_be_refused_is_refused_when_it_is_only_shown() {
    let registry = Registry::start();
    registry.held().image("1");
    registry.held().image("2");
    let (from, to) = (registry.url(":1"), registry.url(":2"));
    let ended = Desk::new().run(&["copy", "--dry-run", "--no-clobber", &from, &to]);
    assert_eq!(ended.status, 5, "{}{}", ended.stdout, ended.stderr);
    ended.says(&["would not move"]);
}

#[test]
fn an_upload_of_which_nothing_is_kept_is_not_sent_for_ever() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.is("PATCH", "/uploads/") {
            return Answer::new(202, "").with("location", &asked.path).with("range", "0-0");
        }
        if asked.is("PUT", "/uploads/") && asked.body.is_empty() {
            return refusal(400, "DIGEST_INVALID", "it has no bytes");
        }
        usual()
    });
    let desk = Desk::new();
    desk.large_content();
    let ended = desk.run(&["push", "-t", "app:1", "images", &registry.url("")]);
    assert_eq!(ended.status, 3, "{}", ended.stderr);
    ended.says(&["discards what it receives", "no tag moved"]);
    assert!(registry.tags().is_empty());
    assert!(registry.server.seen("PATCH", "").len() <= 20);
}

#[test]
fn a_file_without_a_signature_or_with_one_of_no_kind_is_as_wrong_as_one_signed_wrongly() {
    let desk = Desk::new().env("COSIGN_PASSWORD", "x");
    desk.run(&["sign", "--generate-key", "own"]).expect(0);
    desk.write("tool", "content");
    let verify = || desk.run(&["verify", "tool", "--key", "own.pub"]);
    let ended = verify();
    assert_eq!(ended.status, 6, "{}", ended.stderr);
    ended.says(&["has no signature beside it"]);
    desk.write("tool.sig", "\u{1}");
    let ended = verify();
    assert_eq!(ended.status, 6, "{}", ended.stderr);
    ended.says(&["not a signature of a known kind"]);
    desk.run(&["sign", "tool", "--key", "own.key"]);
    fs::remove_file(desk.path("tool.sig")).unwrap();
    desk.run(&["sign", "tool", "--key", "own.key"]).expect(0);
    verify().expect(0);
    desk.write("tool", "Content");
    verify().expect(6);
}

/// A project with two folders that files are published to.
fn folders() -> Desk {
    let desk = Desk::new();
    let sink = |name: &str| format!("[[sink]]\nname = \"{name}\"\nurl = \"dir:{name}\"\n");
    desk.write("castoff.toml", ["out", "other"].map(sink).concat());
    desk
}

#[test]
fn a_document_that_names_a_file_elsewhere_is_refused() {
    let desk = folders();
    desk.write("files/linux/amd64/tool", "content");
    desk.run(&["push", "-t", "tool:1", "files", "dir:out"]).expect(0);
    let document = desk.path("out/df-dist-v1/tool/1/index.json");
    let text = fs::read_to_string(&document).unwrap();
    let other = text.replace("\"tool\"", "\"../../../../../secret\"");
    assert_ne!(text, other);
    fs::write(&document, other).unwrap();
    desk.write("secret", "not to be published");
    let ended = desk.run(&["copy", "out/tool:1", "other"]);
    assert_ne!(ended.status, 0, "{}", ended.stdout);
    ended.says(&["names the file"]);
    assert!(!desk.path("other").exists());
}

#[test]
fn a_copy_of_files_goes_on_with_the_release_that_it_began_with_or_not_at_all() {
    let desk = folders();
    desk.write("files/linux/amd64/tool", "content");
    desk.run(&["push", "-t", "tool:1", "files", "dir:out"]).expect(0);
    desk.write("other", "in the way");
    assert_ne!(desk.run(&["copy", "out/tool:1", "other"]).status, 0);
    fs::remove_file(desk.path("other")).unwrap();
    desk.write("files/linux/amd64/tool", "another");
    desk.run(&["push", "-t", "tool:1", "files", "dir:out"]).expect(0);
    let runs = desk.run(&["runs", "--output", "json"]);
    let unfinished = runs.stdout.lines().find(|line| !line.contains("\"standing\":\"done\""));
    let run: serde_json::Value = serde_json::from_str(unfinished.unwrap()).unwrap();
    let ended = desk.run(&["resume", run["run"].as_str().unwrap()]);
    ended.expect(6).says(&["has changed since the run began", "begin a new run"]);
    assert!(!desk.path("other/df-dist-v1/tool/1").exists());
}

#[test]
fn an_answer_without_a_token_is_no_login() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.path == "/token" {
            return Answer::new(200, r#"{"token":"","expires_in":300}"#);
        }
        if asked.header("authorization").is_empty() {
            let challenge = format!("Bearer realm=\"http://{}/token\"", asked.header("host"));
            return Answer::new(401, "").with("www-authenticate", challenge);
        }
        usual()
    });
    let ended = Desk::new().run(&["push", "-t", "app:1", "images", &registry.url("")]);
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    ended.says(&["token"]);
    assert!(registry.tags().is_empty());
}

#[test]
fn a_registry_that_deletes_no_manifests_is_told_of_with_its_setting() {
    let registry = Registry::with(|asked: &Asked, usual| {
        let is_digest = asked.path.contains("/manifests/sha256:");
        if asked.method == "DELETE" && is_digest { Answer::new(405, "") } else { usual() }
    });
    registry.held().image("1.0");
    registry.held().image("1.1");
    let ended = Desk::new().run(&["gc", &registry.url(""), "--keep", "1"]);
    assert_ne!(ended.status, 0, "{}", ended.stdout);
    ended.says(&["does not allow to delete manifests", "storage.delete.enabled"]);
    assert_eq!(registry.held().manifests.len(), 2);
}
