//! Keys, private and public, of every kind that the formats use.

mod form;
mod hash;
mod private;
mod public;
mod sealed;

use std::io;

pub use form::Form;
pub use hash::{Hash, Hashing};
pub use private::PrivateKey;
pub use public::{KeyKind, PublicKey};

use crate::model::{Failure, FailureKind, Side, Unopened};

/// The largest key file that is read, in bytes.
const KEY_LIMIT: u64 = 256 << 10;

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The passphrase does not open it.
    #[error("the passphrase is wrong")]
    Passphrase,
    /// It is encrypted, and there is no passphrase.
    #[error("it needs a passphrase")]
    NoPassphrase,
    /// It is of a form or a kind that is not known here.
    #[error("a key of an unknown kind: {0}")]
    Unknown(String),
    /// It cannot be read.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It is good, and signs nothing: it is revoked, say.
    #[error("it cannot sign: {0}")]
    Unusable(String),
    /// It could be made, or sign, but the system has no randomness.
    #[error("the system refused to sign with it")]
    Refused,
}

impl KeyError {
    /// The same, for the key at `place`.
    #[must_use]
    pub fn at(&self, place: impl std::fmt::Display) -> Failure {
        let failure = Failure::from_error(FailureKind::Invalid, Side::Local, self).context(place);
        match self {
            Self::Unknown(_) => failure.hint(
                "castoff reads keys made by cosign, and PKCS#8 (openssl pkcs8 -topk8) on P-256, \
                 P-384, Ed25519 or RSA",
            ),
            _ => failure,
        }
    }

    /// The same, where a passphrase was tried: another one may be right.
    #[must_use]
    pub fn unopened(&self, place: impl std::fmt::Display) -> Unopened {
        match self {
            Self::Passphrase => Unopened::Wrong(self.at(place)),
            _ => Unopened::Other(self.at(place)),
        }
    }
}

/// Reads a key file, which is small.
///
/// # Errors
///
/// Fails where it cannot be read, or is too large to be a key.
pub fn read_key(path: &std::path::Path) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
    use io::Read;
    let failed = |error: io::Error| Failure::from_io(Side::Local, path.display(), &error);
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    file.take(KEY_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > KEY_LIMIT {
        let why = format!("it is not a key: it has more than {KEY_LIMIT} bytes");
        return Err(Failure::new(FailureKind::Invalid, Side::Local, why).context(path.display()));
    }
    Ok(bytes)
}
