//! Signatures, made and checked: what each format says, byte by byte.
//!
//! The keys are opened here, and only here; passphrases are handed in. Nothing
//! of a key or a passphrase is in an error.

pub mod cosign;
mod key;
pub mod notary;

pub use key::{Form, KeyError, KeyKind, PrivateKey, PublicKey, read_key};
