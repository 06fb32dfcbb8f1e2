//! The image that an archive's documents describe.

use serde::Deserialize;

use super::read::{ArchivePass, DockerArchiveContents};
use crate::{
    model::{
        Descriptor, Digest, Failure, FailureKind, Manifest, Platform, Side, counted, escape,
        media_type, unmarked,
    },
    source::{
        documents::Documents,
        invalid,
        kept_manifest::KeptManifest,
        layers::StoredLayer,
        oci_layout::{self, Resolved},
        platforms::{agree, config_of},
        work::failed,
    },
};

/// An image in `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DockerArchiveImage {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// Keeps the manifest of the archive's image for `platform`; of several images
/// the one that is called `name`, where one is meant.
pub(super) fn manifest(
    reading: &ArchivePass<'_>,
    contents: &DockerArchiveContents,
    platform: &Platform,
    name: Option<&str>,
) -> Result<KeptManifest, Failure> {
    let documents = &contents.documents;
    match (documents.get("manifest.json"), documents.get("index.json")) {
        (Some(_), Some(_)) if reading.state.is_some() && is_attested(documents, name, platform) => {
            of_layout(reading, contents, platform, name)
        }
        (Some(raw), _) => {
            let root = of_docker(reading, contents, platform, name, raw)?;
            Ok(KeptManifest { root, attested: Vec::new() })
        }
        (None, Some(_)) => of_layout(reading, contents, platform, name),
        (None, None) => Err(neither()),
    }
}

/// The failure of an archive that holds no list of images.
pub(super) fn neither() -> Failure {
    invalid("it has neither `manifest.json` nor `index.json`")
        .hint("write it with `docker save`, `podman save` or `skopeo copy … docker-archive:`")
}

/// Whether something is said about an image: it must stay as it is then.
fn is_attested(documents: &Documents, name: Option<&str>, platform: &Platform) -> bool {
    let resolved = oci_layout::resolve_documents(documents, name).unwrap_or_default();
    let found = resolved.platforms.iter().find(|found| agree(platform, &found.platform).is_ok());
    found.is_some_and(|found| !found.attested.is_empty())
}

fn of_docker(
    reading: &ArchivePass<'_>,
    contents: &DockerArchiveContents,
    platform: &Platform,
    name: Option<&str>,
    raw: &[u8],
) -> Result<Descriptor, Failure> {
    let all = images(&contents.documents, raw, name)?;
    let of_platform: Vec<_> = all.iter().filter(|(_, of)| agree(platform, of).is_ok()).collect();
    let (image, inside) = match (&of_platform[..], &all[..]) {
        ([only], _) => (&only.0, &only.1),
        (_, [only]) => (&only.0, &only.1),
        _ => return Err(several(all.len())),
    };
    let raw = configuration(&contents.documents, image)?;
    let (config, _) = config_of(raw)?;
    let platform = agree(platform, inside)?;
    let layers = layers(contents, image.layers.as_deref().unwrap_or_default())?;
    check_diff_ids(&config.rootfs.diff_ids, &layers)?;
    let config = reading.store.keep(media_type::CONFIG, raw)?;
    let manifest =
        Manifest::of_image(config, layers.iter().map(|layer| layer.node.clone()).collect());
    let root = reading.store.keep(media_type::MANIFEST, manifest.raw())?;
    Ok(root.on(platform))
}

fn several(count: usize) -> Failure {
    invalid(format!("it contains {count} images; it must contain one"))
        .hint("save each image to its own archive")
}

/// The images that `manifest.json` lists, each with what it is for.
pub(super) fn images(
    documents: &Documents,
    raw: &[u8],
    name: Option<&str>,
) -> Result<Vec<(DockerArchiveImage, Platform)>, Failure> {
    let images: Vec<DockerArchiveImage> = serde_json::from_slice(unmarked(raw))
        .map_err(|error| invalid("its `manifest.json` cannot be read").because(error))?;
    if images.is_empty() {
        return Err(several(0));
    }
    let known: Vec<String> =
        images.iter().flat_map(|image| image.names().map(str::to_owned)).collect();
    let mut found = Vec::new();
    for image in images.into_iter().filter(|image| name.is_none_or(|name| image.is_called(name))) {
        let (_, platform) = config_of(configuration(documents, &image)?)?;
        found.push((image, platform));
    }
    match (&found[..], name) {
        ([], Some(name)) => {
            let what = format!("it contains nothing named `{}`", escape(name));
            Err(Failure::new(FailureKind::NotFound, Side::Source, what)
                .hint(format!("it contains {}", escape(&known.join(", ")))))
        }
        _ => Ok(found),
    }
}

