//! What builds images.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use secrecy::SecretString;

use super::registry_access::Reach;
use crate::{
    archive::Caps, model::SecretSource, net::Network, recipe::Readers, registry::Credentials,
    store::Store,
};

/// Secrets that were found before a run, by where they come from.
pub type OpenSecrets = Arc<Mutex<HashMap<Vec<SecretSource>, SecretString>>>;

/// Builds images.
#[derive(Clone)]
pub struct Builds {
    /// Where they are put.
    pub store: Arc<Store>,
    /// What reads recipes.
    pub readers: Readers,
    /// Bounds for what an engine saves.
    pub caps: Caps,
    /// How the registries are reached that a build takes from.
    pub reach: Arc<dyn Reach>,
    /// castoff's logins at the registries that a build pulls from.
    pub logins: Arc<dyn Credentials>,
    /// What steps may mount.
    pub secrets: OpenSecrets,
    /// How what is fetched is reached, what tells the time, and what is passed on
    /// to builds.
    pub network: Network,
    /// `SOURCE_DATE_EPOCH`, in seconds since the Unix epoch.
    pub epoch: Option<u64>,
    /// How long a build may say nothing.
    pub idle: Duration,
}
