//! Tokens, and the users that they are for.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use crate::model::{Failure, FailureKind, Side};

/// How long before its end a token is renewed: a request takes its time.
pub(super) const EARLY: Duration = Duration::from_secs(15);

/// How long a token is good for where its service does not say.
pub(super) const USUAL_LIFE: Duration = Duration::from_mins(1);

/// The user, and where they log in.
pub struct Settings {
    /// The service: for Keycloak, `https://HOST/realms/REALM`.
    pub issuer: Url,
    /// What castoff is called there.
    pub client: String,
    /// What proves that; none: the client is public.
    pub client_secret: Option<SecretString>,
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: SecretString,
    /// How long an answer may take.
    pub patience: Duration,
}

/// What proves a user's identity, for a while.
#[derive(Clone)]
pub struct Bearer(pub(super) SecretString);

/// The tokens of one login.
pub(crate) struct Tokens {
    pub(super) access: Bearer,
    /// When it is renewed at the latest.
    pub(super) until: Instant,
    pub(super) refresh: Option<SecretString>,
}

impl Bearer {
    /// The value of `Authorization` (RFC 6750, section 2.1).
    ///
    /// # Errors
    ///
    /// Fails where the token has letters that no header may have.
    pub fn header(&self) -> Result<http::HeaderValue, Failure> {
        let text = format!("Bearer {}", self.0.expose_secret());
        let mut value = http::HeaderValue::from_str(&text).map_err(|_| {
            Failure::new(FailureKind::Protocol, Side::Sink, "the token has an invalid format")
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}
