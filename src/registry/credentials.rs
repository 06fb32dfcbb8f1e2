//! castoff's login at a registry.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};

use crate::model::Failure;

/// What stands for the user where the password is an identity token.
const TOKEN: &str = "<token>";

/// What proves castoff's identity. Its `Debug` shows no secret.
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
    /// A token that the registry itself takes as it is.
    RegistryToken(SecretString),
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

/// No credentials at all.
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

    /// Whether both say and prove the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let parts = |of: &Self| match of {
            Self::Basic { user, password } => (Some(user.clone()), password.clone()),
            Self::IdentityToken(token) | Self::RegistryToken(token) => (None, token.clone()),
        };
        let ((user, secret), (others, of_other)) = (parts(self), parts(other));
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && user == others
            && secret.expose_secret() == of_other.expose_secret()
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
