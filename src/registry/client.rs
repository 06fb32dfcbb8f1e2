//! One registry: its address, castoff's login there, and what it can do.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use http::{Method, StatusCode, header};
use tokio::sync::OnceCell;
use url::Url;

use super::{
    address::address,
    auth::Auth,
    capabilities::Capabilities,
    certs_d,
    challenge::Challenge,
    chunk_size::ChunkSize,
    credentials::Credentials,
    either_or_lock::Sides,
    refusal::{self, Refused},
    registries_conf::RegistryRules,
    scope::Scopes,
    sessions::Sessions,
};
use crate::{
    model::{Digest, Failure, FailureKind, Hint, Remedy, Repository, Side, escape},
    net::{self, ClientOptions, Http, HttpAnswer, Locks, OutgoingRequest, Recent},
};

/// How many different warnings of a registry are shown, each in characters.
const WARNINGS_LIMIT: usize = 50;
const WARNING_LIMIT: usize = 500;

/// A client of one registry. It keeps what was learned about it: tokens, what
/// it can do, and which repository holds which blob.
pub struct RegistryClient {
    /// As it is written in a reference.
    pub(super) host: String,
    pub(super) http: Http,
    pub(super) options: ClientOptions,
    /// What Podman is told of it.
    rules: RegistryRules,
    pub(super) base: OnceCell<Url>,
    /// What it asks for at its door.
    pub(super) asks: OnceCell<Option<Challenge>>,
    auth: Auth,
    pub(super) sessions: Arc<dyn Sessions>,
    /// How large a piece it takes at once.
    pub(super) chunks: ChunkSize,
    pub(super) uploads: Locks,
    pub(super) holders: Mutex<HashMap<Digest, BTreeSet<Repository>>>,
    pub(super) can: Capabilities,
    /// What the registry said that it took over from other repositories.
    pub(super) mounted: Mutex<BTreeSet<(Repository, Digest)>>,
    /// Where tags were seen to go only with a manifest of their own.
    pub(super) parting: Mutex<BTreeMap<Repository, Arc<Sides>>>,
    /// Where it is being found out whether they do.
    pub(super) probing: Locks,
    /// What was written and may not be shown yet.
    pub(super) recent: Recent<Digest>,
    warnings: Mutex<Warnings>,
}

#[derive(Debug, Default)]
struct Warnings {
    seen: BTreeSet<String>,
    untold: Vec<String>,
}

impl RegistryClient {
    /// A client of the registry at `host`, which is `HOST[:PORT]`. Touches no
    /// network.
    ///
    /// # Errors
    ///
    /// Fails where `host` is no host, or the options cannot be used.
    pub fn new(
        host: &str,
        options: &ClientOptions,
        credentials: Arc<dyn Credentials>,
        sessions: Arc<dyn Sessions>,
    ) -> Result<Self, Failure> {
        address("https", host)?;
        let host = match host {
            "index.docker.io" | "registry-1.docker.io" => "docker.io",
            host => host,
        };
        let mut options = certs_d::trusted(host, options)?;
        let rules = RegistryRules::of(host, options.network.environment())?;
        rules.check(host)?;
        options.insecure |= rules.is_insecure(host);
        Ok(Self {
            rules,
            host: host.to_owned(),
            http: Http::new(&options)?,
            base: OnceCell::new(),
            asks: OnceCell::new(),
            auth: Auth::new(host.to_owned(), credentials),
            chunks: ChunkSize::new(host, Arc::clone(&sessions)),
            sessions,
            uploads: Locks::default(),
            holders: Mutex::default(),
            can: Capabilities::default(),
            mounted: Mutex::default(),
            parting: Mutex::default(),
            probing: Locks::default(),
            recent: Recent::new(options.patience),
            warnings: Mutex::default(),
            options,
        })
    }

    /// The registry, as it is written in a reference.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Asks whether there is a registry, and whether it accepts the credential
    /// for `repository` as far as it looks at it.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be reached, or is no registry, or refuses.
    pub async fn ping(&self, repository: Option<&Repository>) -> Result<(), Failure> {
        let url = self.endpoint("").await?;
        let scopes = repository.map_or_else(Scopes::none, Scopes::at);
        let answer = self.send(OutgoingRequest::new(Method::GET, url), &scopes).await?;
        match answer.status {
            StatusCode::OK => Ok(()),
            StatusCode::NOT_FOUND => {
                let why = "the host answers, but is not a registry";
                Err(answer.fault(FailureKind::Protocol, why))
            }
            _ => Err(self.refused(answer).await.failure),
        }
    }

