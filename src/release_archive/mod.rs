//! Release archives of `VeeaHub` images and applications, and what vouches for
//! them.
//!
//! # An image
//!
//! `<app>-<arch>-release-<ver>.tgz` is a gzipped tar with nine entries, in this
//! order; `P` is the image's [`PersistentUuid`](crate::model::PersistentUuid):
//!
//! ```text
//! containers/
//! containers/config/
//! containers/config/00000000-BA5E-5EED-C0DE-000000000003/
//! containers/config/00000000-BA5E-5EED-C0DE-000000000003/services/
//! containers/config/00000000-BA5E-5EED-C0DE-000000000003/services/P.conf
//! containers/images/
//! containers/images/A.tgz
//! containers/metadata/
//! containers/metadata/B.cms
//! ```
//!
//! `P.conf` is the swarm service file. `A.tgz` is the signed image archive, what
//! `docker save` writes with its seal as one entry more, gzipped ([`image`]).
//! `B.cms` is a CMS `SignedData` in DER with the metadata within
//! ([`Metadata`]), which name the others by their digests, so that it vouches
//! for all.
//!
//! `A` and `B` look like random UUIDs (version 4), as the hub expects them, and
//! are made of the SHA-256 of `A.tgz` and of the metadata: two machines that
//! release the same make the same archive, and a part that is taken for
//! another's is found by its name alone.
//!
//! # An application
//!
//! `<App>-<ver>.tgz` joins the archives of images: the union of their entries,
//! each with `./` before it and each folder's in order. An image has one `.conf`
//! for all its architectures, and for each an archive and metadata of its own,
//! which keep their UUIDs.
//!
//! # Bytes
//!
//! Every entry belongs to root, is dated as the metadata say (an application:
//! as its newest), and may be read by all. What compresses is named in the
//! metadata: where it is the one that this castoff has, an archive must be what
//! it makes of its content, down to the last bit.
//!
//! # Reading
//!
//! An archive is read once, piece by piece, whatever its size. Each thing that
//! is wrong is told with the name of the part that it is wrong with.

mod canonical;
mod fresh;
mod hashed;
pub mod image;
mod join;
mod layout;
mod metadata;
mod read;
mod tape;
mod verify;
mod write;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use fresh::Fresh;
pub use join::{Member, join};
pub use layout::{SYSTEM, archive_name, conf_path, image_path, metadata_path, reference};
pub use metadata::{About, ImagePart, METADATA_LIMIT, Metadata, ServicePart};
pub use verify::{Kind, Verified, VerifiedImage, verify};
pub use write::{Parts, write};

use crate::{
    model::{Digest, Failure, FailureKind, Side, bytes},
    sign::cms::Trust,
};

/// A file, by its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The SHA-256 of all its bytes.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

impl Part {
    /// Fails unless a file that was written as this has the digest `found`; none
    /// where it is gone.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Integrity`] where it is anything else.
    pub fn expect(&self, found: Option<&Digest>) -> Result<(), Failure> {
        if found == Some(&self.digest) {
            return Ok(());
        }
        let what = format!("it differs from the {} that were written", bytes(self.size));
        Err(Failure::new(FailureKind::Integrity, Side::Local, what))
    }
}

/// What an archive must fulfil besides being whole.
#[derive(Clone, Copy)]
pub struct Policy<'a> {
    /// The seals that are accepted; none: only unsigned archives can be right.
    pub trust: Option<&'a Trust>,
    /// Whether what is not authorised for a partner, or not sealed, is taken.
    pub unauthorised: bool,
    /// The time that certificates must be valid at.
    pub now: Timestamp,
}

/// Something that is not what it should be.
fn wrong(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Integrity, Side::Source, what)
}

/// What was given cannot be used.
fn invalid(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what)
}

/// What lies in an archive and is damaged is as wrong as what is changed.
fn damaged(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Invalid => Failure { kind: FailureKind::Integrity, ..failure },
        _ => failure,
    }
}
