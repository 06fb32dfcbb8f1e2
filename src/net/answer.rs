//! What a server answers, read within bounds, and what it means.

use std::{io, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, StatusCode, header};
use jiff::Timestamp;
use tokio::{
    io::AsyncRead,
    time::{Instant, timeout},
};
use tokio_util::io::StreamReader;
use url::Url;

use super::{
    ERROR_LIMIT, address, authority,
    coding::{self, Decoding, Unread},
    proxy::proxy_of,
    retry_after,
    secrets::Secrets,
    trouble,
};
use crate::model::{Effort, Failure, FailureKind, Side, escape};

/// How many times longer a whole document may take than nothing may move.
const WHOLE: u32 = 10;
/// For how long is read why a server refused.
const ERROR_TIME: Duration = Duration::from_secs(10);

/// An answer whose body was not read yet.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// Where the answer came from, after redirects.
    pub url: Url,
    pub(super) line: String,
    pub(super) response: reqwest::Response,
    pub(super) idle: Duration,
    /// The body, where it was read already.
    pub(super) read: Option<Bytes>,
    /// How hard it was tried to get another one.
    pub(super) effort: Effort,
    /// Whether the request's own URL is a secret.
    pub(super) is_hidden: bool,
    /// Whether the request was sent before, and may have been taken.
    pub(super) is_repeated: bool,
    /// What the request carried that is not to be shown.
    pub(super) secrets: Secrets,
}

/// An answer that is no success, with what the server said.
#[derive(Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// What the status alone means.
    pub failure: Failure,
    /// The body, as far as it was read. It may repeat what was secret.
    pub body: Bytes,
    secrets: Secrets,
}

