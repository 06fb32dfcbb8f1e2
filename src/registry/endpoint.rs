//! The door of a registry: where it is, and what it asks for there.

use http::{Method, StatusCode};
use url::Url;

use super::{address::address, challenge::Challenge, client::RegistryClient};
use crate::{
    model::{Failure, FailureKind},
    net::{self, ClientOptions, HttpAnswer, OutgoingRequest},
};

impl RegistryClient {
    /// The registry's origin. Plain HTTP is spoken where HTTPS is not
    /// answered, and only on this machine where no certificates are given for it, or if
    /// insecure.
    pub(super) async fn base(&self) -> Result<&Url, Failure> {
        self.base.get_or_try_init(|| self.find_base()).await
    }

    async fn find_base(&self) -> Result<Url, Failure> {
        let name = if self.host == "docker.io" { "registry-1.docker.io" } else { &self.host };
        let safe = address("https", name)?;
        // Certificates that are kept for a host say that it speaks TLS.
        let ClientOptions { ca, authorities, identity, .. } = &self.options;
        let is_known = ca.is_some() || !authorities.is_empty() || identity.is_some();
        let may_be_plain = self.options.insecure || (net::is_local(&safe) && !is_known);
        if !may_be_plain {
            return Ok(safe);
        }
        match self.http.try_once(OutgoingRequest::new(Method::GET, joined(&safe, "/v2/"))).await {
            Ok(answer) => {
                self.hear(&answer, &safe);
                return Ok(safe);
            }
            // It speaks TLS, and its certificate is the matter.
            Err(failure) if failure.kind == FailureKind::Protocol => return Ok(safe),
            Err(_) => {}
        }
        let plain = address("http", name)?;
        let answer =
            self.http.try_once(OutgoingRequest::new(Method::GET, joined(&plain, "/v2/"))).await?;
        self.hear(&answer, &plain);
        Ok(plain)
    }

    /// What the registry asks for at its door. It is asked before anything
    /// else: some hide from the anonymous what they have, and challenge only
    /// there.
    pub(super) async fn asks(&self, base: &Url) -> Result<Option<&Challenge>, Failure> {
        let ask = async || {
            let answer =
                self.http.send(OutgoingRequest::new(Method::GET, joined(base, "/v2/"))).await?;
            if net::kind_of(answer.status).is_transient() {
                return Err(self.refused(answer).await.failure);
            }
            Ok(challenge_of(&answer, base))
        };
        Ok(self.asks.get_or_try_init(ask).await?.as_ref())
    }

    /// Notes what the door said, unless it is to be asked again.
    fn hear(&self, answer: &HttpAnswer, base: &Url) {
        if !net::kind_of(answer.status).is_transient() {
            // Nothing else sets it before the base is known.
            let _ = self.asks.set(challenge_of(answer, base));
        }
    }
}

/// What a 401 of the registry itself asks for.
fn challenge_of(answer: &HttpAnswer, base: &Url) -> Option<Challenge> {
    let is_its_own = net::same_origin(&answer.url, base);
    let asks = answer.status == StatusCode::UNAUTHORIZED && is_its_own;
    asks.then(|| Challenge::from_headers(&answer.headers)).flatten()
}

fn joined(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url
}
