//! Getting a token from the service that a registry named
//! (distribution, token authentication and `OAuth2` token authentication).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::time::Instant;
use url::{Url, form_urlencoded::Serializer};

use super::{Credential, Scopes, challenge, refusal};
use crate::{
    model::{Failure, FailureKind, Remedy, Side, lenient},
    net::{self, Answer, Body, Http, Request, TOKEN_LIMIT},
};

/// How long a token is good for where its service does not say
/// (token authentication, "Token Response Fields").
const USUAL_LIFE: u64 = 60;
/// How long a token is used that does not come from a service.
const LONG: Duration = Duration::from_hours(24);
/// What some write before their JSON.
const BOM: &[u8] = "\u{feff}".as_bytes();
/// What castoff calls itself.
const CLIENT: &str = "castoff";

/// A token, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) header: HeaderValue,
    pub(super) expires: Instant,
}

/// Where a token comes from, and what for.
pub(super) struct TokenRequest<'a> {
    pub(super) registry: &'a Url,
    pub(super) realm: &'a Url,
    pub(super) service: Option<&'a str>,
    pub(super) scopes: &'a Scopes,
}

/// What the token service is told of a credential.
#[derive(Clone, Copy)]
pub(super) enum Told<'c> {
    /// There is none.
    Nothing,
    /// The credential.
    Credential(&'c Credential),
    /// Nothing, since the service is not the registry's own.
    Kept,
}

/// What a token service answers, as far as it can be read: of what is not
/// needed, services write all sorts.
#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default, deserialize_with = "secret")]
    token: Option<SecretString>,
    #[serde(default, deserialize_with = "secret")]
    access_token: Option<SecretString>,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
}

impl TokenRequest<'_> {
    /// Whether a credential is as safe on its way to the service as on that to
    /// the registry.
    pub(super) fn is_protected(&self) -> bool {
        challenge::is_protected(self.registry, self.realm)
    }

    /// Asks for a token: with the credential where the service is told it, else
    /// anonymously.
    pub(super) async fn send(&self, http: &Http, told: Told<'_>) -> Result<Token, Failure> {
        if net::is_local(self.realm) && !net::is_local(self.registry) {
            return Err(self.fault(
                "the registry's token service is at an address of this machine or its link",
            ));
        }
        let credential = match told {
            Told::Credential(credential) => Some(credential),
            Told::Nothing | Told::Kept => None,
        };
        let asked = Instant::now();
        if let Some(Credential::IdentityToken(token)) = credential {
            let answer = http.send(self.post(token)).await?;
            // Services without OAuth2 say so in many ways.
            if !matches!(answer.status.as_u16(), 400 | 401 | 404 | 405) {
                return self.read(answer, asked, told).await;
            }
        }
        let answer = http.send(self.get(credential)).await?;
        self.read(answer, asked, told).await
    }

    fn get(&self, credential: Option<&Credential>) -> Request {
        let mut url = self.realm.clone();
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(self.service.map(|service| ("service", service)));
            query.extend_pairs(self.scopes.iter().map(|scope| ("scope", scope)));
            query.append_pair("client_id", CLIENT);
        }
        let mut request =
            Request::new(Method::GET, url).document(TOKEN_LIMIT).header(ACCEPT, json());
        request.authorization = credential.and_then(header_of);
        request
    }

    fn post(&self, token: &SecretString) -> Request {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token");
        form.extend_pairs(self.service.map(|service| ("service", service)));
        form.append_pair("client_id", CLIENT);
        form.append_pair("scope", &self.scopes.to_string());
        form.append_pair("refresh_token", token.expose_secret());
        Request::new(Method::POST, self.realm.clone())
            .document(TOKEN_LIMIT)
            .header(ACCEPT, json())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .body(Body::Bytes(Bytes::from(form.finish())))
    }

    async fn read(&self, answer: Answer, asked: Instant, told: Told<'_>) -> Result<Token, Failure> {
        if !answer.status.is_success() {
            return Err(self.who_refused(refusal::read(answer).await.failure, told));
        }
        let wrong = answer.fault(FailureKind::Protocol, "the answer contains no token");
        let bytes = answer.bytes(TOKEN_LIMIT).await?;
        let answer: TokenAnswer = serde_json::from_slice(bytes.strip_prefix(BOM).unwrap_or(&bytes))
            .map_err(|_| wrong.clone())?;
        let token = answer.token.or(answer.access_token).ok_or_else(|| wrong.clone())?;
        let header = bearer(&token).ok_or(wrong)?;
        let life = Duration::from_secs(answer.expires_in.unwrap_or(USUAL_LIFE).clamp(1, 86_400));
        // A request that takes its time must not outlive its token.
        Ok(Token { header, expires: asked + life - (life / 5).min(Duration::from_secs(30)) })
    }

    /// It is not the registry that does not accept the credential.
    fn who_refused(&self, failure: Failure, told: Told<'_>) -> Failure {
        if !matches!(failure.kind, FailureKind::Unauthorized | FailureKind::Forbidden) {
            return failure;
        }
        let [service, registry] = [self.realm, self.registry].map(net::authority);
        match told {
            Told::Kept => failure.hint(Remedy::LogInToTokenService { host: service }),
            Told::Nothing => failure
                .because(format!("the token service at `{service}` requires a login"))
                .hint(Remedy::LogIn { host: registry }),
            Told::Credential(_) => failure.hint(format!(
                "the token service at `{service}` rejects the credentials for `{registry}`; log \
                 in again"
            )),
        }
    }

    fn fault(&self, why: &str) -> Failure {
        Failure::new(FailureKind::Protocol, Side::Sink, why)
            .context(format!("GET {}", net::redacted(self.realm)))
    }
}

/// A text that is not empty.
fn secret<'de, D: Deserializer<'de>>(text: D) -> Result<Option<SecretString>, D::Error> {
    let text: Option<String> = lenient::or_usual(text)?;
    Ok(text
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .map(SecretString::from))
}

fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u64>, D::Error> {
    Value::deserialize(value).map(|value| lenient::seconds(&value))
}

fn json() -> HeaderValue {
    HeaderValue::from_static("application/json")
}

impl Token {
    /// One that the registry takes as it is.
    pub(super) fn given(token: &SecretString) -> Result<Self, Failure> {
        let header = bearer(token).ok_or_else(|| {
            let why = "the stored `registrytoken` has a character that is not allowed in a \
                       header";
            Failure::new(FailureKind::Unauthorized, Side::Local, why)
        })?;
        Ok(Self { header, expires: Instant::now() + LONG })
    }
}

/// The header that proves castoff's identity with each request.
pub(super) fn header_of(credential: &Credential) -> Option<HeaderValue> {
    let pair = match credential {
        Credential::Basic { user, password } => format!("{user}:{}", password.expose_secret()),
        Credential::IdentityToken(token) => format!(":{}", token.expose_secret()),
        Credential::RegistryToken(token) => return bearer(token),
    };
    sensitive(&format!("Basic {}", STANDARD.encode(pair)))
}

fn bearer(token: &SecretString) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {}", token.expose_secret()))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
