//! How registries are reached that a build takes from.

use std::sync::Arc;

use crate::{
    model::Failure,
    net::Http,
    registry::{Credentials, RegistryClient},
};

/// How registries are reached that a build takes from.
pub trait Reach: Send + Sync {
    /// A client of the registry at `host`, which asks again what fails if it
    /// `is_patient`.
    ///
    /// # Errors
    ///
    /// Fails where `host` is no host, or what is set for it cannot be used.
    fn client(
        &self,
        host: &str,
        logins: Arc<dyn Credentials>,
        is_patient: bool,
    ) -> Result<RegistryClient, Failure>;

    /// A client of whatever else a build takes from, which asks once; in plain
    /// text too if it `is_plain`.
    ///
    /// # Errors
    ///
    /// Fails where this machine's certificates cannot be read.
    fn web(&self, is_plain: bool) -> Result<Http, Failure>;
}
