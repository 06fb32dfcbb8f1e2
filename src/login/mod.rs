//! Logging in where programs get tokens: `OpenID` Connect, as Keycloak speaks it.
//!
//! The service is found by its issuer (`OpenID` Connect Discovery 1.0, section
//! 4), and gives tokens for a user's name and password (RFC 6749, section 4.3,
//! which Keycloak calls direct access grants). The user must not be asked in
//! the middle of a run, so there is no browser in this.
//!
//! A token is renewed before it expires (RFC 6749, section 6), and once when
//! a server does not take it. Where the service does not renew it any more, the
//! password is sent again. Tokens and passwords are in memory alone, have no
//! `Debug`, and are in no error.

mod discovery;
mod grant;
mod refusal;
mod tokens;

pub(crate) use tokens::Tokens;
pub use tokens::{Bearer, Settings};

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use url::Url;

use self::grant::Client;
use crate::{
    model::{Failure, FailureKind, Side},
    net::{self, Http},
};

/// A user that is logged in.
pub struct Login {
    http: Arc<Http>,
    client: Client,
    settings: Settings,
    tokens: Mutex<Tokens>,
}

impl Login {
    /// Finds the service and logs in.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Unauthorized`] where the service does not take
    /// the name and the password, as [`FailureKind::Forbidden`] where the
    /// account or the client may not log in, as [`FailureKind::Timeout`] where
    /// it does not answer in time, and where it is no such service.
    pub async fn begin(http: Arc<Http>, settings: Settings) -> Result<Self, Failure> {
        let patience = settings.patience;
        let found = bounded(&settings.issuer, patience, async {
            let endpoint = discovery::token_endpoint(&http, &settings.issuer).await?;
            let client = Client::new(&settings, endpoint);
            let tokens = client.log_in(&http, &settings).await?;
            Ok((client, tokens))
        });
        let (client, tokens) = found.await?;
        Ok(Self { http, client, settings, tokens: Mutex::new(tokens) })
    }

    /// A token that is good for now.
    ///
    /// # Errors
    ///
    /// Fails where it had to be renewed and was not.
    pub async fn bearer(&self) -> Result<Bearer, Failure> {
        let mut tokens = self.tokens.lock().await;
        if tokens.until <= Instant::now() {
            self.renew(&mut tokens).await?;
        }
        Ok(tokens.access.clone())
    }

    /// Another token than one that was not taken.
    ///
    /// # Errors
    ///
    /// Fails where the service gives none.
    pub async fn instead_of(&self, refused: &Bearer) -> Result<Bearer, Failure> {
        let mut tokens = self.tokens.lock().await;
        // Another task may have renewed it meanwhile.
        if tokens.access.0.expose_secret() == refused.0.expose_secret() {
            self.renew(&mut tokens).await?;
        }
        Ok(tokens.access.clone())
    }

    async fn renew(&self, tokens: &mut Tokens) -> Result<(), Failure> {
        let Self { http, client, settings, .. } = self;
        *tokens = bounded(&settings.issuer, settings.patience, async {
            if let Some(refresh) = &tokens.refresh {
                match client.renew(http, refresh).await {
                    // It was good for a while, or this session was logged out.
                    Err(failure) if failure.kind == FailureKind::Unauthorized => {}
                    renewed => return renewed,
                }
            }
            client.log_in(http, settings).await
        })
        .await?;
        Ok(())
    }
}

/// What `work` gives, if it does so in time. Without this, a service that
/// answers letter by letter would be waited for without end.
async fn bounded<T>(
    issuer: &Url,
    patience: Duration,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    timeout(patience, work).await.unwrap_or_else(|_| {
        let what = format!("it did not answer within {} s", patience.as_secs());
        Err(Failure::new(FailureKind::Timeout, Side::Sink, what)
            .context(format!("the login service {}", net::redacted(issuer))))
    })
}
