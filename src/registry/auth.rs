//! What castoff knows about convincing its registry.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{HeaderValue, StatusCode};
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use super::{
    Challenge, Credential, Credentials, Scopes,
    token::{Token, TokenRequest, basic},
};
use crate::{
    model::Failure,
    net::{self, Answer, Http, Request},
};

/// The scheme that a registry asked for, and what satisfied it.
pub(super) struct Auth {
    /// What the credentials are stored under.
    host: String,
    credentials: Arc<dyn Credentials>,
    /// Whether the last look found a credential.
    known_here: AtomicBool,
    /// Held while a token is fetched, so that one request does it for all.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    scheme: Option<Scheme>,
    tokens: HashMap<Scopes, Token>,
    /// What proves who castoff is where no token is wanted, by the repository
    /// for which it was looked up.
    passwords: HashMap<Option<String>, Option<HeaderValue>>,
}

#[derive(Clone)]
enum Scheme {
    Basic,
    Bearer { realm: Url, service: Option<String> },
}

impl Auth {
    pub(super) fn new(host: String, credentials: Arc<dyn Credentials>) -> Self {
        let (known_here, known) = (AtomicBool::new(false), Mutex::default());
        Self { host, credentials, known_here, known }
    }

    /// Whether there is a credential for this registry, as far as was looked.
    pub(super) fn has_credential(&self) -> bool {
        self.known_here.load(Ordering::Relaxed)
    }

    /// Sends a request as whoever may do `scopes`. Where that is refused with
    /// a challenge that can be answered, it is sent once more; one whose body
    /// has passed by is given back with its 401, and may be sent again.
    pub(super) async fn send(
        &self,
        http: &Http,
        registry: &Url,
        mut request: Request,
        scopes: &Scopes,
    ) -> Result<Answer, Failure> {
        request.authorization = self.header(http, registry, scopes).await?;
        let (used, again) = (request.authorization.clone(), request.again());
        let mut answer = http.send(request).await?;
        let ours = net::same_origin(&answer.url, registry);
        if answer.status != StatusCode::UNAUTHORIZED || !ours {
            return Ok(answer);
        }
        let Some(challenge) = Challenge::from_headers(&answer.headers) else { return Ok(answer) };
        // The token service may be the same host.
        answer.leave();
        let better = self.renew(http, registry, scopes, &challenge, used.as_ref()).await?;
        match (better, again) {
            (Some(header), Some(mut again)) => {
                drop(answer);
                again.authorization = Some(header);
                http.send(again).await
            }
            _ => Ok(answer),
        }
    }

    /// What to send with a request, from what is known; a token that is about
    /// to expire is replaced first.
    pub(super) async fn header(
        &self,
        http: &Http,
        registry: &Url,
        scopes: &Scopes,
    ) -> Result<Option<HeaderValue>, Failure> {
        let mut known = self.known.lock().await;
        match known.scheme.clone() {
            None => Ok(None),
            Some(Scheme::Basic) => {
                let of = scopes.repository().map(str::to_owned);
                if let Some(header) = known.passwords.get(&of) {
                    return Ok(header.clone());
                }
                let header = self.password(scopes).await?;
                known.passwords.insert(of, header.clone());
                Ok(header)
            }
            Some(Scheme::Bearer { realm, service }) => {
                if let Some(token) = known.tokens.get(scopes)
                    && token.expires > Instant::now()
                {
                    return Ok(Some(token.header.clone()));
                }
                let request =
                    TokenRequest { registry, realm: &realm, service: service.as_deref(), scopes };
                let token = self.fetch(http, &request).await?;
                known.tokens.insert(scopes.clone(), token.clone());
                Ok(Some(token.header))
            }
        }
    }

    /// What to send instead of `refused`, which got `challenge`; none where
    /// nothing better can be had.
    pub(super) async fn renew(
        &self,
        http: &Http,
        registry: &Url,
        scopes: &Scopes,
        challenge: &Challenge,
        refused: Option<&HeaderValue>,
    ) -> Result<Option<HeaderValue>, Failure> {
        let mut known = self.known.lock().await;
        let better = match challenge {
            Challenge::Basic => {
                let header = self.password(scopes).await?;
                let of = scopes.repository().map(str::to_owned);
                known.passwords.insert(of, header.clone());
                known.scheme = Some(Scheme::Basic);
                header
            }
            Challenge::Bearer { realm, service, scope, .. } => {
                // Somebody else may have fetched it while we waited.
                let newer = known.tokens.get(scopes).filter(|it| Some(&it.header) != refused);
                let token = if let Some(token) = newer {
                    token.clone()
                } else {
                    let wanted = scopes.with(scope.as_deref());
                    let service = service.as_deref();
                    let request = TokenRequest { registry, realm, service, scopes: &wanted };
                    self.fetch(http, &request).await?
                };
                known.tokens.insert(scopes.clone(), token.clone());
                known.scheme =
                    Some(Scheme::Bearer { realm: realm.clone(), service: service.clone() });
                Some(token.header)
            }
        };
        Ok(better.filter(|header| Some(header) != refused))
    }

    async fn fetch(&self, http: &Http, request: &TokenRequest<'_>) -> Result<Token, Failure> {
        let credential = self.credential(request.scopes).await?;
        request.send(http, credential.as_ref()).await
    }

    /// The header of a user with a password.
    async fn password(&self, scopes: &Scopes) -> Result<Option<HeaderValue>, Failure> {
        let found = self.credential(scopes).await?;
        Ok(found.filter(|it| matches!(it, Credential::Basic { .. })).as_ref().map(basic))
    }

    async fn credential(&self, scopes: &Scopes) -> Result<Option<Credential>, Failure> {
        let found = self.credentials.find(&self.host, scopes.repository()).await?;
        self.known_here.store(found.is_some(), Ordering::Relaxed);
        Ok(found)
    }
}
