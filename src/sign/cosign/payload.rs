//! What a cosign signature is over.

use serde::{Deserialize, Serialize};

use crate::model::{Descriptor, Digest};

const KIND: &str = "cosign container image signature";

/// What a signature says: which manifest, and what it is called
/// (containers/image, docs/containers-signature.5.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    critical: Critical,
    optional: Option<serde_json::Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: Digest,
}

/// Bytes that are no payload of a signature.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// They are not JSON of the right shape.
    #[error("the signed content is not a payload of cosign")]
    Json(#[from] serde_json::Error),
    /// They are a payload of something else.
    #[error("the signed content is a `{}`", crate::model::escape(.0))]
    Kind(String),
}

impl Payload {
    /// Says that `digest` is signed, as what is called `reference`:
    /// `HOST/REPOSITORY`.
    #[must_use]
    pub fn new(reference: &str, digest: &Digest) -> Self {
        let identity = Identity { reference: reference.to_owned() };
        let image = Image { digest: digest.clone() };
        Self { critical: Critical { identity, image, kind: KIND.to_owned() }, optional: None }
    }

    /// Reads what was signed.
    ///
    /// # Errors
    ///
    /// Fails where it is no such payload.
    pub fn parse(bytes: &[u8]) -> Result<Self, PayloadError> {
        let payload: Self = serde_json::from_slice(bytes)?;
        let kind = &payload.critical.kind;
        // Other tools of the same format sign with names of their own.
        if kind == KIND || kind == "atomic container signature" {
            return Ok(payload);
        }
        Err(PayloadError::Kind(kind.clone()))
    }

    /// The bytes that are signed.
    ///
    /// # Panics
    ///
    /// Never: text and a digest always become JSON.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("text and a digest always become JSON")
    }

    /// What names the bytes.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::of(super::SIMPLE_SIGNING, &self.to_bytes())
    }

    /// The manifest that is signed.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.critical.image.digest
    }

    /// What the image is called.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.critical.identity.reference
    }
}
