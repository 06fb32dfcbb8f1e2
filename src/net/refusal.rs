//! An answer that is no success, and what its status means.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;

use super::{retry_after::retry_after, secrets::RequestSecrets};
use crate::model::{Failure, FailureKind, escape};

/// An answer that is no success, with what the server said.
#[derive(Debug)]
pub struct HttpRefusal {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// What the status alone means.
    pub failure: Failure,
    /// The body, as far as it was read. It may repeat what was secret.
    pub body: Bytes,
    pub(super) secrets: RequestSecrets,
}

impl HttpRefusal {
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

/// The wait that the headers of an answer ask for that came `now`.
pub(super) fn asked_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    retry_after(value, now)
}
