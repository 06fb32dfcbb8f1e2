//! One odd tag is a row that says what it is, and the others are shown.

use castoff::model::media_type;
use serde_json::{Value, json};

use super::{Answer, Asked, Desk, Registry, fake::Held};

const LACKING: &str = "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";

/// Puts something odd under `odd`.
fn odd(held: &mut Held, what: &str) {
    let image = held.image("1.0");
    held.image("1.1");
    held.image("zest");
    match what {
        "cache" => {
            let layer = held.blob("application/vnd.docker.image.rootfs.diff.tar.gzip", "layer");
            let config = held.blob("application/vnd.buildkit.cacheconfig.v0", "{}");
            let index = json!({
                "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [layer, config],
            });
            held.put("odd", media_type::INDEX, index.to_string());
        }
        "cache as image" => {
            let config = held.blob("application/vnd.buildkit.cacheconfig.v0", "{}");
            let manifest = json!({
                "schemaVersion": 2, "mediaType": media_type::MANIFEST,
                "config": config, "layers": [],
            });
            held.put("odd", media_type::MANIFEST, manifest.to_string());
        }
        "schema 1" => {
            let kind = "application/vnd.docker.distribution.manifest.v1+prettyjws";
            held.put("odd", kind, r#"{"schemaVersion":1,"fsLayers":[]}"#);
        }
        "unknown" => {
            held.put("odd", "application/vnd.acme+json", r#"{"hello":1}"#);
        }
        "broken" => {
            held.put("odd", media_type::MANIFEST, r#"{"schemaVersion": 2, "#);
        }
        "half" => {
            let missing = json!({
                "mediaType": media_type::MANIFEST, "digest": LACKING, "size": 5,
                "platform": { "os": "linux", "architecture": "arm64" },
            });
            let index = json!({
                "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [missing, image],
            });
            held.put("odd", media_type::INDEX, index.to_string());
        }
        _ => {
            let config = json!({ "mediaType": media_type::CONFIG, "digest": LACKING, "size": 5 });
            let manifest = json!({
                "schemaVersion": 2, "mediaType": media_type::MANIFEST,
                "config": config, "layers": [],
            });
            held.put("odd", media_type::MANIFEST, manifest.to_string());
        }
    }
}

#[test]
fn an_odd_tag_is_a_row_that_says_what_it_is_and_hides_no_other() {
    let missing = format!("{LACKING} is missing");
    for (what, says) in [
        ("cache", "BuildKit cache"),
        ("cache as image", "BuildKit cache"),
        ("schema 1", "schema 1"),
        ("unknown", "application/vnd.acme+json"),
        ("broken", "not a manifest: "),
        ("half", &missing),
        ("configuration", &missing),
    ] {
        let registry = Registry::start();
        odd(&mut registry.held(), what);
        let desk = Desk::new();
        let ended = desk.run(&["ls", &registry.url("")]).expect(0);
        let rows: Vec<&str> = ended.stdout.lines().collect();
        assert_eq!(rows.len(), 4, "{what}: {}", ended.stdout);
        let row = rows.iter().find(|row| row.starts_with("odd ")).expect("a row");
        assert!(row.contains(says), "{what}: {row}");
        assert_eq!(ended.stderr, "", "{what}");
        desk.run(&["ls", "--sort", "date", &registry.url("")]).expect(0).says(&[says, "zest"]);
        // The same for scripts, and for one tag.
        let ended = desk.run(&["ls", "--json", &registry.url("")]).expect(0);
        let rows: Vec<Value> =
            ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 4, "{what}");
        let is_told = ended.stdout.contains(says) || ended.stdout.contains("buildkit.cacheconfig");
        assert!(is_told, "{what}: {}", ended.stdout);
        desk.run(&["inspect", &registry.url(":odd")]).expect(0).says(&[says]);
        let ended = desk.run(&["inspect", "--json", &registry.url(":odd")]).expect(0);
        let shown = ended.stdout.replace(&registry.server.address, "HOST");
        insta::assert_snapshot!(format!("inspect json of {what}"), shown);
    }
}

#[test]
fn a_row_that_may_be_readable_later_is_shown_and_ends_with_3() {
    let registry = Registry::with(|asked: &Asked, usual| {
        if asked.is("*", "/manifests/busy") { Answer::new(500, "") } else { usual() }
    });
    registry.held().image("1.0");
    registry.held().image("busy");
    let desk = Desk::new();
    let ended = desk.run(&["ls", &registry.url("")]).expect(3);
    ended.says(&["busy                 cannot be read: ", "500", "1.0  ", "linux/amd64"]);
}

#[test]
fn what_is_not_what_its_digest_says_is_a_row_in_a_list_and_6_where_it_is_asked_for() {
    let registry = Registry::start();
    registry.held().image("1.0");
    let digest = registry.held().image("wrong")["digest"].as_str().unwrap().to_owned();
    let kind = media_type::MANIFEST.to_owned();
    registry.held().manifests.insert(digest, (kind, b"{}".to_vec()));
    let desk = Desk::new();
    desk.run(&["ls", &registry.url("")]).expect(0).says(&["1.0", "wrong", "cannot be read"]);
    desk.run(&["inspect", &registry.url(":wrong")]).expect(6);
}

#[test]
fn an_odd_entry_of_a_layout_hides_no_other() {
    let desk = Desk::new();
    let url = format!("oci:{}", desk.path("shelf").display());
    desk.run(&["push", "-t", "app:1", "images", &url]).expect(0);
    let file = desk.path("shelf/index.json");
    let mut index: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let odd = json!({
        "mediaType": media_type::MANIFEST, "digest": LACKING, "size": 5,
        "annotations": { "org.opencontainers.image.ref.name": "app:half" },
    });
    index["manifests"].as_array_mut().unwrap().push(odd);
    std::fs::write(&file, index.to_string()).unwrap();
    let ended = desk.run(&["ls", "-t", "app", &url]).expect(0);
    ended.says(&["half", &format!("{LACKING} is missing"), "linux/amd64"]);
}
