//! `OpenPGP` signatures of files (RFC 4880, RFC 9580), apart from them and in
//! ASCII armour.
//!
//! What a key may do, and until when, is read from its own signatures, each of
//! which is checked; what others say of a key counts for nothing.

mod signer;
mod standing;
mod verify;

pub use signer::OpenPgp;
pub use verify::OpenPgpVerifier;

use super::KeyError;

/// Of what cannot be read nothing is told: the reader's errors quote it, and it
/// may be a private key.
fn damaged(_: &pgp::errors::Error) -> KeyError {
    KeyError::Damaged("it is not OpenPGP data that castoff can read".to_owned())
}
