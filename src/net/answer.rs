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
    address,
    coding::{self, Decoding, Unread},
    limits::ERROR_LIMIT,
    refusal::{HttpRefusal, asked_wait, is_definite, kind_of},
    secrets::RequestSecrets,
    timeouts::{silence, slow, whole_time},
    transport::Pieces,
};
use crate::model::{Effort, Failure, FailureKind, Side};

/// For how long is read why a server refused.
const ERROR_TIME: Duration = Duration::from_secs(10);

/// An answer; its body was not read yet.
#[derive(Debug)]
pub struct HttpAnswer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// Where the answer came from, after redirects.
    pub url: Url,
    /// The proxy through which it came, if there is one.
    pub proxy: Option<String>,
    pub(super) line: String,
    pub(super) pieces: Pieces,
    /// When it came.
    pub(super) came_at: Timestamp,
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
    pub(super) secrets: RequestSecrets,
}

impl HttpAnswer {
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
            "the server, or a proxy before it, re-encodes its answers; configure it to send \
             content unchanged",
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
        let piece = match timeout(self.idle, self.pieces.next()).await {
            Ok(piece) => piece.map_err(|failure| failure.context(&self.line)),
            Err(_) => Err(silence(&self.line, self.idle)),
        };
        piece.map_err(io::Error::other)
    }

    /// Reads why the server refused.
    pub async fn refusal(mut self) -> HttpRefusal {
        // What was said before the connection broke is better than nothing.
        let mut bytes = BytesMut::new();
        let _ = self.read_into(&mut bytes, ERROR_LIMIT, self.idle.min(ERROR_TIME)).await;
        let coding = self.coding();
        let body = coding::decoded(coding.as_deref(), bytes.freeze(), ERROR_LIMIT);
        let body = body.unwrap_or_default();
        let failure = self.refused();
        let (status, headers, secrets) = (self.status, self.headers, self.secrets);
        HttpRefusal { status, headers, failure, body, secrets }
    }

    /// What the status means, without what the server says.
    pub(super) fn refused(&self) -> Failure {
        let what = format!("{}: {}", self.line, self.status);
        let failure = Failure::new(kind_of(self.status), Side::Sink, what);
        // An earlier try, of which no answer is known, may have done it.
        let undone = is_definite(self.status) && !self.is_repeated;
        let failure = failure.retry_after(asked_wait(&self.headers, self.came_at));
        let failure = Failure { effort: self.effort, undone, ..failure };
        let failure = match self.redirects_to() {
            Some(to) => failure.because(format!("it redirects to {to}")).hint(
                "castoff does not follow redirects of writes; if you trust that host, use it in \
                 the URL",
            ),
            None => failure,
        };
        match &self.proxy {
            Some(proxy) if self.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => failure
                .because(format!("the proxy {proxy} answered"))
                .hint("set the proxy's user and password in HTTPS_PROXY or HTTP_PROXY"),
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
            let Ok(piece) = timeout(self.idle.min(left), self.pieces.next()).await else {
                let is_silent = self.idle <= left;
                let slow = || slow(&self.line, most);
                return Err(if is_silent { silence(&self.line, self.idle) } else { slow() });
            };
            let Some(piece) = piece.map_err(|failure| failure.context(&self.line))? else {
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
