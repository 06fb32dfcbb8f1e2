//! The stores that a system has for secrets.
//!
//! The system's own (the Secret Service, macOS's Keychain, Windows's
//! Credential Manager) comes first; on Linux, where there is none, the kernel's
//! keyring, which forgets when the machine starts anew. All of this blocks.

use std::{collections::HashMap, sync::Arc};

use keyring_core::{CredentialStore, Entry, Error};
use secrecy::{ExposeSecret, zeroize::Zeroize};

use super::Secret;
use crate::model::{Failure, FailureKind, Side};

/// What castoff calls itself in a keyring.
pub const SERVICE: &str = "castoff";
/// What the throw-away entry belongs to that a store is tried with.
const PROBE: &str = "castoff-probe";

/// Which store is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// The system's own; where there is none, the kernel's.
    #[default]
    Auto,
    /// The system's own.
    System,
    /// The kernel's.
    Kernel,
}

/// Where secrets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringKind {
    /// In the system's own store.
    System,
    /// In the kernel's, until the machine starts anew.
    Kernel,
}

/// A word that names no store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write auto, system or kernel")]
pub struct ParseWhichError;

/// An opened store.
pub(super) struct SecretStore {
    pub(super) kind: KeyringKind,
    inner: Arc<CredentialStore>,
}

impl KeyringKind {
    /// What it is called, and how long it keeps what it is given.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "the system's keyring",
            Self::Kernel => "the kernel's keyring, until the machine restarts",
        }
    }
}

impl std::str::FromStr for Which {
    type Err = ParseWhichError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" | "" => Ok(Self::Auto),
            "system" => Ok(Self::System),
            "kernel" => Ok(Self::Kernel),
            _ => Err(ParseWhichError),
        }
    }
}

impl Which {
    /// Opens the store. The kernel's is tried, since it often can be opened
    /// and not be used.
    /// `anew` forgets a connection from before: its service may have ended.
    pub(super) fn open(self, anew: bool) -> Result<SecretStore, Failure> {
        match self {
            Self::System => system(anew),
            Self::Kernel => kernel(),
            Self::Auto => system(anew).or_else(|absent| kernel().map_err(|_| absent)),
        }
    }
}

/// `keyring` opens the store once and for all, and is used again as long as
/// that went well.
fn system(anew: bool) -> Result<SecretStore, Failure> {
    // A thread that hangs in there would be waited for.
    let known = if anew { None } else { known() };
    let inner = match known {
        Some(inner) => inner,
        None => reopened().map_err(|error| absent(&error))?,
    };
    Ok(SecretStore { kind: KeyringKind::System, inner })
}

fn known() -> Option<Arc<CredentialStore>> {
    keyring::Entry::store_status().as_ref().ok()?;
    keyring_core::get_default_store()
}

#[cfg(target_os = "linux")]
fn reopened() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    keyring_core::set_default_store(Arc::clone(&store));
    Ok(store)
}

/// Elsewhere there is no connection that could break.
#[cfg(not(target_os = "linux"))]
fn reopened() -> keyring_core::Result<Arc<CredentialStore>> {
    known().ok_or(Error::NoDefaultStore)
}

#[cfg(target_os = "linux")]
fn kernel() -> Result<SecretStore, Failure> {
    let inner = linux_keyutils_keyring_store::Store::new().map_err(|error| absent(&error))?;
    let store = SecretStore { kind: KeyringKind::Kernel, inner };
    store.probe().map_err(|failure| {
        let what = "the kernel's keyring cannot be used in this session";
        failure.context(what).hint("start a session that has one with keyctl session")
    })?;
    Ok(store)
}

#[cfg(not(target_os = "linux"))]
fn kernel() -> Result<SecretStore, Failure> {
    Err(Failure::new(FailureKind::NotFound, Side::Local, "only Linux has a kernel keyring"))
}

