//! What an image layout holds, from its `index.json` down.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    blobs::Blobs,
    pick::picked,
    refusal::{no, nothing_whole, twins},
    resolved::{Attested, LayoutImage, Resolved, Unplaced},
};
use crate::{
    model::{
        Descriptor, Digest, Failure, Index, Manifest, Node, Others, Platform, Tag, counted,
        entry_names, escape, media_type, split_entry_name,
    },
    ports::Lacking,
    source::{
        documents::Documents,
        invalid,
        platforms::{agree, config_of},
        unrelated_images::refuse_strangers,
    },
    store::DEPTH_LIMIT,
};

/// The most manifests of one layout.
const MANIFEST_LIMIT: usize = 1000;
/// What Docker calls an image's configuration.
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

struct LayoutWalk<'a, B: ?Sized> {
    blobs: &'a B,
    resolved: Resolved,
    seen: BTreeSet<Digest>,
    /// The entry of `index.json` that is walked.
    top: Option<Descriptor>,
    /// The entries that images were found below.
    tops: Vec<Descriptor>,
}

/// Reads what `index_json` leads to; of several names only `name`, where one
/// is meant.
pub(super) fn resolve<B: Blobs + ?Sized>(
    index_json: &[u8],
    name: Option<&str>,
    blobs: &B,
) -> Result<Resolved, Failure> {
    let top = index(index_json.to_vec(), media_type::INDEX)
        .map_err(|failure| failure.context("`index.json`"))?;
    let mut manifests: Vec<Descriptor> = Vec::new();
    for node in picked(top.manifests, name)? {
        // The same image under several names is one image.
        if manifests.iter().all(|other| other.digest != node.digest) {
            manifests.push(node);
        }
    }
    let (resolved, tops) = (Resolved::default(), Vec::new());
    let mut walk = LayoutWalk { blobs, resolved, seen: BTreeSet::new(), top: None, tops };
    for node in manifests {
        walk.top = Some(node.clone());
        match signed(&node) {
            Some(tag) if !node.is_index() => walk.beside(node, tag)?,
            _ => walk.all(vec![node], DEPTH_LIMIT)?,
        }
    }
    walk.finished()
}

/// Reads what `index.json` among `documents` leads to.
pub(in crate::source) fn resolve_documents(
    documents: &Documents,
    name: Option<&str>,
) -> Result<Resolved, Failure> {
    check_version(documents.get("oci-layout"))?;
    let index_json = documents.get("index.json").ok_or_else(|| no("index.json"))?;
    resolve(index_json, name, documents)
}

/// Fails unless `raw` is the file that marks an image layout.
pub(super) fn check_version(raw: Option<&[u8]>) -> Result<(), Failure> {
    let raw = raw.ok_or_else(|| no("oci-layout"))?;
    let version: serde_json::Value = serde_json::from_slice(raw)
        .map_err(|error| invalid("its `oci-layout` cannot be read").because(error))?;
    match version.get("imageLayoutVersion").and_then(serde_json::Value::as_str) {
        Some(version) if version.starts_with("1.") => Ok(()),
        other => Err(invalid(format!(
            "its layout version is `{}`; castoff reads 1.0.0",
            escape(other.unwrap_or_default())
        ))
        .hint("write the layout again with a tool that writes 1.0.0")),
    }
}

