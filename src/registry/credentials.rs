//! Who castoff is at a registry.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};

use crate::model::Failure;

/// What stands for the user where the password is an identity token.
const TOKEN: &str = "<token>";

/// What proves who castoff is. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A user and a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// A token that a token service gave at login.
    IdentityToken(SecretString),
}

/// Where credentials come from. Asked when a registry wants one, and again
/// when it accepts that one no longer.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The credential for `host`, of several that for most of the path of
    /// `repository`; none where there is none.
    async fn find(
        &self,
        host: &str,
        repository: Option<&str>,
    ) -> Result<Option<Credential>, Failure>;
}

/// The credential for one host that was given for it; for others, those that
/// there are otherwise.
pub struct Given {
    /// The host.
    pub host: String,
    /// Its credential.
    pub credential: Credential,
    /// Those for other hosts.
    pub otherwise: Arc<dyn Credentials>,
}

/// No credentials for anybody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anonymous;

impl Credential {
    /// As Docker keeps it: an identity token has a user of its own.
    pub(super) fn of(user: &str, password: &SecretString) -> Self {
        // What `echo` adds, and what pads an entry of Docker's.
        let is_end = ['\n', '\r', '\0'];
        let user = user.trim_end_matches(is_end).to_owned();
        let password = SecretString::from(password.expose_secret().trim_end_matches(is_end));
        if user == TOKEN { Self::IdentityToken(password) } else { Self::Basic { user, password } }
    }
}

#[async_trait]
impl Credentials for Anonymous {
    async fn find(&self, _: &str, _: Option<&str>) -> Result<Option<Credential>, Failure> {
        Ok(None)
    }
}

#[async_trait]
impl Credentials for Given {
    async fn find(
        &self,
        host: &str,
        repository: Option<&str>,
    ) -> Result<Option<Credential>, Failure> {
        if host == self.host {
            return Ok(Some(self.credential.clone()));
        }
        self.otherwise.find(host, repository).await
    }
}
