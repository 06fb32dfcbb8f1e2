//! How large a piece of a blob goes in one request, and the pieces on their way.
//!
//! What a host was seen to want is remembered beside the open uploads: smaller
//! chunks where it, or a proxy before it, refuses large ones, and where it
//! keeps nothing of a chunk that was cut, so that no more is sent again.

use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use http::{
    HeaderValue, Method, StatusCode,
    header::{CONTENT_RANGE, CONTENT_TYPE},
};
use tokio::sync::OnceCell;

use super::{
    Scopes, Sessions,
    session::{Session, held},
    upload::{Upload, lost_session},
};
use crate::{
    model::{Failure, FailureKind, media_type},
    net::{Answer, Body, Budget},
};

/// What is sent at once, and so at most sent again.
const CHUNK: u64 = 64 << 20;
/// The same where the host keeps nothing of a chunk that was cut: sending this
/// much again takes about as long as the requests of a hundred more chunks.
const CUT: u64 = 8 << 20;
/// Into how many chunks of the first size a blob is cut at most.
const CHUNKS_LIMIT: u64 = 100;
/// The smallest chunk: many proxies refuse more than 1 MiB unless told otherwise.
const SMALLEST: u64 = 512 << 10;

/// How often a chunk is sent elsewhere at the same registry.
const REDIRECT_LIMIT: usize = 5;

/// What is said of a registry with sessions that do not grow.
pub(super) const KEEPS_NOTHING: &str = "the registry discards what it receives";

/// How large the chunks of one host are.
pub(super) struct Chunks {
    sessions: Arc<dyn Sessions>,
    key: String,
    /// In bytes; what was known of the host is read when it is first asked.
    most: OnceCell<AtomicU64>,
    /// How many chunks were cut since one was kept.
    cut: AtomicU32,
}

impl Chunks {
    /// The chunks of `host`, as they were the last time.
    pub(super) fn new(host: &str, sessions: Arc<dyn Sessions>) -> Self {
        let key = format!("chunks of {host}");
        Self { sessions, key, most: OnceCell::new(), cut: AtomicU32::new(0) }
    }

    async fn most(&self) -> &AtomicU64 {
        let known = async || {
            let known = self.sessions.get(&self.key).await.and_then(|most| most.parse().ok());
            known.map_or(CHUNK, |most: u64| most.clamp(SMALLEST, CHUNK)).into()
        };
        self.most.get_or_init(known).await
    }

    /// The length of a chunk.
    pub(super) async fn length(&self) -> u64 {
        self.most().await.load(Ordering::Relaxed)
    }

    /// The length of a chunk of a blob of `size` bytes.
    async fn of(&self, size: u64) -> u64 {
        match self.length().await {
            CHUNK => CHUNK.max(size.div_ceil(CHUNKS_LIMIT)),
            less => less,
        }
    }

    /// Hears that `length` bytes were too many for one request. Returns whether
    /// fewer may be sent, which `least` forbids.
    pub(super) async fn halve(&self, length: u64, least: u64) -> bool {
        let half = (length / 2).max(least).max(SMALLEST);
        let may = half < length;
        if may {
            self.remember(half).await;
        }
        may
    }

    /// Hears that the host keeps nothing of a chunk that was cut. Where each is,
    /// a proxy may refuse its size without a word that arrives.
    pub(super) async fn lose(&self) {
        let is_first = self.cut.fetch_add(1, Ordering::Relaxed) == 0;
        let less = if is_first { CUT } else { (self.length().await / 2).max(SMALLEST) };
        self.remember(less.min(CUT)).await;
    }

    /// Hears that a chunk was kept.
    fn keep(&self) {
        self.cut.store(0, Ordering::Relaxed);
    }

    async fn remember(&self, most: u64) {
        if self.most().await.fetch_min(most, Ordering::Relaxed) > most {
            self.sessions.put(&self.key, &most.to_string()).await;
        }
    }
}

impl Upload<'_> {
    /// Sends what the registry does not have. A failure in the answer is one
    /// of this session; those of the line leave the session as it is.
    pub(super) async fn send_chunks(
        &self,
        session: &mut Session,
        budget: &mut Budget,
    ) -> Result<Option<Failure>, Failure> {
        let (mut may_ask, mut doubted, mut redirects) = (true, false, 0);
        while session.at < self.size {
            let end = self.chunk_end(session).await;
            let answer = self.send_chunk(session, end).await?;
            match answer.status.as_u16() {
                200..=299 => {
                    let mut at = held(&answer).unwrap_or(end).min(end);
                    if at <= session.at {
                        if doubted {
                            return Ok(Some(answer.fault(FailureKind::Protocol, KEEPS_NOTHING)));
                        }
                        // Some registries mean nothing by it: what follows tells.
                        (at, session.unconfirmed) = (end, true);
                    }
                    session.url =
                        self.client.location(&answer).await.unwrap_or(session.url.clone());
                    session.at = at;
                    budget.accepted(at);
                    self.client.chunks.keep();
                    self.save(session).await;
                    // The token that this was sent with may expire like the last.
                    may_ask = true;
                }
                // The bytes have passed by, and are read again.
                307 | 308 if redirects < REDIRECT_LIMIT => {
                    redirects += 1;
                    let Some(url) = self.client.location(&answer).await else {
                        return Err(self.client.refused(answer).await.failure);
                    };
                    session.url = url;
                }
                413 if self.client.chunks.halve(end - session.at, session.min_length).await => {
                    self.client.refused(answer).await;
                }
                // The token was renewed, or we were wrong about the offset.
                401 | 416 if may_ask => {
                    may_ask = false;
                    doubted |= answer.status == StatusCode::RANGE_NOT_SATISFIABLE;
                    let failure = self.client.refused(answer).await.failure;
                    match self.ask(session.url.clone(), session.min_length).await? {
                        Some(asked) => *session = asked,
                        // Nothing was sent yet, so there is nothing to ask for.
                        None if failure.kind == FailureKind::Unauthorized && session.at == 0 => {}
                        None => return Ok(Some(failure)),
                    }
                }
                400 | 404 | 410 | 416 => {
                    return Ok(Some(lost_session(self.client.refused(answer).await.failure)));
                }
                _ => return Err(self.client.refused(answer).await.of_content().failure),
            }
        }
        Ok(None)
    }

    async fn send_chunk(&self, session: &Session, end: u64) -> Result<Answer, Failure> {
        let mut request = self
            .request(Method::PATCH, session.url.clone())
            .await?
            .header(CONTENT_TYPE, HeaderValue::from_static(media_type::OCTET_STREAM))
            .body(Body::Stream(self.outgoing(session.at, end).await?));
        // A blob that goes whole needs no range, and some registries want none.
        if (session.at, end) != (0, self.size) {
            let range = HeaderValue::from_str(&format!("{}-{}", session.at, end - 1));
            request = request.header(CONTENT_RANGE, range.expect("digits and a dash"));
        }
        self.client.send(request, &Scopes::push(self.repository)).await
    }

    async fn chunk_end(&self, session: &Session) -> u64 {
        let length = self.client.chunks.of(self.size).await.max(session.min_length);
        session.at.saturating_add(length).min(self.size)
    }
}