impl Answer {
    /// A header's text, where it is text.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How many bytes the body has, as the header says.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.header(&header::CONTENT_LENGTH)?.parse().ok()
    }

    /// The request's method and URL, for messages.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Whether the request was sent before, and may have been taken then.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.is_repeated
    }

    /// A failure of this answer for another reason than its status.
    #[must_use]
    pub fn fault(&self, kind: FailureKind, why: impl std::fmt::Display) -> Failure {
        Failure::new(kind, Side::Sink, self.without_secrets(&why.to_string())).context(&self.line)
    }

    /// What the server says, without what the request told it in confidence.
    #[must_use]
    pub fn without_secrets(&self, said: &str) -> String {
        self.secrets.hide(said)
    }

    /// Reads the body; one that was compressed on its way as it was before.
    ///
    /// # Errors
    ///
    /// Fails where it has more than `limit` bytes, breaks off, or nothing
    /// comes for too long.
    pub async fn bytes(self, limit: u64) -> Result<Bytes, Failure> {
        self.bytes_that(limit, |_| false).await
    }

    /// The same of a body that is known. One that `is_it` as it came is given
    /// back so, whatever its headers say: some say of a compressed file that it
    /// was compressed on its way.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn bytes_that(
        mut self,
        limit: u64,
        is_it: impl Fn(&[u8]) -> bool,
    ) -> Result<Bytes, Failure> {
        let bytes = match self.read.take() {
            Some(bytes) => bytes,
            None => self.raw(limit).await?,
        };
        let coding = self.coding().filter(|_| !is_it(&bytes));
        coding::decoded(coding.as_deref(), bytes, limit).map_err(|why| match why {
            Unread::TooLong => self.too_long(limit),
            Unread::Wrong(why) => self.coded(&coding.unwrap_or_default(), &why),
        })
    }

    /// The same answer with its body, of at most `limit` bytes, read.
    pub(super) async fn whole(mut self, limit: u64) -> Result<Self, Failure> {
        let bytes = self.raw(limit).await?;
        Ok(Self { read: Some(bytes), ..self })
    }

    /// The body as it came.
    async fn raw(&mut self, limit: u64) -> Result<Bytes, Failure> {
        let mut bytes = BytesMut::new();
        if !self.read_into(&mut bytes, limit, whole_time(self.idle)).await? {
            return Err(self.too_long(limit));
        }
        Ok(bytes.freeze())
    }

    /// How the body is compressed on its way, as the header says.
    #[must_use]
    pub fn coding(&self) -> Option<String> {
        coding::coding_of(&self.headers)
    }

    /// The failure of a body that came compressed and cannot be used, and `why`.
    #[must_use]
    pub fn coded(&self, coding: &str, why: &str) -> Failure {
        let why = format!("the answer comes with `Content-Encoding: {coding}`, {why}");
        self.fault(FailureKind::Protocol, why).hint(
            "the server, or a proxy before it, changes what it sends; let it send what is asked \
             for as it is",
        )
    }

    /// The body as it comes, of any length. Fails where the connection breaks
    /// off, or nothing comes for too long.
    #[must_use]
    pub fn into_reader(self) -> impl AsyncRead + Send + use<> {
        let pieces = futures_util::stream::try_unfold(self, |mut answer| async move {
            let piece = answer.piece().await?;
            io::Result::Ok(piece.map(|piece| (piece, answer)))
        });
        StreamReader::new(Box::pin(pieces))
    }

    /// The same of a body that came compressed by gzip, as it was before.
    #[must_use]
    pub fn into_decoded(self) -> impl AsyncRead + Send + use<> {
        let begin = (self, Some(Decoding::new()));
        let pieces = futures_util::stream::try_unfold(begin, |(mut answer, decoding)| async move {
            let Some(mut decoding) = decoding else { return io::Result::Ok(None) };
            loop {
                if decoding.is_hungry() {
                    let Some(piece) = answer.piece().await? else {
                        return Ok(Some((decoding.finish()?, (answer, None))));
                    };
                    decoding.feed(piece);
                }
                let decoded = decoding.step()?;
                if !decoded.is_empty() {
                    return Ok(Some((decoded, (answer, Some(decoding)))));
                }
            }
        });
        StreamReader::new(Box::pin(pieces))
    }

    /// The next bytes of the body; none at its end.
    async fn piece(&mut self) -> io::Result<Option<Bytes>> {
        let piece = match timeout(self.idle, self.response.chunk()).await {
            Ok(piece) => piece.map_err(|error| lost(&self.line, error)),
            Err(_) => Err(silence(&self.line, self.idle)),
        };
        piece.map_err(io::Error::other)
    }

    /// Reads why the server refused.
    pub async fn refusal(mut self) -> Refusal {
        // What was said before the connection broke is better than nothing.
        let mut bytes = BytesMut::new();
        let _ = self.read_into(&mut bytes, ERROR_LIMIT, self.idle.min(ERROR_TIME)).await;
        let coding = self.coding();
        let body = coding::decoded(coding.as_deref(), bytes.freeze(), ERROR_LIMIT);
        let body = body.unwrap_or_default();
        let failure = self.refused();
        let (status, headers, secrets) = (self.status, self.headers, self.secrets);
        Refusal { status, headers, failure, body, secrets }
    }

    /// What the status means, without what the server says.
    pub(super) fn refused(&self) -> Failure {
        let what = format!("{}: {}", self.line, self.status);
        let failure = Failure::new(kind_of(self.status), Side::Sink, what);
        // An earlier try, of which no answer is known, may have done it.
        let undone = is_definite(self.status) && !self.is_repeated;
        let failure = failure.retry_after(asked_wait(&self.headers));
        let failure = Failure { effort: self.effort, undone, ..failure };
        let failure = match self.redirects_to() {
            Some(to) => failure.because(format!("it redirects to {to}")).hint(
                "a write does not go elsewhere than it was meant for; write the host that this \
                 leads to, if it is to be trusted",
            ),
            None => failure,
        };
        match proxy_of(&self.url) {
            Some(proxy) if self.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => failure
                .because(format!("the proxy {proxy} answered"))
                .hint("give the proxy's user and password in HTTPS_PROXY or HTTP_PROXY"),
            _ => failure,
        }
    }

    /// Where a redirect leads that was not followed, without what may be secret.
    fn redirects_to(&self) -> Option<String> {
        let location = self.header(&header::LOCATION).filter(|_| self.status.is_redirection())?;
        let to = self.url.join(location).ok()?;
        // The path of a request that is not shown whole may be a secret too.
        Some(if self.is_hidden { address::origin(&to) } else { address::redacted(&to) })
    }

    /// Reads at most `limit` bytes, in no more time than `most`, and tells
    /// whether these were all.
    async fn read_into(
        &mut self,
        bytes: &mut BytesMut,
        limit: u64,
        most: Duration,
    ) -> Result<bool, Failure> {
        let end = Instant::now() + most;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(piece) = timeout(self.idle.min(left), self.response.chunk()).await else {
                let is_silent = self.idle <= left;
                let slow = || slow(&self.line, most);
                return Err(if is_silent { silence(&self.line, self.idle) } else { slow() });
            };
            let Some(piece) = piece.map_err(|error| lost(&self.line, error))? else {
                return Ok(true);
            };
            let room = usize::try_from(limit).unwrap_or(usize::MAX) - bytes.len();
            bytes.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                return Ok(false);
            }
        }
    }

    fn too_long(&self, limit: u64) -> Failure {
        self.fault(FailureKind::Protocol, format!("the answer has more than {limit} bytes"))
    }
}

