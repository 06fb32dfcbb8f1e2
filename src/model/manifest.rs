//! Manifests, indexes and image configurations: parsed, and as they came.
//!
//! A digest is of bytes, so what was read is never serialised again: each type
//! keeps its bytes beside what they say. What is read is bounded by its reader
//! and checked here against confusion of the two forms (CVE-2021-41190).

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::{Descriptor, Digest, Platform, lenient, media_type};

/// The largest manifest or index that is read, in bytes: what registries must
/// take at least (OCI distribution specification, "Pushing Manifests").
pub const MANIFEST_LIMIT: u64 = 4 << 20;

/// One platform's manifest (OCI image specification, manifest.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The image's configuration.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// What kind of artifact this is, where it is no image.
    pub artifact_type: Option<String>,
    /// What this manifest is about, as a signature is about an image.
    pub subject: Option<Descriptor>,
    raw: Vec<u8>,
    media_type: String,
}

/// The manifests of several platforms (OCI image specification, image-index.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The manifests, in the order of the index.
    pub manifests: Vec<Descriptor>,
    /// What this index is about.
    pub subject: Option<Descriptor>,
    raw: Vec<u8>,
    media_type: String,
}

/// Content that refers to other content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one is held at a time")]
pub enum Node {
    /// Several platforms.
    Index(Index),
    /// One platform.
    Manifest(Box<Manifest>),
}

/// What castoff must know of an image's configuration
/// (OCI image specification, config.md).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImageConfig {
    /// The operating system that the image is for.
    pub os: String,
    /// The architecture that the image is for.
    pub architecture: String,
    /// The architecture's variant.
    #[serde(default, deserialize_with = "lenient::or_usual")]
    pub variant: Option<String>,
    /// The operating system's version.
    #[serde(rename = "os.version", default, deserialize_with = "lenient::or_usual")]
    pub os_version: Option<String>,
    /// What the operating system must offer.
    #[serde(rename = "os.features", default, deserialize_with = "lenient::or_usual")]
    pub os_features: Option<Vec<String>>,
    /// What the image is made of.
    pub rootfs: RootFs,
}

/// The plain layers of an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RootFs {
    /// The digest of each layer's plain tar, lowest first.
    #[serde(default, deserialize_with = "lenient::list")]
    pub diff_ids: Vec<Digest>,
}

/// Bytes that are not what their media type says.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The bytes are not JSON of the right shape.
    #[error("it is not a manifest")]
    Json(#[from] serde_json::Error),
    /// The bytes could be read as either form.
    #[error("it has both `layers` and `manifests`, so it is ambiguous")]
    Ambiguous,
    /// The bytes name another media type than the descriptor.
    #[error("its `mediaType` is `{}`, but its descriptor says `{expected}`", super::escape(found))]
    MediaType {
        /// What the bytes say.
        found: String,
        /// What the descriptor says.
        expected: String,
    },
    /// The media type is of no form that castoff knows.
    #[error("`{}` is not a kind of manifest that castoff can read", super::escape(.0))]
    Unknown(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawNode {
    media_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_usual")]
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default, deserialize_with = "listed")]
    layers: Option<Listed>,
    #[serde(default, deserialize_with = "listed")]
    manifests: Option<Listed>,
    subject: Option<Descriptor>,
}

/// A list that is there; as `null` it is empty, and says nothing of the form.
struct Listed(Option<Vec<Descriptor>>);

fn listed<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Listed>, D::Error> {
    Option::deserialize(from).map(|list| Some(Listed(list)))
}

impl Listed {
    fn is_null(&self) -> bool {
        self.0.is_none()
    }

    fn of(list: Option<Self>, field: &str) -> Result<Vec<Descriptor>, ManifestError> {
        Ok(list.ok_or_else(|| missing(field))?.0.unwrap_or_default())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewManifest<'a> {
    schema_version: u8,
    media_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'a str>,
    config: &'a Descriptor,
    layers: &'a [Descriptor],
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewIndex<'a> {
    schema_version: u8,
    media_type: &'a str,
    manifests: &'a [Descriptor],
}

impl Node {
    /// Reads `raw`, which a descriptor or a response said to be a `promised`.
    ///
    /// # Errors
    ///
    /// Fails when the bytes are not JSON, are ambiguous, or say that they are
    /// something else.
    pub fn parse(raw: Vec<u8>, promised: &str) -> Result<Self, ManifestError> {
        let promised = promised.split(';').next().unwrap_or_default().trim();
        let node: RawNode = serde_json::from_slice(&raw)?;
        let says = |list: &Option<Listed>| list.as_ref().is_some_and(|list| !list.is_null());
        if says(&node.manifests) && (says(&node.layers) || node.config.is_some()) {
            return Err(ManifestError::Ambiguous);
        }
        if let Some(found) = node.media_type.filter(|found| found != promised) {
            return Err(ManifestError::MediaType { found, expected: promised.to_owned() });
        }
        let media_type = promised.to_owned();
        match promised {
            media_type::INDEX | media_type::DOCKER_INDEX => {
                let manifests = Listed::of(node.manifests, "manifests")?;
                Ok(Self::Index(Index { manifests, subject: node.subject, raw, media_type }))
            }
            media_type::MANIFEST | media_type::DOCKER_MANIFEST => {
                Ok(Self::Manifest(Box::new(Manifest {
                    config: node.config.ok_or_else(|| missing("config"))?,
                    layers: Listed::of(node.layers, "layers")?,
                    artifact_type: node.artifact_type,
                    subject: node.subject,
                    raw,
                    media_type,
                })))
            }
            _ => Err(ManifestError::Unknown(media_type)),
        }
    }