    /// Takes the warnings that came in since the last call.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut warnings.untold)
    }

    /// The URL of something in a repository, such as `manifests/TAG`.
    pub(super) async fn url(&self, repository: &Repository, rest: &str) -> Result<Url, Failure> {
        let name = repository.as_str();
        let official = self.host == "docker.io" && !name.contains('/');
        let prefix = if official { "library/" } else { "" };
        if let Some(untold) = self.rules.check(&format!("{}/{prefix}{name}", self.host))?
            && self.note_warning(&untold)
        {
            net::tell(untold);
        }
        self.endpoint(&format!("{prefix}{name}/{rest}")).await
    }

    pub(super) async fn endpoint(&self, rest: &str) -> Result<Url, Failure> {
        let base = self.base().await?;
        base.join(&format!("/v2/{rest}"))
            .map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))
    }

    /// Sends a request with the permissions `scopes`. Where that is refused with
    /// a challenge that can be answered, it is sent once more; one with a body that
    /// has passed by is given back with its 401, and may be sent again.
    pub(super) async fn send(
        &self,
        request: OutgoingRequest,
        scopes: &Scopes,
    ) -> Result<HttpAnswer, Failure> {
        let base = self.base().await?;
        let asks = self.asks(base).await?;
        let answer = self.auth.send(&self.http, base, asks, request, scopes).await?;
        self.note_warnings(&answer);
        Ok(answer)
    }

    /// Reads why the registry refused, and says what to do about it.
    pub(super) async fn refused(&self, answer: HttpAnswer) -> Refused {
        let too_little = matches!(
            Challenge::from_headers(&answer.headers),
            Some(Challenge::Bearer { insufficient: true, .. })
        );
        let from = answer.url.clone();
        let is_read = ["GET ", "HEAD "].iter().any(|method| answer.line().starts_with(method));
        let mut refused = refusal::read(answer).await;
        let has_credential = self.auth.has_credential();
        if refused.status == StatusCode::UNAUTHORIZED && too_little && has_credential {
            refused.failure.kind = FailureKind::Forbidden;
        }
        let host = &self.host;
        if let Some(base) = self.base.get().filter(|base| !net::same_origin(base, &from)) {
            let (other, asked) = (net::authority(&from), net::authority(base));
            // No login is sent there, so that none is the matter.
            let answered = format!("the answer is from `{other}`, to which `{asked}` redirected");
            refused.failure = refused.failure.because(answered);
            refused.failure.hint = None;
            return refused;
        }
        let hint: Hint = match refused.failure.kind {
            FailureKind::Unauthorized if let Some(service) = self.auth.kept_from() => {
                Remedy::LogInToTokenService { host: service.clone() }.into()
            }
            FailureKind::Unauthorized if has_credential => {
                format!("`{host}` rejects the credentials; log in again").into()
            }
            FailureKind::Unauthorized => Remedy::LogIn { host: host.clone() }.into(),
            FailureKind::Forbidden => {
                let permission = if is_read { "pull" } else { "push" };
                format!(
                    "the account at `{host}` is not allowed to do this; ask for the permission \
                     to {permission}"
                )
                .into()
            }
            FailureKind::RateLimited => format!(
                "`{host}` limits requests, or a quota is used up: wait, or ask for a higher \
                 quota"
            )
            .into(),
            FailureKind::Invalid if refused.status == StatusCode::PAYLOAD_TOO_LARGE => {
                "the registry, or a proxy before it, refuses bodies of this size".into()
            }
            _ => return refused,
        };
        refused.failure.hint.get_or_insert(hint);
        refused
    }

    fn note_warnings(&self, answer: &HttpAnswer) {
        for value in answer.headers.get_all(header::WARNING) {
            let said = value.to_str().ok().map(|said| answer.without_secrets(said));
            let Some(text) = said.as_deref().and_then(warning_text) else { continue };
            if self.note_warning(&text) {
                let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
                warnings.untold.push(format!("{} warns: {text}", self.host));
            }
        }
    }

    /// Whether a warning is new, of a few.
    fn note_warning(&self, text: &str) -> bool {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.seen.len() < WARNINGS_LIMIT && warnings.seen.insert(text.to_owned())
    }
}

/// The text of `299 - "text"` (OCI distribution specification, "Warnings").
fn warning_text(value: &str) -> Option<String> {
    let text = value.trim().strip_prefix("299 - \"")?.strip_suffix('"')?;
    let text: String = text.replace("\\\"", "\"").chars().take(WARNING_LIMIT).collect();
    Some(escape(&text).to_string())
}

impl fmt::Debug for RegistryClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("host", &self.host).finish_non_exhaustive()
    }
}
