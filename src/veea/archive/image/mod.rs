//! Signed image archives.
//!
//! What `docker save` wrote of one image, entry by entry in its order, and one
//! entry more at the end: `signature.cms`, a CMS `SignedData` in DER around a
//! statement, which names each of the others with its digest. Docker, podman
//! and skopeo do not look at it, so the archive can be loaded as before.
//!
//! The entries keep their names and content. What their headers say of owners,
//! modes and times is made the same for all, so that an image that is saved
//! twice is the same archive.
//!
//! The statement is JSON as the metadata are:
//!
//! ```json
//! {
//!   "schema": "castoff.veea.image",
//!   "schema_version": 1,
//!   "reference": "vh_dbus-arm32v7:1.0.1",
//!   "architecture": "arm32v7",
//!   "persistent_uuid": "00000033-A180-4F25-B6F9-F9439C533890",
//!   "config": "sha256:…",
//!   "entries": [
//!     { "name": "manifest.json", "type": "file", "digest": "sha256:…", "size": 213 },
//!     { "name": "blobs", "type": "folder" },
//!     { "name": "a/layer.tar", "type": "symlink", "target": "../b/layer.tar" }
//!   ]
//! }
//! ```

mod check;
mod entries;
mod saved;
mod sign;
mod statement;

pub(super) use check::verify_stream;
pub use check::{Checked, verify};
pub use sign::{SignedOutputs, sign};

use super::Part;
use crate::{
    model::Digest,
    veea::recipe::{PersistentUuid, VeeaArch},
};

/// The entry that vouches for the others.
pub const SIGNATURE: &str = "signature.cms";
/// The largest of it, in bytes.
const SIGNATURE_LIMIT: u64 = 8 << 20;
/// The label of an image's identity.
pub const UUID_LABEL: &str = "com.veea.image.persistent_uuid";

/// What an image must be to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedImage {
    /// Its name, `<app>-<arch>:<ver>`.
    pub reference: String,
    /// What it runs on.
    pub architecture: VeeaArch,
    /// Its identity.
    pub persistent_uuid: PersistentUuid,
    /// The labels that it must have, each with its value.
    pub labels: Vec<(String, String)>,
}

/// An image archive that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// It, as it lies in a release archive: gzipped.
    pub archive: Part,
    /// The signed tar in it.
    pub tar: Part,
    /// The digest of the image's configuration, its id.
    pub config: Digest,
}
