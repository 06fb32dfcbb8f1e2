//! A server that is no registry, and asks for a login as registries do.

use std::sync::Arc;

use url::Url;

use super::{Credentials, Scopes, auth::Auth};
use crate::{
    model::Failure,
    net::{Answer, Http, Options, Patience, Request},
};

/// A server beside a registry, such as one that vouches for what is there.
pub struct Beside {
    http: Http,
    base: Url,
    auth: Auth,
}

impl Beside {
    /// The server at `base`, with the login that castoff has at `host`.
    ///
    /// # Errors
    ///
    /// Fails where the options cannot be used.
    pub fn new(
        base: Url,
        options: &Options,
        host: &str,
        credentials: Arc<dyn Credentials>,
    ) -> Result<Self, Failure> {
        let auth = Auth::new(host.to_owned(), credentials);
        Ok(Self { http: Http::new(options)?, base, auth })
    }

    /// Where it is.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Whether there is a credential for it, as far as was looked.
    #[must_use]
    pub fn has_credential(&self) -> bool {
        self.auth.has_credential()
    }

    /// How much patience castoff has with it.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.http.patience()
    }

    /// Sends a request with the permissions `scopes`. Any status is an answer.
    ///
    /// # Errors
    ///
    /// Fails where no answer came, or no token could be had.
    pub async fn send(&self, request: Request, scopes: &Scopes) -> Result<Answer, Failure> {
        self.auth.send(&self.http, &self.base, None, request, scopes).await
    }
}
