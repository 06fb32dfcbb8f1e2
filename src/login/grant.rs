//! Tokens, in exchange for a password or for an older token.

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use oauth2::{
    AccessToken, AsyncHttpClient, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, RefreshToken, ResourceOwnerPassword, ResourceOwnerUsername, Scope, TokenResponse,
    TokenUrl,
    basic::{BasicClient, BasicTokenResponse},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{
    refusal,
    tokens::{BearerToken, EARLY, LoginSettings, Tokens, USUAL_LIFE},
};
use crate::{
    model::{Failure, lenient},
    net::{self, Http, HttpBody, OutgoingRequest, TOKEN_LIMIT},
};

/// What castoff is to the service.
pub(super) struct OidcClient {
    oauth: BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    /// The token service, for messages.
    line: String,
}

impl OidcClient {
    pub(super) fn new(settings: &LoginSettings, endpoint: Url) -> Self {
        let line = format!("POST {}", net::redacted(&endpoint));
        let oauth = BasicClient::new(ClientId::new(settings.client.clone()))
            .set_token_uri(TokenUrl::from_url(endpoint));
        let oauth = match &settings.client_secret {
            Some(secret) => {
                oauth.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            }
            None => oauth,
        };
        Self { oauth, line }
    }

    /// Logs in with a name and a password.
    pub(super) async fn log_in(
        &self,
        http: &Http,
        settings: &LoginSettings,
    ) -> Result<Tokens, Failure> {
        let user = ResourceOwnerUsername::new(settings.user.clone());
        let password = ResourceOwnerPassword::new(settings.password.expose_secret().to_owned());
        let asked = Instant::now();
        let request = self.oauth.exchange_password(&user, &password);
        let request = request.add_scope(Scope::new("openid".to_owned()));
        let answer = request.request_async(&Sender(http)).await;
        answer
            .map(|answer| tokens(&answer, asked))
            .map_err(|error| refusal::failure(error).context(&self.line))
    }

    /// Renews a token.
    pub(super) async fn renew(
        &self,
        http: &Http,
        refresh: &SecretString,
    ) -> Result<Tokens, Failure> {
        let token = RefreshToken::new(refresh.expose_secret().to_owned());
        let asked = Instant::now();
        let request = self.oauth.exchange_refresh_token(&token);
        let answer = request.request_async(&Sender(http)).await;
        let mut renewed = answer
            .map(|answer| tokens(&answer, asked))
            .map_err(|error| refusal::failure(error).context(&self.line))?;
        // Where there is no new one, the old one goes on (RFC 6749, section 6).
        renewed.refresh.get_or_insert_with(|| refresh.clone());
        Ok(renewed)
    }
}

fn tokens(answer: &BasicTokenResponse, asked: Instant) -> Tokens {
    let secret = |text: &String| SecretString::from(text.as_str());
    let life = answer.expires_in().unwrap_or(USUAL_LIFE).min(Duration::from_hours(24));
    Tokens {
        access: BearerToken(secret(AccessToken::secret(answer.access_token()))),
        until: asked + life - (life / 5).min(EARLY),
        refresh: answer.refresh_token().map(|token| secret(RefreshToken::secret(token))),
    }
}

/// The texts that are needed of an answer.
const NEEDED: [&str; 6] =
    ["access_token", "refresh_token", "token_type", "error", "error_description", "error_uri"];

/// Sends what the crate asks for.
struct Sender<'h>(&'h Http);

impl<'c> AsyncHttpClient<'c> for Sender<'_> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(send(self.0, request))
    }
}

/// Sends what the crate made, by castoff's own rules. Only what tells of
/// tokens is an answer: the rest is a failure of its own.
async fn send(http: &Http, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let (parts, body) = request.into_parts();
    let url = Url::parse(&parts.uri.to_string()).map_err(|error| {
        Failure::from_error(crate::model::FailureKind::Internal, crate::model::Side::Local, &error)
    })?;
    let mut request =
        OutgoingRequest::new(parts.method, url).body(HttpBody::Bytes(Bytes::from(body)));
    request.headers = parts.headers;
    // A redirect must not take it along.
    request.authorization = request.headers.remove(http::header::AUTHORIZATION);
    if let Some(value) = &mut request.authorization {
        value.set_sensitive(true);
    }
    let answer = http.send(request).await?;
    let (status, headers) = (answer.status, answer.headers.clone());
    if !matches!(status.as_u16(), 200 | 400 | 401 | 403) {
        return Err(answer.refusal().await.failure);
    }
    let mut response = HttpResponse::new(needed(&answer.bytes(TOKEN_LIMIT).await?));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}

/// What castoff needs of an answer, each as the specification wants it
/// (RFC 6749, sections 5.1 and 5.2): of the rest, services write all sorts.
fn needed(bytes: &[u8]) -> Vec<u8> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(bytes) else {
        return bytes.to_vec();
    };
    let life = fields.get("expires_in").and_then(lenient::seconds);
    // An empty token is none.
    let is_empty = |name: &str, value: &Value| name.ends_with("_token") && value == "";
    fields.retain(|name, value| NEEDED.contains(&name.as_str()) && value.is_string());
    fields.retain(|name, value| !is_empty(name, value));
    fields.extend(life.map(|life| ("expires_in".to_owned(), life.into())));
    if fields.contains_key("access_token") {
        fields.entry("token_type").or_insert_with(|| "Bearer".into());
    }
    Value::Object(fields).to_string().into_bytes()
}