impl Refusal {
    /// The failure, with the server's own `words` as its cause, in bounds and
    /// without the request's secrets.
    #[must_use]
    pub fn because(self, words: &str) -> Failure {
        const LIMIT: usize = 500;
        let words = self.secrets.hide(words);
        let words = words.trim();
        if words.is_empty() {
            return self.failure;
        }
        let end = words.char_indices().nth(LIMIT).map_or(words.len(), |(end, _)| end);
        let more = if end < words.len() { "…" } else { "" };
        self.failure.because(format!("{}{more}", escape(&words[..end])))
    }
}

/// Whether a status says that nothing was done: a refusal, or a redirect that
/// was not followed. A proxy that waited in vain (408, 499) does not know what
/// became of the request.
#[must_use]
pub fn is_definite(status: StatusCode) -> bool {
    let is_refused = status.is_client_error() || status.is_redirection();
    is_refused && !matches!(status.as_u16(), 408 | 499)
}

/// What a status means, where the protocol says nothing else.
#[must_use]
pub fn kind_of(status: StatusCode) -> FailureKind {
    match status.as_u16() {
        401 | 407 => FailureKind::Unauthorized,
        403 => FailureKind::Forbidden,
        404 | 410 => FailureKind::NotFound,
        409 | 412 => FailureKind::Conflict,
        429 => FailureKind::RateLimited,
        400 | 413 | 414 | 415 | 422 => FailureKind::Invalid,
        501 | 505 => FailureKind::Protocol,
        408 | 500..=599 => FailureKind::Server,
        _ => FailureKind::Protocol,
    }
}

/// The wait that the headers ask for.
pub(super) fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    retry_after(value, Timestamp::now())
}

/// Nothing moved.
pub(super) fn silence(line: &str, idle: Duration) -> Failure {
    let why = format!("nothing moved for {} s", idle.as_secs());
    Failure::new(FailureKind::Timeout, Side::Sink, why).context(line)
}

/// How long a document may take that is read whole, where nothing may move for
/// `idle`: one byte now and then is no way to send it.
fn whole_time(idle: Duration) -> Duration {
    idle * WHOLE
}

/// Does `work`, which reads a document at `place` whole, where nothing may move
/// for `idle`.
///
/// # Errors
///
/// Fails where that takes longer than a whole document may.
pub async fn whole<T>(
    idle: Duration,
    place: &str,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let most = whole_time(idle);
    timeout(most, work).await.map_err(|_| slow(place, most))
}

/// It came too slowly.
fn slow(line: &str, most: Duration) -> Failure {
    let why = format!("the answer did not end within {} s", most.as_secs());
    Failure::new(FailureKind::Timeout, Side::Sink, why).context(line)
}

/// The connection did not come about, or broke.
pub(super) fn lost(line: &str, error: reqwest::Error) -> Failure {
    let asked = error.url().cloned();
    let error = error.without_url();
    if let Some(failure) = Failure::find_in(&error) {
        return failure.context(line);
    }
    let mut failure = Failure::from_error(FailureKind::Network, Side::Sink, &error);
    // It says no more than the line does.
    failure.causes.retain(|cause| cause != "error sending request");
    if let Some(trouble) = trouble(&error) {
        let host = asked.as_ref().map(authority).unwrap_or_default();
        return trouble.explain(failure, &host).context(line);
    }
    match asked.as_ref().and_then(proxy_of).filter(|_| error.is_connect()) {
        // It may be the proxy that refuses, of which nothing else is told.
        Some(proxy) => failure.context(format!("through the proxy {proxy}")).context(line),
        None => failure.context(line),
    }
}
