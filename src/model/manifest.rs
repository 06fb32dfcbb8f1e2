//! Manifests of one platform: as they came, and what they say.
//!
//! A digest is of bytes, so what was read is never serialised again: the bytes
//! are kept beside what they say.

use serde::Serialize;
use serde_json::json;

use super::{
    descriptor::{Descriptor, media_type},
    rewrite::{bytes, rewritten},
};

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
    pub(super) raw: Vec<u8>,
    pub(super) media_type: String,
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
