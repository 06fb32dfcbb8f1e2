//! Content that is named by SHA-512.

use std::fs;

use castoff::model::{Digest, media_type};
use serde_json::{Value, json};

use super::REF_NAME;
use crate::{
    bucket::fake::Bucket,
    registries::Registry,
    support::{images::Image, project::Project, tars::layer},
};

fn sha512(content: &[u8]) -> Digest {
    let any: Digest = format!("sha512:{}", "0".repeat(128)).parse().unwrap();
    any.same_of(content)
}

/// Puts content into a layout.
fn blob(project: &Project, kind: &str, content: &[u8]) -> Value {
    let digest = sha512(content);
    project.write(&format!("theirs/blobs/sha512/{}", digest.hex()), content);
    json!({ "mediaType": kind, "digest": digest, "size": content.len() })
}

/// A project with a layout `theirs` in which all is named by SHA-512.
fn theirs() -> (Project, Value) {
    let project = Project::new();
    let image = Image::new("linux/amd64", &[layer("hello", "one")]);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": media_type::MANIFEST,
        "config": blob(&project, media_type::CONFIG, &image.config()),
        "layers": [blob(&project, media_type::LAYER, &image.layers[0])],
    });
    let mut node = blob(&project, media_type::MANIFEST, manifest.to_string().as_bytes());
    node["platform"] = json!({ "os": "linux", "architecture": "amd64" });
    let index = json!({ "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [node] });
    let mut root = blob(&project, media_type::INDEX, index.to_string().as_bytes());
    root["annotations"] = json!({ REF_NAME: "a:1" });
    let top = json!({ "schemaVersion": 2, "manifests": [root] });
    project.write("theirs/index.json", top.to_string());
    project.write("theirs/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    (project, manifest["layers"][0].clone())
}

fn path(node: &Value) -> String {
    format!("blobs/{}", node["digest"].as_str().unwrap().replace(':', "/"))
}

#[test]
fn images_are_looked_at_and_copied_as_any_others() {
    let (project, layer) = theirs();
    project.run(&["inspect", "oci:theirs:a:1"]).expect(0);
    for to in ["oci:copy:a:1", "oci:copy.tar:a:1"] {
        project.run(&["copy", "oci:theirs:a:1", to]).expect(0);
        project.run(&["inspect", to]).expect(0);
    }
    let copied = fs::read(project.path(&format!("copy/{}", path(&layer)))).unwrap();
    assert!(sha512(&copied).as_str() == layer["digest"], "the layer is whole");
    project.run(&["push", "oci:theirs:a:1", "oci:pushed:b:1"]).expect(0);
    project.run(&["inspect", "oci:pushed:b:1"]).expect(0);
    project.run(&["gc", "oci:copy", "-t", "a", "--keep", "1", "--grace", "0s"]).expect(0);
    project.run(&["inspect", "oci:copy:a:1"]).expect(0);
}

#[test]
fn a_damaged_one_is_told_and_not_passed_on() {
    let (project, layer) = theirs();
    let file = project.path(&format!("theirs/{}", path(&layer)));
    let mut bytes = fs::read(&file).unwrap();
    bytes[0] ^= 1;
    fs::write(&file, bytes).unwrap();
    let digest = layer["digest"].as_str().unwrap();
    let told = project.run(&["copy", "oci:theirs:a:1", "oci:copy:a:1"]);
    assert!(!matches!(told.status, Some(0)), "{told:?}");
    assert!(told.stderr.contains(&digest[..20]), "{told:?}");
    assert!(project.tag("copy", "a:1").is_none());
}

#[test]
fn they_come_from_a_registry_and_go_to_a_bucket() {
    let (project, layer) = theirs();
    let registry = Registry::start();
    let bytes = fs::read(project.path(&format!("theirs/{}", path(&layer)))).unwrap();
    {
        let mut held = registry.held();
        held.blobs.insert(layer["digest"].as_str().unwrap().to_owned(), bytes);
        let image = Image::new("linux/amd64", &[crate::support::tars::layer("hello", "one")]);
        let config = held.blob(media_type::CONFIG, image.config());
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type::MANIFEST,
            "config": config, "layers": [layer],
        });
        held.put("1", media_type::MANIFEST, manifest.to_string());
    }
    project.run(&["inspect", &registry.url(":1")]).expect(0);
    project.run(&["copy", &registry.url(":1"), "oci:from:a:1"]).expect(0);
    project.run(&["inspect", "oci:from:a:1"]).expect(0);
    let bucket = Bucket::start(true, |_, _| None);
    let url = bucket.url().replacen("s3://rel", "s3://rel/a:1", 1);
    let mut command = project.command(&["copy", &registry.url(":1"), &url]);
    command.env("AWS_ACCESS_KEY_ID", "GKtest").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let key = format!("v2/a/blobs/{}", layer["digest"].as_str().unwrap());
    assert!(bucket.state().objects.contains_key(&key));
}
