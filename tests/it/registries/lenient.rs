//! A wrong type in what is not needed does not lose what is.

use castoff::model::{Digest, media_type};
use serde_json::{Value, json};

use super::{Answer, Asked, Desk, Registry};

/// A registry that wants a token, and whose service answers so.
fn with_tokens(answer: Value) -> Registry {
    Registry::with(move |asked: &Asked, usual| {
        if asked.path == "/token" {
            return Answer::new(200, answer.to_string());
        }
        if asked.header("authorization") == "Bearer T" {
            return usual();
        }
        let realm = format!("http://{}/token", asked.header("host"));
        Answer::new(401, "").with("www-authenticate", format!("Bearer realm=\"{realm}\""))
    })
}

#[test]
fn a_token_is_taken_whatever_stands_beside_it() {
    for answer in [
        json!({ "token": "T", "expires_in": "300" }),
        json!({ "token": "T", "expires_in": 299.5 }),
        json!({ "token": "T", "expires_in": -5 }),
        json!({ "token": "T", "expires_in": null, "issued_at": 17 }),
        json!({ "token": "T", "expires_in": { "seconds": 1 }, "scope": ["a"] }),
        json!({ "token": "", "access_token": "T" }),
        json!({ "token": null, "access_token": "T", "refresh_token": 1 }),
        json!({ "token": 5, "access_token": "T" }),
    ] {
        let registry = with_tokens(answer.clone());
        registry.held().image("1");
        let ended = Desk::new().run(&["inspect", &registry.url(":1")]);
        assert_eq!(ended.status, 0, "{answer}: {}", ended.stderr);
    }
    for answer in [json!({ "token": "" }), json!({ "token": 5 }), json!([1])] {
        let registry = with_tokens(answer);
        let ended = Desk::new().run(&["inspect", &registry.url(":1")]);
        ended.says(&["the answer contains no token"]);
    }
}

#[test]
fn names_that_are_no_texts_do_not_hide_the_others() {
    for (tags, status) in
        [(json!(["1.0", 5, null, { "a": 1 }, "2.0"]), 0), (json!(null), 0), (json!("1.0"), 4)]
    {
        let body = json!({ "name": 7, "tags": tags }).to_string();
        let registry = Registry::with(move |asked: &Asked, usual| {
            if asked.path.ends_with("/tags/list") { Answer::new(200, &*body) } else { usual() }
        });
        let ended = Desk::new().run(&["ls", "--names", &registry.url("")]).expect(status);
        if tags.is_array() {
            let mut names: Vec<_> = ended.stdout.lines().collect();
            names.sort_unstable();
            assert_eq!(names, ["1.0", "2.0", "5"]);
        }
    }
    let registry = Registry::with(|asked: &Asked, usual| match asked.path.as_str() {
        "/v2/_catalog" => Answer::new(200, r#"{"repositories":["a",null,7],"next":1}"#),
        _ => usual(),
    });
    let ended = Desk::new().run(&["ls", &format!("docker://{}", registry.server.address)]);
    assert_eq!(ended.expect(0).stdout.lines().collect::<Vec<_>>(), ["a", "7"]);
}

#[test]
fn what_a_registry_says_of_an_error_is_heard_in_any_form() {
    for (body, says) in [
        (r#"{"errors":[{"code":"OWN_CODE","message":"no room"}]}"#, "OWN_CODE: no room"),
        (r#"{"errors":[{"code":17,"message":"no room"}]}"#, "no room"),
        (r#"{"errors":[{"message":"no room"}]}"#, "no room"),
        (r#"{"errors":[{"code":"DENIED","message":null,"detail":5}]}"#, "DENIED"),
        (r#"{"errors":[{"code":"DENIED","message":["no","room"]}]}"#, "room"),
        (r#"{"errors":["no room"]}"#, "no room"),
        (r#"{"errors":{"code":"DENIED","message":"no room"}}"#, "DENIED: no room"),
        (r#"{"errors":null,"message":"no room"}"#, "no room"),
        ("no room", "no room"),
    ] {
        let registry = Registry::with(move |asked: &Asked, usual| {
            if asked.is("GET", "/tags/list") { Answer::new(403, body) } else { usual() }
        });
        let ended = Desk::new().run(&["ls", &registry.url("")]);
        assert_eq!(ended.status, 4, "{body}");
        ended.says(&[says]);
    }
}

#[test]
fn fields_of_images_that_are_not_needed_may_be_anything() {
    let registry = Registry::start();
    {
        let mut held = registry.held();
        let config = json!({
            "os": "linux", "architecture": "arm64", "variant": 8, "os.features": "none",
            "os.version": null, "created": 5, "author": {}, "history": "none",
            "config": { "Labels": { "kept": "yes", "odd": 5 } },
            "rootfs": { "type": 1, "diff_ids": null },
        });
        let mut config = held.blob(media_type::CONFIG, config.to_string());
        config["annotations"] = json!(null);
        let mut layer = held.blob(media_type::LAYER, "layer");
        layer["annotations"] = json!({ "kept": "yes", "odd": 5 });
        layer["urls"] = json!(null);
        let manifest = json!({
            "schemaVersion": "2", "mediaType": media_type::MANIFEST, "artifactType": 5,
            "config": config, "layers": [layer], "annotations": null, "subject": null,
        });
        let bytes = manifest.to_string();
        let (digest, size) = (Digest::of(bytes.as_bytes()), bytes.len());
        held.put("one", media_type::MANIFEST, bytes);
        let child = json!({
            "mediaType": media_type::MANIFEST, "digest": digest, "size": size,
            "annotations": null, "artifactType": null, "data": 5,
            "platform": { "os": "linux", "architecture": 64 },
        });
        let index = json!({
            "schemaVersion": 2, "mediaType": media_type::INDEX,
            "manifests": [child], "layers": null, "annotations": { "kept": "yes", "odd": 5 },
        });
        held.put("all", media_type::INDEX, index.to_string());
        let empty = json!({
            "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": null,
        });
        held.put("none", media_type::INDEX, empty.to_string());
        let bare = held.blob(media_type::EMPTY, "{}");
        let artifact = json!({
            "schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": bare, "layers": null,
        });
        held.put("bare", media_type::MANIFEST, artifact.to_string());
    }
    let desk = Desk::new();
    let ended = desk.run(&["ls", "--json", &registry.url("")]).expect(0);
    let rows: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert_eq!(row["names"]["odd"], json!(null), "{row}");
    }
    let all = rows.iter().find(|row| row["tag"] == "all").unwrap();
    assert_eq!(all["names"]["annotations"], json!({ "kept": "yes" }));
    let image = &all["names"]["manifests"][0];
    assert_eq!(image["manifest"]["platform"]["architecture"], "arm64");
    assert_eq!(image["labels"], json!({ "kept": "yes" }));
    // What cannot be read is still sent as it is.
    let layout = format!("oci:{}:app:all", desk.path("shelf").display());
    desk.run(&["copy", &registry.url(":all"), &layout]).expect(0);
}
