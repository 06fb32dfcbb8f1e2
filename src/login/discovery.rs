//! Where a service gives tokens (`OpenID` Connect Discovery 1.0, section 4).

use http::{HeaderValue, Method, StatusCode, header::ACCEPT};
use serde::Deserialize;
use url::Url;

use crate::{
    model::{Failure, FailureKind, Side, escape, lenient},
    net::{self, Http, Request, TOKEN_LIMIT},
};

/// What a service says of itself, as far as castoff asks.
#[derive(Deserialize)]
struct Provider {
    issuer: String,
    token_endpoint: Url,
    #[serde(default, deserialize_with = "lenient::or_usual")]
    grant_types_supported: Option<Vec<String>>,
}

/// Where the service gives tokens.
pub(super) async fn token_endpoint(http: &Http, issuer: &Url) -> Result<Url, Failure> {
    let mut url = issuer.clone();
    let path = issuer.path().trim_end_matches('/');
    url.set_path(&format!("{path}/.well-known/openid-configuration"));
    let request = Request::new(Method::GET, url)
        .document(TOKEN_LIMIT)
        .header(ACCEPT, HeaderValue::from_static("application/json"));
    let answer = http.send(request).await?;
    if answer.status != StatusCode::OK {
        let failure = answer.refusal().await.failure;
        return Err(match failure.kind {
            FailureKind::NotFound => failure
                .because("it has no OpenID Connect")
                .hint("`issuer` is the realm's URL, such as https://HOST/realms/REALM"),
            _ => failure,
        });
    }
    let line = answer.line().to_owned();
    let garbage = answer.fault(FailureKind::Protocol, "this is not OpenID Connect");
    let bytes = answer.bytes(TOKEN_LIMIT).await?;
    let provider: Provider =
        serde_json::from_slice(&bytes).map_err(|error| garbage.because(error))?;
    provider.check(issuer).map_err(|failure| failure.context(line))?;
    Ok(provider.token_endpoint)
}

impl Provider {
    fn check(&self, issuer: &Url) -> Result<(), Failure> {
        let wrong = |what: String| Err(Failure::new(FailureKind::Protocol, Side::Sink, what));
        let Self { issuer: found, token_endpoint, grant_types_supported } = self;
        // A URL without a path is written in two ways.
        if found.trim_end_matches('/') != issuer.as_str().trim_end_matches('/') {
            return wrong(format!("its issuer is `{}`, which is a different one", escape(found)));
        }
        let is_bare = issuer.scheme() == "https" && token_endpoint.scheme() != "https";
        if is_bare || !matches!(token_endpoint.scheme(), "http" | "https") {
            return wrong("it asks for the password without TLS".to_owned());
        }
        if net::is_local(token_endpoint) && !net::is_local(issuer) {
            return wrong(
                "it asks for the password at an address of this machine or its link".to_owned(),
            );
        }
        let grants = grant_types_supported.as_deref();
        if grants.is_some_and(|grants| !grants.iter().any(|grant| grant == "password")) {
            let what = "it does not allow a login with a password";
            return Err(Failure::new(FailureKind::Forbidden, Side::Sink, what));
        }
        Ok(())
    }
}
