//! Sending a blob so that nothing is sent twice
//! (OCI distribution specification, "Pushing a blob in chunks").
//!
//! A large blob goes in a few streamed [`chunks`](super::chunks). The URL of
//! its session is kept before the first byte moves; after a break, in this
//! process or a later one, the registry is asked how much it has, and the rest
//! follows from there. Only what it has counts as progress.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use oci_client::errors::OciErrorCode;
use url::Url;

use super::{
    blob::{Blob, Stored, There},
    client::Client,
    manifest_answer::{check_digest, content_digest},
    mount::Opened,
    scope::Scopes,
    session::{KEEPS_NOTHING, Session, held, session_url},
};
use crate::{
    model::{Digest, Failure, FailureKind, Repository, Side, media_type},
    net::{self, Body, Budget, Outgoing, Request},
};

/// Up to this size a blob goes in one request after the first.
const SMALL: u64 = 1 << 20;

/// One blob on its way to one repository.
pub(super) struct Upload<'a> {
    pub(super) client: &'a Client,
    pub(super) repository: &'a Repository,
    digest: &'a Digest,
    pub(super) size: u64,
    there: There,
    /// Whether it may still be taken over from another repository, which is
    /// tried once.
    may_mount: AtomicBool,
    progress: Arc<Progress>,
}

/// Tells the blob what is done, each byte once however often it was sent.
struct Progress {
    blob: Arc<dyn Blob>,
    at: AtomicU64,
    told: AtomicU64,
}

/// How an attempt with one session ended.
enum Sent {
    Done,
    /// The session was of no use.
    Afresh(Failure),
    /// It is too large for one request, and goes in chunks.
    Smaller,
}

impl<'a> Upload<'a> {
    pub(super) fn new(
        client: &'a Client,
        repository: &'a Repository,
        digest: &'a Digest,
        size: u64,
        blob: Arc<dyn Blob>,
        there: There,
    ) -> Self {
        let progress = Progress { blob, at: AtomicU64::new(0), told: AtomicU64::new(0) };
        // What was taken over before and is not there was not taken over; where
        // the one here is wrong, another repository's is likely to be too.
        let may_mount = there == There::Unknown && !client.was_mounted(repository, digest);
        let (may_mount, progress) = (may_mount.into(), Arc::new(progress));
        Self { client, repository, digest, size, there, may_mount, progress }
    }

    /// What names this upload among all others.
    pub(super) fn key(&self) -> String {
        format!("{}/{}@{}", self.client.host(), self.repository, self.digest)
    }

    /// Counts all bytes as done.
    pub(super) fn finished(&self) {
        self.progress.stand_at(self.size);
    }

    /// Sends the blob, as often as its budget allows. What was given up in
    /// this run is not tried again by another job that needs it too.
    pub(super) async fn run(&self) -> Result<Stored, Failure> {
        let key = self.key();
        if let Some(failure) = net::given_up(&key) {
            return Err(failure);
        }
        let mut budget = Budget::new(self.client.http.patience());
        loop {
            let failure = match self.attempt(&mut budget).await {
                Ok(stored) => return Ok(stored),
                Err(failure) => failure,
            };
            if let Err(failure) = budget.wait(failure).await {
                if failure.is_transient() {
                    net::give_up(&key, &failure);
                }
                return Err(failure);
            }
            // An end that was not told of may have been one.
            if self.there == There::Unknown
                && self.client.blob_size(self.repository, self.digest, self.size).await?
                    == Some(self.size)
            {
                self.forget().await;
                return Ok(Stored::Sent);
            }
        }
    }

    async fn attempt(&self, budget: &mut Budget) -> Result<Stored, Failure> {
        if let Some(session) = self.saved().await? {
            budget.accepted(session.at);
            if let Sent::Done = self.send(session, budget).await? {
                return Ok(Stored::Sent);
            }
        }
        loop {
            if let Some(stored) = self.afresh(budget).await? {
                return Ok(stored);
            }
        }
    }

    /// Begins from nothing; none where it is to begin once more in chunks.
    async fn afresh(&self, budget: &mut Budget) -> Result<Option<Stored>, Failure> {
        let mounted = if self.may_mount.swap(false, Ordering::Relaxed) {
            self.client.mount(self.repository, self.digest).await?
        } else {
            None
        };
        let opened = match mounted {
            Some(opened) => opened,
            None => self.client.open_upload(self.repository, None).await?,
        };
        let Opened::Session(session) = opened else { return Ok(Some(Stored::Mounted)) };
        match self.send(session, budget).await? {
            Sent::Done => Ok(Some(Stored::Sent)),
            Sent::Afresh(failure) => Err(failure),
            Sent::Smaller => Ok(None),
        }
    }

    /// The session of an upload that broke off, where the registry still
    /// knows it.
    async fn saved(&self) -> Result<Option<Session>, Failure> {
        let Some(saved) = self.client.sessions.get(&self.key()).await else { return Ok(None) };
        let base = self.client.base().await?;
        let found = match session_url(base, base, &saved) {
            Some(url) => self.ask(url, 0).await?,
            None => None,
        };
        if found.as_ref().is_none_or(|session| session.at == 0) {
            // It keeps nothing of a chunk that was cut.
            self.client.chunks.lose().await;
        }
        if found.is_none() {
            self.forget().await;
        }
        Ok(found)
    }

