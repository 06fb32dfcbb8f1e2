//! Manifests that are lists: each layer is a thing of its own, such as a
//! signature, and belongs to no machine.

use serde_json::{Value, json};

use super::{Descriptor, Manifest, media_type};

/// What the layers of an image are called in any form.
const PARTS_OF_IMAGES: [&str; 2] = ["image.layer", "image.rootfs"];

/// What configurations are called that say nothing of a list.
const CONFIGS: [&str; 2] = [media_type::CONFIG, "application/vnd.docker.container.image.v1+json"];

/// The configuration and the manifest of a list of `layers`, as cosign makes
/// them.
#[must_use]
pub fn listing(layers: Vec<Descriptor>) -> [(Descriptor, Vec<u8>); 2] {
    in_place_of(None, layers)
}

/// The same in the place of another list, all else of which stays.
#[must_use]
pub fn in_place_of(
    before: Option<&Manifest>,
    layers: Vec<Descriptor>,
) -> [(Descriptor, Vec<u8>); 2] {
    let config = config(&layers);
    let node = Descriptor::of(media_type::CONFIG, &config);
    let manifest = match before {
        Some(before) => before.with(node, layers),
        None => Manifest::of_image(node, layers),
    };
    [(manifest.config.clone(), config), (manifest.descriptor(), manifest.raw().to_vec())]
}

/// A configuration for no machine, of what lies uncompressed.
#[must_use]
pub fn config(layers: &[Descriptor]) -> Vec<u8> {
    let ids: Vec<_> = layers.iter().map(|layer| &layer.digest).collect();
    let config = json!({
        "architecture": "", "config": {}, "created": "0001-01-01T00:00:00Z",
        "history": ids.iter().map(|_| json!({ "created": "0001-01-01T00:00:00Z" })).collect::<Vec<_>>(),
        "os": "", "rootfs": { "type": "layers", "diff_ids": ids },
    });
    config.to_string().into_bytes()
}

/// Whether a manifest says nothing but which layers it lists, so that another
/// list of the same layers and more says all that it does.
#[must_use]
pub fn is_listing(manifest: &Manifest) -> bool {
    const KNOWN: [&str; 4] = ["schemaVersion", "mediaType", "config", "layers"];
    let whole: Value = serde_json::from_slice(manifest.raw()).unwrap_or_default();
    let is_all = |fields: &serde_json::Map<String, Value>| {
        let is_nothing = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
        fields.iter().all(|(name, value)| KNOWN.contains(&name.as_str()) || is_nothing(value))
    };
    let is_part = |layer: &Descriptor| {
        PARTS_OF_IMAGES.iter().any(|part| layer.media_type.as_str().contains(part))
    };
    whole.as_object().is_some_and(is_all)
        && CONFIGS.contains(&manifest.config.media_type.as_str())
        && !manifest.layers.iter().any(is_part)
}
