//! Signatures, made and checked: what each format says, byte by byte.
//!
//! The keys are opened here, and only here; passphrases are handed in. Nothing
//! of a key or a passphrase is in an error.

pub mod cms;
pub mod cosign;
pub mod file;
mod key;
pub mod minisign;
pub mod notary;
pub mod openpgp;
pub mod sums;

pub use key::{
    HashFunction, HashState, KeyError, KeyKind, PrivateKey, PublicKey, SignatureForm, read_key,
};