/// An image's configuration. One that is called by its digest must have it.
fn configuration<'d>(
    documents: &'d Documents,
    image: &DockerArchiveImage,
) -> Result<&'d [u8], Failure> {
    let name = documents.links.resolve(plain(&image.config))?;
    let raw = documents.get(name).ok_or_else(|| missing("configuration", name))?;
    let promised = name.strip_prefix("blobs/sha256/");
    let found = Digest::of(raw);
    if promised.is_none_or(|hex| hex == found.hex()) {
        return Ok(raw);
    }
    let what = format!("its entry `{}` has other content, {found}", escape(name));
    Err(Failure::new(FailureKind::Integrity, Side::Source, what)
        .hint("build or download the archive again"))
}

/// The names that `manifest.json` lists.
pub(in crate::source) fn names(raw: &[u8]) -> Vec<String> {
    let images: Vec<DockerArchiveImage> = serde_json::from_slice(unmarked(raw)).unwrap_or_default();
    images.iter().flat_map(DockerArchiveImage::names).map(str::to_owned).collect()
}

impl DockerArchiveImage {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.repo_tags.iter().flatten().map(String::as_str)
    }

    /// Whether it is called `name`, or has it for a tag.
    fn is_called(&self, name: &str) -> bool {
        self.names().any(|tag| {
            let familiar = tag.strip_prefix("docker.io/library/").unwrap_or(tag);
            let is_tag = tag.rsplit_once(':').is_some_and(|(_, tag)| tag == name);
            tag == name || familiar == name || is_tag
        })
    }
}

fn layers<'a>(
    contents: &'a DockerArchiveContents,
    names: &[String],
) -> Result<Vec<&'a StoredLayer>, Failure> {
    let find = |name: &String| {
        let name = contents.documents.links.resolve(plain(name))?;
        contents.layers.get(name).ok_or_else(|| missing("layer", name))
    };
    names.iter().map(find).collect()
}

fn check_diff_ids(
    promised: &[crate::model::Digest],
    layers: &[&StoredLayer],
) -> Result<(), Failure> {
    if promised.len() != layers.len() {
        let (promised, found) = (promised.len(), layers.len());
        return Err(invalid(format!(
            "its configuration lists {}, but `manifest.json` lists {found}",
            counted(promised, "layer")
        ))
        .hint("build the image again; its parts do not belong together"));
    }
    for (place, (promised, layer)) in promised.iter().zip(layers).enumerate() {
        if *promised != layer.diff_id {
            let found = &layer.diff_id;
            return Err(Failure::new(
                FailureKind::Integrity,
                Side::Source,
                format!("its layer {place} is {found}, but its configuration says {promised}"),
            )
            .hint("build or download the archive again"));
        }
    }
    Ok(())
}

/// An image layout in a tar: its manifest is kept as it is, and what is said
/// about it.
fn of_layout(
    reading: &ArchivePass<'_>,
    contents: &DockerArchiveContents,
    platform: &Platform,
    name: Option<&str>,
) -> Result<KeptManifest, Failure> {
    let documents = &contents.documents;
    let Resolved { platforms, .. } = oci_layout::resolve_documents(documents, name)?;
    let agreed = |found: &&oci_layout::LayoutImage| agree(platform, &found.platform).is_ok();
    let mut found: Vec<_> = platforms.iter().filter(agreed).collect();
    if found.len() > 1 {
        // A name without variant asks for the image that has none.
        found.retain(|found| found.platform.is_same(platform));
    }
    let [found] = found[..] else {
        let list: Vec<_> = platforms.iter().map(|found| found.platform.to_string()).collect();
        let list = list.join(", ");
        return Err(invalid(format!("it is named {platform}, but contains {list}"))
            .hint("rename it for one of its platforms"));
    };
    for other in platforms.iter().filter(|other| other.platform != found.platform) {
        let line =
            format!("the content of {} does not match its name, and is left out", other.platform);
        reading.work.desk.output.line(line);
    }
    keep(reading, documents, found)?;
    let root = found.node.clone().on(agree(platform, &found.platform)?);
    Ok(KeptManifest { root, attested: found.attestations() })
}

/// Keeps an image with what is said about it. The archive is read again for
/// what this pass has not kept as it is, since it was plain and might have been
/// a layer of Docker's.
fn keep(
    reading: &ArchivePass<'_>,
    documents: &Documents,
    found: &oci_layout::LayoutImage,
) -> Result<(), Failure> {
    let mut missing = Vec::new();
    for node in found.parts() {
        if reading.store.has(node)? {
            continue;
        }
        match documents.blob(node) {
            Ok(raw) => drop(reading.store.keep(node.media_type.as_str(), &raw)?),
            Err(failure) if failure.kind == FailureKind::Integrity => return Err(failure),
            Err(_) => missing.push(node.digest.clone()),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    reading
        .tar()
        .and_then(|mut tar| oci_layout::spool(reading.store, &mut tar, |d| missing.contains(d)))
        .map_err(|error| failed(reading.path, &error))?;
    for node in found.parts() {
        if !reading.store.has(node)? {
            return Err(self::missing("blob", node.digest.as_str()));
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
