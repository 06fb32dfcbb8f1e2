//! What content is, apart from the content itself.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{Digest, Others, Platform, lenient};

/// A media type, such as `application/vnd.oci.image.manifest.v1+json`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaType(pub String);

/// The media types that castoff reads or writes.
pub mod media_type {
    /// An index over the manifests of several platforms.
    pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// One platform's manifest.
    pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An image's configuration.
    pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// A layer as a plain tar.
    pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
    /// A layer as a gzipped tar.
    pub const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// A layer as a tar compressed with Zstandard.
    pub const LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
    /// Docker's form of [`INDEX`].
    pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// Docker's form of [`MANIFEST`].
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// The configuration of an artifact that has none: `{}`.
    pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
    /// The artifact type of one platform's files.
    pub const FILES: &str = "application/vnd.castoff.files.v1";
    /// The artifact type of the sums of files, and of a signature of them.
    pub const SUMS: &str = "application/vnd.castoff.sums.v1";
    /// Bytes of which nothing else is known.
    pub const OCTET_STREAM: &str = "application/octet-stream";
}

/// The annotation that holds a file's path within its artifact
/// (OCI image specification, annotations.md).
const TITLE: &str = "org.opencontainers.image.title";

/// The annotation of what is about another entry of its index, as BuildKit
/// lists attestations.
const ABOUT: &str = "vnd.docker.reference.type";
/// The annotation that holds the digest of that entry.
const SUBJECT: &str = "vnd.docker.reference.digest";

/// An OCI content descriptor: the type, digest and size of some content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// How to read the content.
    pub media_type: MediaType,
    /// The content's name.
    pub digest: Digest,
    /// The content's length in bytes.
    pub size: u64,
    /// What the content runs on, where that makes sense.
    #[serde(
        default,
        deserialize_with = "lenient::or_usual",
        skip_serializing_if = "Option::is_none"
    )]
    pub platform: Option<Platform>,
    /// What kind of artifact a manifest describes, where it is no image.
    #[serde(
        default,
        deserialize_with = "lenient::or_usual",
        skip_serializing_if = "Option::is_none"
    )]
    pub artifact_type: Option<String>,
    /// Further facts, by name.
    #[serde(
        default,
        deserialize_with = "lenient::texts",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
    /// What else its list says of it.
    #[serde(flatten)]
    pub others: Others,
}

impl Descriptor {
    /// A descriptor without platform, artifact type or annotations.
    #[must_use]
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            digest,
            size,
            platform: None,
            artifact_type: None,
            annotations: BTreeMap::new(),
            others: Others::default(),
        }
    }

    /// The descriptor of `content`.
    #[must_use]
    pub fn of(media_type: &str, content: &[u8]) -> Self {
        Self::new(media_type, Digest::of(content), content.len() as u64)
    }

    /// The same, for `platform`.
    #[must_use]
    pub fn on(self, platform: Platform) -> Self {
        Self { platform: Some(platform), ..self }
    }

    /// The same, for a file that lies at `path` within its artifact.
    #[must_use]
    pub fn titled(mut self, path: &str) -> Self {
        self.annotations.insert(TITLE.to_owned(), path.to_owned());
        self
    }

    /// The file's path within its artifact, if this describes such a file.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.annotations.get(TITLE).map(String::as_str)
    }

    /// Whether this is an entry of an index that is about another one, as an
    /// attestation of `BuildKit` is about an image.
    #[must_use]
    pub fn is_attestation(&self) -> bool {
        self.annotations.contains_key(ABOUT)
    }

    /// The digest of what an attestation is about, as its index says.
    #[must_use]
    pub fn attested(&self) -> Option<&str> {
        self.annotations.get(SUBJECT).map(String::as_str)
    }

    /// The size of all of `nodes`, in bytes. A descriptor may claim any size,
    /// so this ends at the greatest number.
    #[must_use]
    pub fn total<'n>(nodes: impl IntoIterator<Item = &'n Self>) -> u64 {
        nodes.into_iter().fold(0, |sum, node| sum.saturating_add(node.size))
    }

    /// Whether the content refers to other content: an index or a manifest.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        self.is_index()
            || matches!(
                self.media_type.as_str(),
                media_type::MANIFEST | media_type::DOCKER_MANIFEST
            )
    }

    /// Whether the content is an index.
    #[must_use]
    pub fn is_index(&self) -> bool {
        matches!(self.media_type.as_str(), media_type::INDEX | media_type::DOCKER_INDEX)
    }
}

impl MediaType {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for MediaType {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