fn index(raw: Vec<u8>, media_type: &str) -> Result<Index, Failure> {
    match parse(raw, media_type)? {
        Node::Index(index) => Ok(index),
        Node::Manifest(_) => Err(invalid("it is a manifest, but its descriptor says index")),
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

impl<B: Blobs + ?Sized> LayoutWalk<'_, B> {
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
            let is_there = self.blobs.has(&node)?;
            self.leave(node, is_there);
            return Ok(());
        }
        let Some(below) = depth.checked_sub(1) else {
            return Err(invalid(format!("it is nested in more than {DEPTH_LIMIT} indexes")));
        };
        let Some(raw) = self.blobs.read(&node)? else { return self.missing(node) };
        match parse(raw, node.media_type.as_str())? {
            Node::Index(index) => {
                self.resolved.indexes.push(node);
                self.all(index.manifests, below)
            }
            Node::Manifest(manifest) => self.manifest(node, *manifest),
        }
    }

    /// Takes what is about an image, as the tag says that names it.
    fn beside(&mut self, node: Descriptor, tag: Tag) -> Result<(), Failure> {
        let digest = node.digest.clone();
        let raw = self.blobs.read(&node).map_err(|failure| failure.context(&digest))?;
        match raw.map(|raw| parse(raw, node.media_type.as_str())) {
            Some(Ok(Node::Manifest(manifest))) => {
                let other = self.unplaced(node, &manifest)?;
                self.resolved.others.push(Unplaced { tag: Some(tag), ..other });
            }
            _ => self.leave(node, false),
        }
        Ok(())
    }

    /// Notes what refers to nothing that is known.
    fn leave(&mut self, node: Descriptor, is_there: bool) {
        let top = self.top.as_ref().map(|top| top.digest.clone());
        let (parts, subject, tag) = (Vec::new(), None, None);
        self.resolved.others.push(Unplaced { node, is_there, parts, top, subject, tag });
    }

    /// A manifest that is no image.
    fn unplaced(&self, node: Descriptor, manifest: &Manifest) -> Result<Unplaced, Failure> {
        let parts: Vec<Descriptor> =
            std::iter::once(&manifest.config).chain(&manifest.layers).cloned().collect();
        let mut is_there = true;
        for part in &parts {
            is_there &= self.blobs.has(part)?;
        }
        let top = self.top.as_ref().map(|top| top.digest.clone());
        let subject = manifest.subject.as_ref().map(|subject| subject.digest.clone());
        Ok(Unplaced { node, is_there, parts, top, subject, tag: None })
    }

    /// Notes a manifest that is not there.
    fn missing(&mut self, node: Descriptor) -> Result<(), Failure> {
        if node.is_index() || is_about(&node) {
            self.leave(node, false);
            return Ok(());
        }
        let platform = node.platform.as_ref().map(checked).transpose()?;
        self.lacks(platform, node.digest);
        Ok(())
    }

    fn lacks(&mut self, platform: Option<Platform>, missing: Digest) {
        match platform {
            Some(platform) => self.resolved.lacking.push(Lacking { platform, missing }),
            None => self.resolved.missing.push(missing),
        }
    }

    fn manifest(&mut self, node: Descriptor, manifest: Manifest) -> Result<(), Failure> {
        let known = [media_type::CONFIG, DOCKER_CONFIG];
        let is_image = known.contains(&manifest.config.media_type.as_str());
        if !is_about(&node) && is_image && manifest.subject.is_none() {
            return self.image(node, manifest);
        }
        let other = self.unplaced(node, &manifest)?;
        if other.node.is_attestation() && other.is_there {
            self.resolved.attested.push(Attested { node: other.node, manifest });
        } else {
            self.resolved.others.push(other);
        }
        Ok(())
    }

    fn image(&mut self, node: Descriptor, manifest: Manifest) -> Result<(), Failure> {
        let claimed = node.platform.as_ref().map(checked).transpose()?;
        let Some(config) = self.blobs.read(&manifest.config)? else {
            self.lacks(claimed, manifest.config.digest);
            return Ok(());
        };
        let (config, inside) = config_of(&config)?;
        let platform = match &claimed {
            Some(claimed) => agree(claimed, &inside)?,
            None => inside,
        };
        if config.rootfs.diff_ids.len() != manifest.layers.len() {
            let (promised, found) = (config.rootfs.diff_ids.len(), manifest.layers.len());
            return Err(invalid(format!(
                "its configuration lists {}, but its manifest lists {found}",
                counted(promised, "layer")
            ))
            .hint("build the image again; its parts do not belong together"));
        }
        for layer in &manifest.layers {
            if !self.blobs.has(layer)? {
                self.lacks(Some(platform), layer.digest.clone());
                return Ok(());
            }
        }
        let names = self.top.iter().flat_map(entry_names).next().map(str::to_owned);
        let found = &mut self.resolved.platforms;
        if let Some(other) = found.iter().find(|other| other.platform.is_same(&platform)) {
            return Err(twins(other, names.as_deref(), &platform));
        }
        self.tops.extend(self.top.clone());
        let node = Descriptor { annotations: BTreeMap::new(), others: Others::default(), ..node }
            .on(platform.clone());
        found.push(LayoutImage { node, platform, manifest, name: names, attested: Vec::new() });
        Ok(())
    }

    fn finished(self) -> Result<Resolved, Failure> {
        let Self { mut resolved, mut tops, .. } = self;
        tops.dedup_by(|a, b| a.digest == b.digest);
        if resolved.platforms.is_empty() {
            return Err(nothing_whole(&resolved));
        }
        let named: Vec<_> = resolved
            .platforms
            .iter()
            .map(|found| (found.name.as_deref().into_iter().collect(), &found.platform))
            .collect();
        refuse_strangers(&named)?;
        let (platforms, lacking) = (&resolved.platforms, &mut resolved.lacking);
        lacking.retain(|of| !platforms.iter().any(|found| found.platform.is_same(&of.platform)));
        resolved.platforms.sort_by(|a, b| a.platform.cmp(&b.platform));
        if let [only] = &tops[..]
            && only.is_index()
        {
            resolved.index =
                Some(Descriptor::new(only.media_type.as_str(), only.digest.clone(), only.size));
        }
        resolved.place();
        Ok(resolved)
    }
}

/// The tag of an entry that cosign or another tool made from a digest.
fn signed(entry: &Descriptor) -> Option<Tag> {
    let (_, tag) = split_entry_name(entry_names(entry).first()?)?;
    tag.is_derived().then_some(tag)
}

/// Whether `BuildKit` made this about an image, and it is none.
fn is_about(node: &Descriptor) -> bool {
    let unknown = node.platform.as_ref().is_some_and(|platform| platform.os == "unknown");
    unknown || node.is_attestation()
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
