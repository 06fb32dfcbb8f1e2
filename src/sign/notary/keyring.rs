//! The private keys that were opened, and passphrases for those that will be
//! made.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{Gun, KeyFolder, TufKey};
use crate::{
    model::{Failure, Unopened},
    sign::{Form, KeyError, PrivateKey, read_key},
};

/// Which of the two passphrases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guard {
    /// That of the root key.
    Root,
    /// That of all others.
    Repository,
}

/// Something without which nothing can be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A key that lies in a file, and must be opened.
    Key {
        /// The file.
        path: PathBuf,
        /// What its passphrase is.
        guard: Guard,
    },
    /// The passphrase for a key that will be made.
    Passphrase {
        /// Which one.
        guard: Guard,
    },
}

/// What was opened.
#[derive(Default)]
pub(super) struct Keyring {
    opened: Mutex<HashMap<String, Arc<PrivateKey>>>,
    /// The ids of keys by their files.
    files: Mutex<HashMap<PathBuf, String>>,
    passphrases: Mutex<HashMap<Guard, SecretString>>,
    /// Held while it is found out whether a key must be made.
    making: Mutex<()>,
}

impl Keyring {
    /// Opens a key file, and returns the key's id.
    pub(super) fn open(
        &self,
        path: &Path,
        passphrase: Option<&SecretString>,
    ) -> Result<(), Unopened> {
        let text = read_key(path).map_err(Unopened::Other)?;
        let passphrase = passphrase.map(|it| it.expose_secret().as_bytes());
        let failed = |error: KeyError| error.unopened(path.display());
        let key = PrivateKey::open(&text, passphrase, Form::Fixed).map_err(failed)?;
        let id = TufKey::of(key.public()).map_err(failed)?.id();
        locked(&self.files).insert(path.to_owned(), id.clone());
        locked(&self.opened).insert(id, Arc::new(key));
        Ok(())
    }

    /// Keeps other processes from making a key until it is dropped, so that there is one
    /// root key whatever is signed at once.
    pub(super) fn making(&self) -> MutexGuard<'_, ()> {
        locked(&self.making)
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<PrivateKey>> {
        locked(&self.opened).get(id).cloned()
    }

    /// The id of the key in a file that was opened.
    pub(super) fn id_in(&self, path: &Path) -> Option<String> {
        locked(&self.files).get(path).cloned()
    }

    pub(super) fn set_passphrase(&self, guard: Guard, passphrase: SecretString) {
        locked(&self.passphrases).insert(guard, passphrase);
    }

    pub(super) fn passphrase(&self, guard: Guard) -> Option<SecretString> {
        locked(&self.passphrases).get(&guard).cloned()
    }

    /// Makes a key, and keeps it in `folder`.
    pub(super) fn make(
        &self,
        folder: &KeyFolder,
        role: &str,
        gun: Option<&Gun>,
        passphrase: &SecretString,
    ) -> Result<Arc<PrivateKey>, Failure> {
        let failed = |error: KeyError| error.at(format!("a new key for `{role}`"));
        let der: Zeroizing<Vec<u8>> = PrivateKey::generate().map_err(failed)?;
        let key = PrivateKey::from_pkcs8(&der, Form::Fixed).map_err(failed)?;
        let id = TufKey::of(key.public()).map_err(failed)?.id();
        let path = folder.keep(&id, role, gun, &der, passphrase.expose_secret().as_bytes())?;
        tracing::info!("created the key {} of `{role}`", path.display());
        let key = Arc::new(key);
        locked(&self.files).insert(path, id.clone());
        locked(&self.opened).insert(id, Arc::clone(&key));
        Ok(key)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
