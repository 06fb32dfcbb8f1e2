//! The image that an archive's documents describe.

use serde::Deserialize;

use super::read::{Contents, Reading};
use crate::{
    model::{Descriptor, Failure, FailureKind, Manifest, Platform, Side, escape, media_type},
    source::{
        invalid,
        layers::Layer,
        oci_layout::{self, Resolved},
        platforms::{agree, config_of, same},
        work::failed,
    },
};

/// An image in `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    config: String,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// Keeps the manifest of the archive's image.
pub(super) fn manifest(
    reading: &Reading<'_>,
    contents: &Contents,
    platform: &Platform,
) -> Result<Descriptor, Failure> {
    let documents = &contents.documents;
    match (documents.get("manifest.json"), documents.get("index.json")) {
        (Some(raw), _) => of_docker(reading, contents, platform, raw),
        (None, Some(_)) => of_layout(reading, contents, platform),
        (None, None) => Err(invalid("it has neither `manifest.json` nor `index.json`")
            .hint("write it with `docker save`, `podman save` or `skopeo copy … docker-archive:`")),
    }
}

fn of_docker(
    reading: &Reading<'_>,
    contents: &Contents,
    platform: &Platform,
    raw: &[u8],
) -> Result<Descriptor, Failure> {
    let images: Vec<Image> = serde_json::from_slice(raw)
        .map_err(|error| invalid("its `manifest.json` cannot be read").because(error))?;
    let [image] = &images[..] else {
        let count = images.len();
        return Err(invalid(format!("it holds {count} images, and must hold one"))
            .hint("save one image to each archive"));
    };
    let name = contents.links.resolve(plain(&image.config))?;
    let raw = contents.documents.get(name).ok_or_else(|| missing("configuration", name))?;
    let (config, inside) = config_of(raw)?;
    let platform = agree(platform, &inside)?;
    let layers = layers(contents, image.layers.as_deref().unwrap_or_default())?;
    check_diff_ids(&config.rootfs.diff_ids, &layers)?;
    let config = reading.store.keep(media_type::CONFIG, raw)?;
    let manifest =
        Manifest::of_image(config, layers.iter().map(|layer| layer.node.clone()).collect());
    let root = reading.store.keep(media_type::MANIFEST, manifest.raw())?;
    Ok(root.on(platform))
}

fn layers<'a>(contents: &'a Contents, names: &[String]) -> Result<Vec<&'a Layer>, Failure> {
    let find = |name: &String| {
        let name = contents.links.resolve(plain(name))?;
        contents.layers.get(name).ok_or_else(|| missing("layer", name))
    };
    names.iter().map(find).collect()
}

fn check_diff_ids(promised: &[crate::model::Digest], layers: &[&Layer]) -> Result<(), Failure> {
    if promised.len() != layers.len() {
        let (promised, found) = (promised.len(), layers.len());
        return Err(invalid(format!(
            "its configuration names {promised} layers, and `manifest.json` {found}"
        ))
        .hint("build the image again; its parts do not belong together"));
    }
    for (place, (promised, layer)) in promised.iter().zip(layers).enumerate() {
        if *promised != layer.diff_id {
            let found = &layer.diff_id;
            return Err(Failure::new(
                FailureKind::Integrity,
                Side::Source,
                format!("its layer {place} is {found}, and its configuration names {promised}"),
            )
            .hint("build or download the archive again"));
        }
    }
    Ok(())
}

/// An image layout in a tar: its manifest is kept as it is.
fn of_layout(
    reading: &Reading<'_>,
    contents: &Contents,
    platform: &Platform,
) -> Result<Descriptor, Failure> {
    let documents = &contents.documents;
    let Resolved { platforms, .. } = oci_layout::resolve_documents(documents)?;
    let agreed = |found: &&oci_layout::Found| agree(platform, &found.platform).is_ok();
    let mut found: Vec<_> = platforms.iter().filter(agreed).collect();
    if found.len() > 1 {
        // A name without variant asks for the image that has none.
        found.retain(|found| same(&found.platform, platform));
    }
    let [found] = found[..] else {
        let list: Vec<_> = platforms.iter().map(|found| found.platform.to_string()).collect();
        let list = list.join(", ");
        return Err(invalid(format!("it is named {platform}, and holds {list}"))
            .hint("name it for one of the platforms inside"));
    };
    let config = documents.blob(&found.manifest.config)?;
    reading.store.keep(found.manifest.config.media_type.as_str(), &config)?;
    let root = reading.store.keep(found.node.media_type.as_str(), found.manifest.raw())?;
    fetch_missing(reading, &found.manifest)?;
    Ok(root.on(agree(platform, &found.platform)?))
}

/// Reads the archive again for layers that this pass has not kept as they are,
/// since they were plain and might have been Docker's.
fn fetch_missing(reading: &Reading<'_>, manifest: &Manifest) -> Result<(), Failure> {
    let mut missing = Vec::new();
    for layer in &manifest.layers {
        if !reading.store.has(layer)? {
            missing.push(layer.digest.clone());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    reading
        .tar()
        .and_then(|mut tar| oci_layout::spool(reading.store, &mut tar, |d| missing.contains(d)))
        .map_err(|error| failed(reading.path, &error))?;
    for layer in &manifest.layers {
        if !reading.store.has(layer)? {
            return Err(self::missing("layer", layer.digest.as_str()));
        }
    }
    Ok(())
}

fn missing(what: &str, name: &str) -> Failure {
    invalid(format!("its {what} `{}` is missing", escape(name)))
        .hint("build or download the archive again")
}

fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}
