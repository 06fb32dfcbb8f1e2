//! What carries one request to a server, and one answer back.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, StatusCode};
use sync_wrapper::SyncStream;

use super::request::Request;
use crate::model::Failure;

/// Carries requests. It follows no redirects and asks nothing twice.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends a request, on a connection of its own where `is_new`, and gives
    /// the answer with its body unread. `moved` hears of what goes out.
    ///
    /// # Errors
    ///
    /// Fails where no answer came.
    async fn exchange(&self, request: Request, is_new: bool, moved: &Moved) -> Result<Reply, Lost>;
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Pieces,
}

/// A body as it comes.
pub struct Pieces(SyncStream<Body>);

type Body = Pin<Box<dyn Stream<Item = Result<Bytes, Failure>> + Send>>;

/// A request of which no answer came.
#[derive(Debug)]
pub struct Lost {
    /// Why, without the request.
    pub failure: Failure,
    /// Whether the connection ended before the first byte of an answer.
    pub is_stale: bool,
    /// Whether there never was a connection.
    pub is_unreached: bool,
}

/// Counts what moves, so that silence can be told from slowness. Clones count
/// together.
#[derive(Clone, Debug, Default)]
pub struct Moved(Arc<AtomicU64>);

impl Pieces {
    /// The pieces of `body`, which ends with the first failure.
    #[must_use]
    pub fn of(body: impl Stream<Item = Result<Bytes, Failure>> + Send + 'static) -> Self {
        Self(SyncStream::new(Box::pin(body)))
    }

    /// A body in memory.
    #[must_use]
    pub fn whole(bytes: Bytes) -> Self {
        Self::of(futures_util::stream::iter([Ok(bytes)]))
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    ///
    /// Fails where the connection broke.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        self.0.next().await.transpose()
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pieces")
    }
}

impl Lost {
    /// The failure, of a host that was `reached` before or was not.
    pub(super) fn before(self, reached: bool) -> Failure {
        if self.is_unreached && !reached {
            return self.failure.unreached();
        }
        self.failure
    }
}

impl From<Failure> for Lost {
    fn from(failure: Failure) -> Self {
        Self { failure, is_stale: false, is_unreached: false }
    }
}

impl Moved {
    /// Tells that something went out.
    pub fn tell(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
