//! What an image layout holds, from its `index.json` down.

use std::collections::BTreeSet;

use crate::{
    model::{Descriptor, Digest, Failure, Index, Manifest, Node, Platform, escape, media_type},
    source::{
        documents::Documents,
        invalid,
        platforms::{agree, config_of, same},
    },
    store::DEPTH_LIMIT,
};

/// The most manifests of one layout.
const MANIFEST_LIMIT: usize = 1000;
/// What Docker calls an image's configuration.
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

/// What an image layout holds.
#[derive(Default)]
pub(crate) struct Resolved {
    /// Its images, in order of their platforms.
    pub(crate) platforms: Vec<Found>,
    /// The one index that `index.json` points at, if it points at one only.
    pub(crate) index: Option<Descriptor>,
    /// What belongs to the index besides images, such as attestations.
    pub(crate) others: Vec<Descriptor>,
}

/// One platform's image.
pub(crate) struct Found {
    pub(crate) platform: Platform,
    /// The manifest, as the index describes it but for the platform.
    pub(crate) node: Descriptor,
    pub(crate) manifest: Manifest,
}

/// Reads a document that a descriptor describes, and checks it.
type Read<'a> = &'a dyn Fn(&Descriptor) -> Result<Vec<u8>, Failure>;

struct Walk<'a> {
    read: Read<'a>,
    resolved: Resolved,
    seen: BTreeSet<Digest>,
}

/// Reads what `index_json` leads to.
pub(super) fn resolve(index_json: &[u8], read: Read<'_>) -> Result<Resolved, Failure> {
    let top = index(index_json.to_vec(), media_type::INDEX)
        .map_err(|failure| failure.context("`index.json`"))?;
    let mut manifests: Vec<Descriptor> = Vec::new();
    for node in top.manifests {
        // The same image under several names is one image.
        if manifests.iter().all(|other| other.digest != node.digest) {
            manifests.push(node);
        }
    }
    let mut walk = Walk { read, resolved: Resolved::default(), seen: BTreeSet::new() };
    if let [only] = &manifests[..]
        && only.is_index()
    {
        let (media_type, digest) = (only.media_type.as_str(), only.digest.clone());
        walk.resolved.index = Some(Descriptor::new(media_type, digest, only.size));
    }
    walk.all(manifests, DEPTH_LIMIT)?;
    let mut resolved = walk.resolved;
    if resolved.platforms.is_empty() {
        return Err(invalid("it holds no image").hint("give a layout with at least one image"));
    }
    resolved.platforms.sort_by(|a, b| a.platform.cmp(&b.platform));
    Ok(resolved)
}

/// Reads what `index.json` among `documents` leads to.
pub(crate) fn resolve_documents(documents: &Documents) -> Result<Resolved, Failure> {
    check_version(documents.get("oci-layout"))?;
    let index_json = documents.get("index.json").ok_or_else(|| no("index.json"))?;
    resolve(index_json, &|node| documents.blob(node))
}

/// Fails unless `raw` is the file that marks an image layout.
pub(super) fn check_version(raw: Option<&[u8]>) -> Result<(), Failure> {
    let raw = raw.ok_or_else(|| no("oci-layout"))?;
    let version: serde_json::Value = serde_json::from_slice(raw)
        .map_err(|error| invalid("its `oci-layout` cannot be read").because(error))?;
    match version.get("imageLayoutVersion").and_then(serde_json::Value::as_str) {
        Some(version) if version.starts_with("1.") => Ok(()),
        other => Err(invalid(format!(
            "its layout version is `{}`, and castoff reads 1.0.0",
            escape(other.unwrap_or_default())
        ))
        .hint("write the layout again with a tool that writes 1.0.0")),
    }
}

/// The failure of a layout that lacks the file `name`.
pub(super) fn no(name: &str) -> Failure {
    invalid(format!("it has no `{name}`, so it is no image layout"))
        .hint("give the folder or tar that holds `oci-layout` and `index.json`")
}

fn index(raw: Vec<u8>, media_type: &str) -> Result<Index, Failure> {
    match parse(raw, media_type)? {
        Node::Index(index) => Ok(index),
        Node::Manifest(_) => Err(invalid("it is a manifest, and an index was promised")),
    }
}

fn parse(raw: Vec<u8>, media_type: &str) -> Result<Node, Failure> {
    Node::parse(raw, media_type).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let failure = invalid(&error);
        let failure = failure.hint("write the layout again with another tool");
        match cause {
            Some(cause) => failure.because(cause),
            None => failure,
        }
    })
}

impl Walk<'_> {
    fn all(&mut self, nodes: Vec<Descriptor>, depth: usize) -> Result<(), Failure> {
        for node in nodes {
            if self.seen.len() >= MANIFEST_LIMIT {
                return Err(invalid(format!("it has more than {MANIFEST_LIMIT} manifests")));
            }
            if self.seen.insert(node.digest.clone()) {
                let digest = node.digest.clone();
                self.one(node, depth).map_err(|failure| failure.context(digest))?;
            }
        }
        Ok(())
    }

    fn one(&mut self, node: Descriptor, depth: usize) -> Result<(), Failure> {
        if !node.is_manifest() {
            self.resolved.others.push(node);
            return Ok(());
        }
        let Some(below) = depth.checked_sub(1) else {
            return Err(invalid(format!("it lies more than {DEPTH_LIMIT} indexes deep")));
        };
        match parse((self.read)(&node)?, node.media_type.as_str())? {
            Node::Index(index) => self.all(index.manifests, below),
            Node::Manifest(manifest) => self.image(node, *manifest),
        }
    }

    fn image(&mut self, node: Descriptor, manifest: Manifest) -> Result<(), Failure> {
        let known = [media_type::CONFIG, DOCKER_CONFIG];
        let is_image = known.contains(&manifest.config.media_type.as_str());
        if is_attestation(&node) || !is_image {
            self.resolved.others.push(node);
            return Ok(());
        }
        let (config, inside) = config_of(&(self.read)(&manifest.config)?)?;
        let platform = match &node.platform {
            Some(named) => agree(&checked(named)?, &inside)?,
            None => inside,
        };
        if config.rootfs.diff_ids.len() != manifest.layers.len() {
            let (promised, found) = (config.rootfs.diff_ids.len(), manifest.layers.len());
            return Err(invalid(format!(
                "its configuration names {promised} layers, and its manifest {found}"
            ))
            .hint("build the image again; its parts do not belong together"));
        }
        let found = &mut self.resolved.platforms;
        if found.iter().any(|other| same(&other.platform, &platform)) {
            return Err(invalid(format!("there are two images for {platform}"))
                .hint("give a layout that holds one image for each platform"));
        }
        let node = Descriptor { annotations: std::collections::BTreeMap::new(), ..node };
        found.push(Found { node: node.on(platform.clone()), platform, manifest });
        Ok(())
    }
}

/// Whether `BuildKit` made this about an image, and it is none.
fn is_attestation(node: &Descriptor) -> bool {
    let unknown = node.platform.as_ref().is_some_and(|platform| platform.os == "unknown");
    unknown || node.annotations.contains_key("vnd.docker.reference.type")
}

fn checked(named: &Platform) -> Result<Platform, Failure> {
    let variant = named.variant.as_deref().filter(|variant| !variant.is_empty());
    let platform = Platform::new(&named.os, &named.architecture, variant).map_err(invalid)?;
    Ok(Platform {
        os_version: named.os_version.clone(),
        os_features: named.os_features.clone(),
        ..platform
    })
}