    /// Asks the registry how much it has; none where it does not say.
    pub(super) async fn ask(&self, url: Url, min_length: u64) -> Result<Option<Session>, Failure> {
        let request = self.request(Method::GET, url.clone()).await?;
        let answer = self.client.send(request, &Scopes::push(self.repository)).await?;
        match answer.status.as_u16() {
            200 | 202 | 204 => {
                let url = self.client.location(&answer).await.unwrap_or(url);
                let session = held(&answer).filter(|at| *at <= self.size).map(|at| Session {
                    url,
                    at,
                    min_length,
                    resumed: true,
                    unconfirmed: false,
                });
                Ok(session)
            }
            400 | 404 | 405 | 410 | 416 => Ok(None),
            _ => Err(self.client.refused(answer).await.of_content().failure),
        }
    }

    async fn send(&self, mut session: Session, budget: &mut Budget) -> Result<Sent, Failure> {
        self.progress.stand_at(session.at);
        if self.size > SMALL.min(self.client.chunks.length().await) {
            self.save(&session).await;
            if let Some(failure) = self.send_chunks(&mut session, budget).await? {
                self.give_up(&session).await;
                return Ok(Sent::Afresh(failure));
            }
        }
        self.close(&session).await
    }

    /// Tells the registry that this is all; of a small blob, with its bytes.
    async fn close(&self, session: &Session) -> Result<Sent, Failure> {
        let mut url = session.url.clone();
        url.query_pairs_mut().append_pair("digest", self.digest.as_str());
        let mut request = self
            .request(Method::PUT, url)
            .await?
            .header(CONTENT_TYPE, HeaderValue::from_static(media_type::OCTET_STREAM))
            .patient();
        if session.at < self.size {
            request = request.body(Body::Bytes(self.bytes().await?));
        }
        let answer = self.client.send(request, &Scopes::push(self.repository)).await?;
        if matches!(answer.status, StatusCode::CREATED | StatusCode::NO_CONTENT | StatusCode::OK) {
            self.forget().await;
            check_digest(&answer, Some(self.digest), content_digest(&answer).as_ref())?;
            return Ok(Sent::Done);
        }
        let refused = self.client.refused(answer).await.of_content();
        if refused.has(&OciErrorCode::DigestInvalid) || refused.has(&OciErrorCode::SizeInvalid) {
            self.give_up(session).await;
            if session.unconfirmed {
                let failure = Failure { kind: FailureKind::Protocol, ..refused.failure };
                return Err(failure.because(KEEPS_NOTHING));
            }
            // Bytes of an earlier attempt may be to blame: once more without.
            return if session.resumed {
                Ok(Sent::Afresh(refused.failure))
            } else {
                Err(refused.failure)
            };
        }
        if refused.status == StatusCode::PAYLOAD_TOO_LARGE
            && session.at < self.size
            && self.client.chunks.halve(self.size - session.at, session.min_length).await
        {
            self.give_up(session).await;
            return Ok(Sent::Smaller);
        }
        if matches!(refused.status.as_u16(), 400 | 404 | 410 | 416) {
            self.give_up(session).await;
            return Ok(Sent::Afresh(lost_session(refused.failure)));
        }
        Err(refused.failure)
    }

    /// The small blob whole, so that it can be sent again.
    async fn bytes(&self) -> Result<bytes::Bytes, Failure> {
        use tokio::io::AsyncReadExt as _;
        let mut bytes = Vec::new();
        let reader = self.progress.blob.read(0..self.size).await?;
        reader.take(self.size + 1).read_to_end(&mut bytes).await.map_err(|error| {
            Failure::find_in(&error)
                .unwrap_or_else(|| Failure::from_error(FailureKind::Storage, Side::Source, &error))
        })?;
        if bytes.len() as u64 == self.size {
            return Ok(bytes.into());
        }
        let why = format!("{} does not have the expected {} bytes", self.digest, self.size);
        Err(Failure::new(FailureKind::Integrity, Side::Source, why))
    }

    pub(super) async fn outgoing(&self, start: u64, end: u64) -> Result<Outgoing, Failure> {
        self.progress.stand_at(start);
        let reader = self.progress.blob.read(start..end).await?;
        let progress = Arc::clone(&self.progress);
        Ok(Outgoing { length: end - start, reader, sent: Arc::new(move |n| progress.moved(n)) })
    }

    pub(super) async fn request(&self, method: Method, url: Url) -> Result<Request, Failure> {
        self.client.session_request(self.repository, method, url).await
    }

    pub(super) async fn save(&self, session: &Session) {
        self.client.sessions.put(&self.key(), session.url.as_str()).await;
    }

    async fn forget(&self) {
        self.client.sessions.remove(&self.key()).await;
    }

    async fn give_up(&self, session: &Session) {
        self.forget().await;
        self.client.abandon(self.repository, session).await;
    }
}

impl Progress {
    fn moved(&self, bytes: u64) {
        let at = self.at.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.blob.advance(self.news(at));
    }

    fn stand_at(&self, at: u64) {
        self.at.store(at, Ordering::Relaxed);
        self.blob.skip(self.news(at));
    }

    /// How many of the bytes up to `at` were not told of yet.
    fn news(&self, at: u64) -> u64 {
        at.saturating_sub(self.told.fetch_max(at, Ordering::Relaxed))
    }
}

/// The registry no longer knows the upload: the next attempt begins anew.
pub(super) fn lost_session(failure: Failure) -> Failure {
    Failure { kind: FailureKind::Server, ..failure }
}
