//! Whether an archive is what `docker save` writes, and of the right image.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{super::invalid, ExpectedImage, entries::ImageEntries};
use crate::{
    archive::Compression,
    model::{Digest, Failure, ImageConfig, counted, escape},
    veea::recipe::VeeaArch,
};

/// What stands before the names that tools write in full.
const PREFIXES: [&str; 3] = ["", "localhost/", "docker.io/library/"];

/// An image in `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SavedManifest {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

/// What a configuration has for running the image.
#[derive(Deserialize)]
struct Labelled {
    #[serde(default)]
    config: Option<Running>,
}

#[derive(Deserialize)]
struct Running {
    #[serde(rename = "Labels", default)]
    labels: Option<BTreeMap<String, String>>,
}

/// The image of an archive.
pub(super) struct SavedImage<'a> {
    /// The digest of its configuration.
    pub(super) config: Digest,
    raw: &'a [u8],
}

/// Finds the one image of an archive, and makes sure that it is all there, and
/// what `reference` and `architecture` say.
pub(super) fn image<'a>(
    entries: &'a ImageEntries,
    reference: &str,
    architecture: VeeaArch,
) -> Result<SavedImage<'a>, Failure> {
    let raw = entries.document("manifest.json").ok_or_else(|| {
        invalid("it has no `manifest.json`").hint("write it with docker save or podman save")
    })?;
    let images: Vec<SavedManifest> = serde_json::from_slice(raw)
        .map_err(|error| invalid("its `manifest.json` cannot be read").because(error))?;
    let [image] = &images[..] else {
        let count = images.len();
        return Err(invalid(format!("it contains {count} images; it must contain one"))
            .hint("save each image to its own archive"));
    };
    check_name(image.repo_tags.as_deref().unwrap_or_default(), reference)?;
    let (Some(raw), Some((config, _))) =
        (entries.document(&image.config), entries.file_of(&image.config))
    else {
        let name = escape(&image.config);
        return Err(invalid(format!("its configuration `{name}` is missing")));
    };
    let parsed: ImageConfig = serde_json::from_slice(raw)
        .map_err(|error| invalid("its configuration cannot be read").because(error))?;
    if !architecture.runs(&parsed.architecture, parsed.variant.as_deref()) {
        let found = [Some(&parsed.architecture), parsed.variant.as_ref()];
        let found: Vec<_> = found.into_iter().flatten().map(String::as_str).collect();
        let what = format!("its image is for {}, not for {architecture}", found.join("/"));
        return Err(invalid(what));
    }
    check_layers(entries, image.layers.as_deref().unwrap_or_default(), &parsed)?;
    Ok(SavedImage { config: config.clone(), raw })
}

impl SavedImage<'_> {
    /// Fails where the image does not have all labels that it must have.
    pub(super) fn expect_labels(&self, wanted: &ExpectedImage) -> Result<(), Failure> {
        let labelled: Labelled = serde_json::from_slice(self.raw)
            .map_err(|error| invalid("its configuration cannot be read").because(error))?;
        let found = labelled.config.and_then(|config| config.labels).unwrap_or_default();
        for (label, value) in &wanted.labels {
            match found.get(label) {
                Some(found) if found == value => {}
                Some(_) => {
                    let what = format!("its label '{}' has another value", escape(label));
                    return Err(invalid(what).hint("compile the image again"));
                }
                None => {
                    let label = escape(label);
                    return Err(invalid(format!("Missing label '{label}' from container.")));
                }
            }
        }
        Ok(())
    }
}

fn check_name(found: &[String], reference: &str) -> Result<(), Failure> {
    let is_it = |found: &String| {
        PREFIXES.iter().any(|prefix| found.strip_prefix(prefix) == Some(reference))
    };
    match found {
        [name] if is_it(name) => Ok(()),
        [] => Err(invalid(format!("its image has no name; it must be `{reference}`"))),
        names => {
            let names: Vec<_> = names.iter().map(|name| escape(name).to_string()).collect();
            Err(invalid(format!("its image is `{}`, not `{reference}`", names.join("`, `"))))
        }
    }
}

/// Fails where a layer is missing or is not the one that the configuration
/// names. One that is compressed has another digest there.
fn check_layers(
    entries: &ImageEntries,
    layers: &[String],
    config: &ImageConfig,
) -> Result<(), Failure> {
    let promised = &config.rootfs.diff_ids;
    if promised.len() != layers.len() {
        let (promised, found) = (promised.len(), layers.len());
        let what = format!(
            "its configuration lists {}, but `manifest.json` lists {found}",
            counted(promised, "layer")
        );
        return Err(invalid(what));
    }
    for (name, promised) in layers.iter().zip(promised) {
        let shown = escape(name);
        let (digest, compression) = entries
            .file_of(name)
            .ok_or_else(|| invalid(format!("its layer `{shown}` is missing")))?;
        if *compression == Compression::None && digest != promised {
            return Err(super::super::wrong(format!(
                "its layer `{shown}` is {digest}, but its configuration says {promised}"
            )));
        }
    }
    Ok(())
}
