//! Upload sessions.

use http::{
    HeaderName, Method,
    header::{LOCATION, RANGE},
};
use url::Url;

use super::{client::Client, scope::Scopes};
use crate::{
    model::{Failure, FailureKind, Repository},
    net::{self, Answer, Request},
};

/// What is said of a registry with sessions that do not grow.
pub(super) const KEEPS_NOTHING: &str = "the registry discards what it receives";

const MIN_LENGTH: HeaderName = HeaderName::from_static("oci-chunk-min-length");

/// An open upload. Its URL is a secret.
pub(super) struct Session {
    pub(super) url: Url,
    /// How many bytes the registry has.
    pub(super) at: u64,
    pub(super) min_length: u64,
    /// Whether some of the bytes were sent before.
    pub(super) resumed: bool,
    /// Whether some of the bytes are taken to be there although the registry
    /// did not say so.
    pub(super) unconfirmed: bool,
}

/// Where an upload goes on: `location`, which may be relative to `request`,
/// if it is at the registry itself. None where it leads elsewhere.
///
/// A registry behind a proxy that ends TLS may call itself `http`; it is
/// spoken to as it was before.
#[must_use]
pub fn session_url(registry: &Url, request: &Url, location: &str) -> Option<Url> {
    let mut url = request.join(location).ok()?;
    let says_http = url.scheme() == "http" && registry.scheme() == "https";
    let same_port = url.port().is_none() || url.port() == registry.port_or_known_default();
    if says_http && same_port && url.host() == registry.host() {
        let port = url.port().or(registry.port());
        url.set_scheme("https").ok()?;
        url.set_port(port).ok()?;
    }
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && net::same_origin(&url, registry)).then_some(url)
}

impl Session {
    /// The session that the registry just opened.
    pub(super) async fn opened(client: &Client, answer: Answer) -> Result<Self, Failure> {
        let min_length = answer.header(&MIN_LENGTH).and_then(|it| it.parse().ok()).unwrap_or(0);
        match client.location(&answer).await {
            Some(url) => {
                let (at, resumed, unconfirmed) = (0, false, false);
                Ok(Self { url, at, min_length, resumed, unconfirmed })
            }
            None => Err(answer.fault(
                FailureKind::Protocol,
                "the registry opens an upload without a URL on its own host",
            )),
        }
    }
}

impl Client {
    /// Where an upload goes on after `answer`.
    pub(super) async fn location(&self, answer: &Answer) -> Option<Url> {
        session_url(self.base().await.ok()?, &answer.url, answer.header(&LOCATION)?)
    }

    /// A request of a session, which hides its URL.
    pub(super) async fn session_request(
        &self,
        repository: &Repository,
        method: Method,
        url: Url,
    ) -> Result<Request, Failure> {
        let shown = self.url(repository, "blobs/uploads/…").await?;
        let shown = shown.as_str().replace("%E2%80%A6", "…");
        Ok(Request::new(method, url).shown_as(shown))
    }

    /// Gives an upload up. Many registries do not let one, which costs them
    /// some space for some time.
    pub(super) async fn abandon(&self, repository: &Repository, session: &Session) {
        let request = self.session_request(repository, Method::DELETE, session.url.clone()).await;
        if let Ok(request) = request {
            let _ = self.send(request, &Scopes::push(repository)).await;
        }
    }
}

/// How many bytes the registry has, by its `Range: 0-LAST`. It says `0-0` of
/// one byte and of none, so that one counts as none.
pub(super) fn held(answer: &Answer) -> Option<u64> {
    let range = answer.header(&RANGE)?;
    let range = range.strip_prefix("bytes=").unwrap_or(range);
    let last: u64 = range.strip_prefix("0-")?.parse().ok()?;
    if last == 0 { Some(0) } else { last.checked_add(1) }
}