    /// The media type that `raw` gives itself, or that its shape shows.
    #[must_use]
    pub fn sniff(raw: &[u8]) -> Option<String> {
        let node: RawNode = serde_json::from_slice(raw).ok()?;
        node.media_type.or_else(|| {
            let shape =
                if node.manifests.is_some() { media_type::INDEX } else { media_type::MANIFEST };
            (node.manifests.is_some() || node.layers.is_some()).then(|| shape.to_owned())
        })
    }

    /// What this refers to: manifests, or a configuration and layers.
    #[must_use]
    pub fn successors(&self) -> Vec<Descriptor> {
        match self {
            Self::Index(index) => index.manifests.clone(),
            Self::Manifest(manifest) => {
                std::iter::once(&manifest.config).chain(&manifest.layers).cloned().collect()
            }
        }
    }
}

impl Node {
    /// What this is about, if about anything.
    #[must_use]
    pub fn subject(&self) -> Option<&Descriptor> {
        match self {
            Self::Index(index) => index.subject.as_ref(),
            Self::Manifest(manifest) => manifest.subject.as_ref(),
        }
    }
}

fn missing(field: &str) -> ManifestError {
    <serde_json::Error as serde::de::Error>::custom(format!("`{field}` is missing")).into()
}

impl Manifest {
    /// A new manifest of an image.
    #[must_use]
    pub fn of_image(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self::new(config, layers, None, None)
    }

    /// A new manifest of an artifact that is no image and has no configuration
    /// (OCI image specification, manifest.md, "Guidelines for Artifact Usage").
    #[must_use]
    pub fn of_artifact(artifact_type: &str, layers: Vec<Descriptor>) -> Self {
        let config = Descriptor::of(media_type::EMPTY, b"{}");
        Self::new(config, layers, Some(artifact_type.to_owned()), None)
    }

    /// A new manifest of an artifact that is about `subject`: a referrer
    /// (OCI image specification, manifest.md, "subject").
    #[must_use]
    pub fn about(
        subject: Descriptor,
        config: Descriptor,
        layers: Vec<Descriptor>,
        artifact_type: &str,
    ) -> Self {
        let subject = Descriptor::new(subject.media_type.as_str(), subject.digest, subject.size);
        Self::new(config, layers, Some(artifact_type.to_owned()), Some(subject))
    }

    fn new(
        config: Descriptor,
        layers: Vec<Descriptor>,
        artifact_type: Option<String>,
        subject: Option<Descriptor>,
    ) -> Self {
        let raw = bytes(&NewManifest {
            schema_version: 2,
            media_type: media_type::MANIFEST,
            artifact_type: artifact_type.as_deref(),
            config: &config,
            layers: &layers,
            subject: subject.as_ref(),
        });
        Self {
            config,
            layers,
            artifact_type,
            subject,
            raw,
            media_type: media_type::MANIFEST.into(),
        }
    }

    /// The same with another configuration and other layers.
    #[must_use]
    pub fn with(&self, config: Descriptor, layers: Vec<Descriptor>) -> Self {
        let raw = rewritten(&self.raw, [("config", json!(config)), ("layers", json!(layers))]);
        Self { config, layers, raw, ..self.clone() }
    }

    /// The manifest's bytes.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// What names the manifest.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        let descriptor = Descriptor::of(&self.media_type, &self.raw);
        Descriptor { artifact_type: self.artifact_type.clone(), ..descriptor }
    }
}

impl Index {
    /// A new index over `manifests`, in the order of their platforms, with what
    /// is about them behind them.
    #[must_use]
    pub fn of(mut manifests: Vec<Descriptor>) -> Self {
        super::merge::put_in_order(&mut manifests);
        Self::listing(manifests)
    }

    /// A new index over `manifests`, in this order.
    #[must_use]
    pub fn listing(manifests: Vec<Descriptor>) -> Self {
        let raw = bytes(&NewIndex {
            schema_version: 2,
            media_type: media_type::INDEX,
            manifests: &manifests,
        });
        Self { manifests, subject: None, raw, media_type: media_type::INDEX.into() }
    }

    /// The same with those of `more` behind it that it lacks.
    #[must_use]
    pub fn and(&self, more: Vec<Descriptor>) -> Self {
        let mut manifests = self.manifests.clone();
        let is_new = |node: &Descriptor| self.manifests.iter().all(|of| of.digest != node.digest);
        manifests.extend(more.into_iter().filter(is_new));
        let raw = rewritten(&self.raw, [("manifests", json!(manifests))]);
        Self { manifests, raw, ..self.clone() }
    }

    /// The index's bytes.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// What names the index.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::of(&self.media_type, &self.raw)
    }
}

impl ImageConfig {
    /// The platform that the image is for.
    ///
    /// # Errors
    ///
    /// Fails when Go knows no such platform.
    pub fn platform(&self) -> Result<Platform, super::ParsePlatformError> {
        let variant = self.variant.as_deref().filter(|variant| !variant.is_empty());
        Ok(Platform {
            os_version: self.os_version.clone(),
            os_features: self.os_features.clone().unwrap_or_default(),
            ..Platform::new(&self.os, &self.architecture, variant)?
        })
    }
}

/// A document with other values in some of its fields.
fn rewritten<const N: usize>(raw: &[u8], fields: [(&str, Value); N]) -> Vec<u8> {
    let mut document: Map<String, Value> = serde_json::from_slice(raw).unwrap_or_default();
    for (name, value) in fields {
        document.insert(name.to_owned(), value);
    }
    bytes(&document)
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("descriptors always become JSON")
}
