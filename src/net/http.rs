//! The client: whom it trusts, whom it follows, and how long it waits.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use http::{Method, StatusCode, header::LOCATION};
use reqwest::{Certificate, ClientBuilder, redirect::Policy};
use tokio::time::timeout;
use url::Url;

use super::{
    Answer, Gate, Request,
    address::{is_loopback, origin, redirect_target},
    answer::{asked_wait, lost, silence},
    request::Moved,
};
use crate::model::{Failure, FailureKind, Side};

/// How many redirects are followed.
const REDIRECT_LIMIT: usize = 5;
/// How many times longer than usual a patient request waits.
const PATIENCE: u32 = 10;

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether plain HTTP and any certificate are accepted.
    pub insecure: bool,
    /// A file of certificates that are trusted besides the system's.
    pub ca: Option<PathBuf>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long nothing may move. There is no limit on a whole request.
    pub idle_timeout: Duration,
}

/// A client that keeps the policy.
#[derive(Debug)]
pub struct Http {
    client: reqwest::Client,
    /// The same without proxies, for this machine.
    direct: OnceLock<reqwest::Client>,
    options: Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            insecure: false,
            ca: None,
            connect_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_mins(1),
        }
    }
}

impl Http {
    /// A client with these options.
    ///
    /// # Errors
    ///
    /// Fails where the file of certificates cannot be read or has none, and
    /// where the system has no certificates.
    pub fn new(options: &Options) -> Result<Self, Failure> {
        let client = build(options, |builder| builder)?;
        Ok(Self { client, direct: OnceLock::new(), options: options.clone() })
    }

    /// Sends a request, and follows where it is redirected to if it only
    /// reads. Any status is an answer.
    ///
    /// # Errors
    ///
    /// Fails where no answer came, the way is not to be trusted, or the body
    /// could not be read.
    pub async fn send(&self, mut request: Request) -> Result<Answer, Failure> {
        for _ in 0..=REDIRECT_LIMIT {
            let next = follows(&request).then(|| request.again()).flatten();
            let answer = self.send_once(request).await?;
            let Some((again, location)) = next.zip(location_of(&answer)) else {
                return Ok(answer);
            };
            let target = redirect_target(&answer.url, &location)
                .map_err(|reason| answer.fault(FailureKind::Protocol, reason))?;
            request = again.redirected(target);
        }
        let why = format!("it redirects more than {REDIRECT_LIMIT} times");
        Err(Failure::new(FailureKind::Protocol, Side::Sink, why).context(request.line()))
    }

    async fn send_once(&self, request: Request) -> Result<Answer, Failure> {
        self.check_scheme(&request)?;
        let (line, url) = (request.line(), request.url.clone());
        let idle = self.options.idle_timeout;
        let wait = if request.is_patient() { idle * PATIENCE } else { idle };
        let permit = Gate::of(&origin(&url)).enter().await;
        let moved = Moved::default();
        let sending = request.build(self.client_for(&url)?, &moved).send();
        let response = unless_idle(sending, &moved, wait)
            .await
            .ok_or_else(|| silence(&line, wait))?
            .map_err(|error| lost(&line, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                permit.throttled(asked_wait(&headers));
            }
            _ => permit.clean(),
        }
        tracing::debug!(%line, status = status.as_u16(), "answered");
        Ok(Answer { status, headers, url, line, response, idle, permit: Some(permit) })
    }

    /// Plain HTTP stays on this machine unless it was asked for.
    fn check_scheme(&self, request: &Request) -> Result<(), Failure> {
        if request.url.scheme() == "https" || self.options.insecure || is_loopback(&request.url) {
            return Ok(());
        }
        let why = "plain http would show everything to everybody on the way";
        Err(Failure::new(FailureKind::Protocol, Side::Sink, why)
            .context(request.line())
            .hint("allow it with `insecure = true`"))
    }

    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, Failure> {
        if !is_loopback(url) {
            return Ok(&self.client);
        }
        if let Some(client) = self.direct.get() {
            return Ok(client);
        }
        let client = build(&self.options, ClientBuilder::no_proxy)?;
        Ok(self.direct.get_or_init(|| client))
    }
}

/// Whether a redirect of `request` is followed: it changes nothing.
fn follows(request: &Request) -> bool {
    matches!(request.method, Method::GET | Method::HEAD)
}

fn location_of(answer: &Answer) -> Option<String> {
    let redirects = matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    redirects.then(|| answer.header(&LOCATION).map(str::to_owned)).flatten()
}

/// The work's result; none where for `limit` neither it nor `moved` went on.
async fn unless_idle<T>(
    work: impl Future<Output = T>,
    moved: &Moved,
    limit: Duration,
) -> Option<T> {
    tokio::pin!(work);
    loop {
        let seen = moved.count();
        match timeout(limit, &mut work).await {
            Ok(result) => return Some(result),
            Err(_) if moved.count() != seen => {}
            Err(_) => return None,
        }
    }
}

fn build(
    options: &Options,
    adjust: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, Failure> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("castoff/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        // One stream a connection: large bodies do not wait for each other.
        .http1_only()
        .connect_timeout(options.connect_timeout)
        .tls_danger_accept_invalid_certs(options.insecure);
    let builder = match &options.ca {
        Some(path) => builder.tls_certs_merge(certificates(path)?),
        None => builder,
    };
    adjust(builder).build().map_err(|error| {
        Failure::from_error(FailureKind::Invalid, Side::Local, &error)
            .context("no HTTP client could be made")
            .hint("install the system's certificates (`ca-certificates`), or give `ca = \"FILE\"`")
    })
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let pem = std::fs::read(path)
        .map_err(|error| Failure::from_io(Side::Local, path.display(), &error))?;
    let wrong = |why: String| {
        Failure::new(FailureKind::Invalid, Side::Local, why)
            .context(path.display())
            .hint("`ca` names a file of certificates in PEM form")
    };
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("it holds no certificate".into())) } else { Ok(found) }
}
