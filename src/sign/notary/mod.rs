//! Docker Content Trust: what tags mean, signed at a notary server.
//!
//! A server keeps metadata of The Update Framework for each name, which is
//! called a GUN: `root` lists the keys of the roles, `targets` and roles
//! below it say which manifest each tag names, `snapshot` lists all of that,
//! and `timestamp` says which snapshot is the newest. Everything is read anew
//! and checked before anything is signed, and read again after it was
//! published: servers accept what they cannot serve.
//!
//! Keys and what was seen lie in Docker's trust folder, in its forms, so that
//! `docker trust` and `notary` go on where castoff ends, and the other way
//! round. No key is ever changed for another one.

mod canonical;
mod certificate;
mod chain;
mod choice;
mod edit;
mod envelope;
mod gun;
mod key_folder;
mod keyring;
mod metadata;
mod pin_file;
mod pins;
mod publication;
mod refusals;
mod remote;
mod repository;
mod server;
mod signer;
mod tuf_key;

pub use canonical::canonical;
pub use certificate::certificate;
pub use edit::{
    Meanings, RootKeys, first_root, first_targets, with_meanings, with_metadata, with_targets,
};
pub use envelope::{Envelope, Signers};
pub use gun::Gun;
pub use key_folder::KeyFolder;
pub use keyring::{Guard, Lack};
pub use metadata::{
    Delegation, Delegations, Document, FileMeta, Head, Listing, Metadata, RoleKeys, Root, Targets,
};
pub use pins::Pins;
pub use remote::Remote;
pub use repository::{RELEASES, Repository, TARGETS};
pub use server::Server;
pub use signer::{Notary, Settings};
pub use tuf_key::{Bearer, TufKey};

/// The largest metadata that is read, in bytes.
pub const METADATA_LIMIT: u64 = 5 << 20;
