//! What castoff knows about convincing its registry.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex as Quick, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{HeaderValue, StatusCode};
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use super::{
    Challenge, Credential, Credentials, Scopes, may_know_password,
    token::{Token, TokenRequest, Told, header_of},
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
    /// The token service that was not told the credential.
    kept_from: Quick<Option<String>>,
    /// Held while a token is fetched, so that one request does it for all.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    scheme: Option<Scheme>,
    tokens: HashMap<Scopes, Token>,
    /// What proves castoff's identity where no token is wanted, by the repository
    /// for which it was looked up.
    passwords: HashMap<Option<String>, Option<HeaderValue>>,
    /// The repositories for which there is no credential.
    strangers: HashSet<Option<String>>,
}

#[derive(Clone)]
enum Scheme {
    Basic,
    Bearer { realm: Url, service: Option<String> },
}

impl Auth {
    pub(super) fn new(host: String, credentials: Arc<dyn Credentials>) -> Self {
        let (known_here, known) = (AtomicBool::new(false), Mutex::default());
        Self { host, credentials, known_here, kept_from: Quick::default(), known }
    }

    /// Whether there is a credential for this registry, as far as was looked.
    pub(super) fn has_credential(&self) -> bool {
        self.known_here.load(Ordering::Relaxed)
    }

    /// The `HOST[:PORT]` of the token service that was not told the credential,
    /// since it is not the registry's own.
    pub(super) fn kept_from(&self) -> Option<String> {
        self.kept_from.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request with the permissions `scopes`. Where that is refused with
    /// a challenge that can be answered, it is sent once more; one with a body that
    /// has passed by is given back with its 401, and may be sent again. Where
    /// it is known what the registry `asks` for, the first request says it.
    pub(super) async fn send(
        &self,
        http: &Http,
        registry: &Url,
        asks: Option<&Challenge>,
        mut request: Request,
        scopes: &Scopes,
    ) -> Result<Answer, Failure> {
        if let Some(challenge) = asks {
            self.foresee(challenge, scopes).await?;
        }
        request.authorization = self.header(http, registry, scopes).await?;
        let (used, again) = (request.authorization.clone(), request.again());
        let answer = http.send(request).await?;
        let ours = net::same_origin(&answer.url, registry);
        if answer.status != StatusCode::UNAUTHORIZED || !ours {
            return Ok(answer);
        }
        let Some(challenge) = Challenge::from_headers(&answer.headers) else { return Ok(answer) };
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

    /// Takes up a challenge that was not yet met, where there is a credential
    /// for it. What needs none goes without one.
    async fn foresee(&self, challenge: &Challenge, scopes: &Scopes) -> Result<(), Failure> {
        let mut known = self.known.lock().await;
        let of = scopes.repository().map(str::to_owned);
        if known.scheme.is_some() || known.strangers.contains(&of) {
            return Ok(());
        }
        if self.credential(scopes).await?.is_some() {
            known.scheme = Some(Scheme::of(challenge));
        } else {
            known.strangers.insert(of);
        }
        Ok(())
    }

    /// What to send with a request, from what is known; a token that is about
    /// to expire is replaced first.
    async fn header(
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
    async fn renew(
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
                known.scheme = Some(Scheme::of(challenge));
                header
            }
            Challenge::Bearer { realm, service, scope, .. } => {
                // Another task may have fetched it while we waited.
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
                known.scheme = Some(Scheme::of(challenge));
                Some(token.header)
            }
        };
        Ok(better.filter(|header| Some(header) != refused))
    }

    async fn fetch(&self, http: &Http, request: &TokenRequest<'_>) -> Result<Token, Failure> {
        let credential = self.credential(request.scopes).await?;
        let told = match &credential {
            None => Told::Nothing,
            Some(Credential::RegistryToken(token)) => return Token::given(token),
            Some(it) if may_know_password(request.registry, request.realm) => Told::Credential(it),
            Some(it) if self.is_for(request, it).await => Told::Credential(it),
            Some(_) => Told::Kept,
        };
        *self.kept_from.lock().unwrap_or_else(PoisonError::into_inner) =
            matches!(told, Told::Kept).then(|| net::authority(request.realm));
        request.send(http, told).await
    }

    /// Whether the very same credential is stored for the token service too. It
    /// knows it then, as the registry does, and nothing is told to either that
    /// it might not know.
    async fn is_for(&self, request: &TokenRequest<'_>, credential: &Credential) -> bool {
        if !request.is_protected() {
            return false;
        }
        let found = self.credentials.find(&net::authority(request.realm), None).await;
        matches!(found, Ok(Some(found)) if found.is_same(credential))
    }

    /// The header of a credential that needs no token service.
    async fn password(&self, scopes: &Scopes) -> Result<Option<HeaderValue>, Failure> {
        Ok(match self.credential(scopes).await? {
            None | Some(Credential::IdentityToken(_)) => None,
            Some(credential) => header_of(&credential),
        })
    }

    async fn credential(&self, scopes: &Scopes) -> Result<Option<Credential>, Failure> {
        let found = self.credentials.find(&self.host, scopes.repository()).await?;
        self.known_here.store(found.is_some(), Ordering::Relaxed);
        Ok(found)
    }
}

impl Scheme {
    fn of(challenge: &Challenge) -> Self {
        match challenge {
            Challenge::Basic => Self::Basic,
            Challenge::Bearer { realm, service, .. } => {
                Self::Bearer { realm: realm.clone(), service: service.clone() }
            }
        }
    }
}
