//! What content is, for people.

use std::collections::HashMap;

use super::{document::Document, reached::Reached};
use crate::{
    model::{ArtifactKind, Descriptor, Digest, Tag, media_type},
    ports::Stored,
};

/// What BuildKit says of a manifest in an index that is about another one.
const ATTESTATION: (&str, &str) = ("vnd.docker.reference.type", "attestation-manifest");

/// What a tag names.
pub(super) fn root(kind: ArtifactKind, tag: Option<&Tag>) -> String {
    let what = match kind {
        ArtifactKind::Image => "image",
        ArtifactKind::Files => "files",
    };
    tag.map_or_else(|| format!("{what} that a tag named"), |tag| format!("{what} {tag}"))
}

/// What `node` is, which `above` refers to.
pub(super) fn below(above: &str, is_index: bool, node: &Descriptor) -> String {
    if is_index {
        let (name, value) = ATTESTATION;
        if node.annotations.get(name).is_some_and(|found| found == value) {
            return format!("attestation of {above}");
        }
        return match &node.platform {
            Some(platform) => format!("{above} {platform}"),
            None => format!("part of {above}"),
        };
    }
    let kind = node.media_type.as_str();
    let part = match kind {
        _ if kind.contains("config") || kind.contains("container.image.v1") => "configuration",
        _ if kind.contains("layer") || kind.contains("rootfs") => "layer",
        media_type::EMPTY => "empty configuration",
        _ => "content",
    };
    format!("{part} of {above}")
}

/// What `node` is, which is about `subject`.
pub(super) fn about(
    subject: &str,
    tag: Option<&Tag>,
    node: &Descriptor,
    document: &Document,
) -> String {
    let suffix = tag.map(|tag| tag.as_str().split_once('.').map_or("", |(_, suffix)| suffix));
    let kind = match suffix {
        Some("sig") => "signature".to_owned(),
        Some("att") => "attestation".to_owned(),
        Some("sbom") => "SBOM".to_owned(),
        Some("") if node.is_index() => return list(subject),
        _ => kind(node, document),
    };
    format!("{kind} of {subject}")
}

/// A list of what is about `subject`.
pub(super) fn list(subject: &str) -> String {
    format!("list of referrers of {subject}")
}

/// Says of what is stored what it is, as far as a tag led to it.
pub(super) fn name(stored: &mut [Stored], reached: &[Reached]) {
    let words: HashMap<&Digest, &str> =
        reached.iter().map(|of| (&of.node.digest, of.what.as_str())).collect();
    for stored in stored.iter_mut().filter(|stored| stored.what.is_none()) {
        let Some(what) = stored.needed_by.as_ref().and_then(|of| words.get(of)) else { continue };
        // A place keeps lists and names under the digest that they are about.
        let is_itself =
            stored.needed_by.as_ref().is_some_and(|of| stored.key.ends_with(of.as_str()));
        let is_list = stored.key.contains("/referrers/");
        stored.what = Some(match (is_itself, is_list) {
            (true, false) => (*what).to_owned(),
            (_, true) => list(what),
            _ => format!("tag of an artifact attached to {what}"),
        });
    }
}

/// What kind of thing is about another one.
fn kind(node: &Descriptor, document: &Document) -> String {
    let kind = document.artifact_type.as_deref().or(node.artifact_type.as_deref());
    let Some(kind) = kind else { return "attachment".to_owned() };
    let predicate = document.annotations.get("dev.sigstore.bundle.predicateType");
    let predicate = predicate.map_or("", String::as_str);
    let has =
        |words: &[&str]| words.iter().any(|word| kind.contains(word) || predicate.contains(word));
    if has(&["spdx", "cyclonedx", "sbom", "syft"]) {
        "SBOM".to_owned()
    } else if has(&["notary.signature", "cosign/sign", "simplesigning", "signature"]) {
        "signature".to_owned()
    } else if has(&["in-toto", "slsa", "attestation"]) || !predicate.is_empty() {
        "attestation".to_owned()
    } else if has(&["sigstore.bundle"]) {
        "signature".to_owned()
    } else {
        kind.to_owned()
    }
}