impl SecretStore {
    /// Writes, reads and removes an entry, since a store that can be opened
    /// may still be locked.
    pub(super) fn probe(&self) -> Result<(), Failure> {
        // The kernel may take an entry and then refuse to remove it, so there
        // it is always the same; elsewhere it is castoff's alone.
        let id = std::process::id().to_string();
        let is_kernel = self.kind == KeyringKind::Kernel;
        let name = if is_kernel { "probe" } else { &id };
        let entry = self.inner.build(PROBE, name, None).map_err(failure)?;
        entry.set_secret(name.as_bytes()).map_err(failure)?;
        let read = entry.get_secret();
        let removed = entry.delete_credential();
        match (read, removed) {
            // Another castoff, with the same entry, was faster.
            (Err(Error::NoEntry), _) | (_, Err(Error::NoEntry)) if is_kernel => Ok(()),
            (Ok(read), Ok(())) if read == name.as_bytes() => Ok(()),
            (Ok(_), Ok(())) => Err(broken()),
            (Err(error), _) | (_, Err(error)) => Err(failure(error)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<Secret>, Failure> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => text(bytes).map(Some),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failure(error)),
        }
    }

    pub(super) fn set(&self, name: &str, secret: &Secret) -> Result<(), Failure> {
        let bytes = secret.expose_secret().as_bytes();
        self.entry(name)?.set_secret(bytes).map_err(failure)?;
        let read = self.get(name)?;
        let is_same = read.is_some_and(|read| read.expose_secret().as_bytes() == bytes);
        if is_same { Ok(()) } else { Err(broken()) }
    }

    /// Whether there was something to be removed.
    pub(super) fn remove(&self, name: &str) -> Result<bool, Failure> {
        match self.entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(failure(error)),
        }
    }

    /// The names of all that castoff keeps here; none where the store cannot
    /// tell.
    pub(super) fn names(&self) -> Result<Option<Vec<String>>, Failure> {
        match self.inner.search(&HashMap::from([("service", SERVICE)])) {
            Ok(entries) => {
                let found = entries.iter().filter_map(Entry::get_specifiers);
                Ok(Some(found.map(|(_, name)| name).collect()))
            }
            Err(Error::NotSupportedByStore(_) | Error::Invalid(..)) => Ok(None),
            Err(error) => Err(failure(error)),
        }
    }

    fn entry(&self, name: &str) -> Result<Entry, Failure> {
        self.inner.build(SERVICE, name, None).map_err(failure)
    }
}

fn text(bytes: Vec<u8>) -> Result<Secret, Failure> {
    String::from_utf8(bytes).map(Secret::from).map_err(|error| {
        error.into_bytes().zeroize();
        Failure::new(FailureKind::Invalid, Side::Local, "the keyring's entry is not text")
    })
}

fn absent(error: &Error) -> Failure {
    Failure::from_error(FailureKind::NotFound, Side::Local, error)
        .context("there is no keyring")
        .hint(
            "start one, such as gnome-keyring-daemon in a session with D-Bus, or use another \
             source: an environment variable or a command",
        )
}

fn broken() -> Failure {
    Failure::new(FailureKind::Storage, Side::Local, "the keyring does not return the stored value")
}

/// Some errors hold what was read, so only their own text is taken, and none
/// of their `Debug`.
fn failure(error: Error) -> Failure {
    match error {
        Error::NoStorageAccess(_) => {
            Failure::from_error(FailureKind::Forbidden, Side::Local, &error)
                .context("the keyring is locked")
                .hint("unlock it (logging in to the desktop does that), and try again")
        }
        Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            Failure::new(FailureKind::Invalid, Side::Local, "the keyring's entry is not text")
        }
        Error::Ambiguous(_) => {
            let what = "the keyring has several entries with this name";
            Failure::new(FailureKind::Invalid, Side::Local, what)
                .hint("remove all but one, such as with seahorse or secret-tool")
        }
        error => Failure::from_error(FailureKind::Storage, Side::Local, &error)
            .context("the keyring failed"),
    }
}
