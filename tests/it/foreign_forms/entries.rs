//! Entries of lists that castoff adds to.

use serde_json::{Value, json};

use super::{document, odd_entry, project};
use crate::{registries::Registry, support::project::Ended};

fn entry_of<'d>(list: &'d Value, digest: &Value) -> &'d Value {
    let entries = list["manifests"].as_array().unwrap();
    entries.iter().find(|entry| entry["digest"] == *digest).expect("the entry is there")
}

#[test]
fn entries_of_others_stay_as_they_are_in_a_layout_that_is_released_to() {
    let project = project();
    project.run(&["push", "oci:mine:mine:1", "oci:theirs:other:1"]).expect(0);
    let mut list = document(&project, "theirs/index.json");
    let theirs = odd_entry(&list["manifests"][0], "theirs:1");
    list["manifests"] = json!([theirs]);
    list["annotations"] = json!({ "top": "1" });
    project.write("theirs/index.json", list.to_string());
    // Another image, so that there are two entries.
    project.write("tree/linux/amd64/tool", "tool");
    project.run(&["push", "-t", "files:1", "tree", "oci:theirs"]).expect(0);
    let now = document(&project, "theirs/index.json");
    assert_eq!(now["manifests"].as_array().unwrap().len(), 2, "{now}");
    assert_eq!(entry_of(&now, &theirs["digest"]), &theirs);
    assert_eq!(now["annotations"], json!({ "top": "1" }));
}

#[test]
fn a_list_of_what_is_about_an_image_keeps_all_that_others_wrote_into_it() {
    let (project, registry) = (project(), Registry::start());
    let url = registry.url(":1");
    project.run(&["push", "oci:mine:mine:1", &url]).expect(0);
    let digest = registry.named("1");
    let tag = digest.replace(':', "-");
    let (theirs, signature) = {
        let mut held = registry.held();
        let node = held.image("theirs");
        let mut theirs = odd_entry(&node, "x");
        theirs["artifactType"] = json!("x/y");
        let index = "application/vnd.oci.image.index.v1+json";
        let list = json!({
            "schemaVersion": 2, "mediaType": index, "manifests": [theirs],
            "annotations": { "top": "1" }, "x": 1,
        });
        held.put(&tag, index, list.to_string());
        // A signature of cosign's, as another wrote it.
        let config = held.blob("application/vnd.oci.image.config.v1+json", "{}");
        let mut layer = held.blob("application/vnd.dev.cosign.simplesigning.v1+json", "payload");
        layer["annotations"] = json!({ "dev.cosignproject.cosign/signature": "MEUC", "mine": "1" });
        layer["x-foo"] = json!(2);
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let signature = json!({
            "schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer],
            "annotations": { "top": "2" }, "x": 3,
        });
        held.put(&format!("{tag}.sig"), kind, signature.to_string());
        (theirs, layer)
    };
    for arguments in [&["sign", "--generate-key", "own"][..], &["sign", &url, "--key", "own.key"]] {
        let ended = project.command(arguments).env("COSIGN_PASSWORD", "x").output().unwrap();
        Ended::from(ended).expect(0);
    }
    let read = |tag: &str| -> Value {
        let named = registry.named(tag);
        serde_json::from_slice(&registry.held().manifests[&named].1).unwrap()
    };
    let list = read(&tag);
    assert!(list["manifests"].as_array().unwrap().len() > 1, "{list}");
    assert_eq!(entry_of(&list, &theirs["digest"]), &theirs);
    assert_eq!((&list["annotations"], &list["x"]), (&json!({ "top": "1" }), &json!(1)));
    let signatures = read(&format!("{tag}.sig"));
    let layers = signatures["layers"].as_array().unwrap();
    assert!(layers.len() == 2 && layers.contains(&signature), "{signatures}");
    assert_eq!((&signatures["annotations"], &signatures["x"]), (&json!({ "top": "2" }), &json!(3)));
}
