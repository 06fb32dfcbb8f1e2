//! What builds images.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use secrecy::SecretString;

use super::reach::Reach;
use crate::{archive::Caps, model::SecretSource, registry::Credentials, store::Store};

/// Secrets that were found before a run, by where they come from.
pub type OpenSecrets = Arc<Mutex<HashMap<Vec<SecretSource>, SecretString>>>;

/// Builds images.
#[derive(Clone)]
pub struct Builds {
    /// Where they are put.
    pub store: Arc<Store>,
    /// Bounds for what an engine saves.
    pub caps: Caps,
    /// How the registries are reached that a build takes from.
    pub reach: Arc<dyn Reach>,
    /// castoff's logins at the registries that a build pulls from.
    pub logins: Arc<dyn Credentials>,
    /// What steps may mount.
    pub secrets: OpenSecrets,
    /// `SOURCE_DATE_EPOCH`, in seconds since the Unix epoch.
    pub epoch: Option<u64>,
    /// How long a build may say nothing.
    pub idle: Duration,
}
