//! cosign's signatures of images.
//!
//! What is signed is a small document, the payload, that names a manifest's
//! digest. It lies as a layer of a manifest of its own, with the signature as
//! an annotation of that layer: under the tag `sha256-….sig`, where one
//! manifest holds all signatures, and as a referrer, where each is by itself
//! (cosign, `specs/SIGNATURE_SPEC.md`).

mod blob;
mod manifest;
mod payload;
mod signer;

pub use blob::BlobVerifier;
pub use manifest::{Signatures, referrer};
pub use payload::{PayloadError, SimpleSigningPayload};
pub use signer::{Cosign, verify};

/// The media type of a payload.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The artifact type of a signature that is a referrer.
pub const ARTIFACT: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
/// The annotation that holds a signature, in base64.
pub const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// What the tag that holds the signatures of a digest ends with.
pub const SUFFIX: &str = ".sig";
