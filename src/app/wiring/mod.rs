//! What a command works with, built: the store, the makers, the sinks, keys and
//! logins. It knows no verb.

pub(crate) mod abilities;
pub(crate) mod build_registries;
pub(crate) mod clock;
pub(crate) mod credentials;
mod entries;
pub(crate) mod file_signers;
pub(crate) mod keys;
pub(crate) mod notary;
pub(crate) mod patience;
pub(crate) mod places;
pub(crate) mod project;
pub(crate) mod publisher;
pub(crate) mod references;
pub(crate) mod sealers;
pub(crate) mod secret_names;
pub(crate) mod services;
pub(crate) mod signers;
pub(crate) mod sinks;
