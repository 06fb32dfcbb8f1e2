//! Blobs, and reading them.

use std::{ops::Range, pin::Pin};

use async_trait::async_trait;
use http::{HeaderValue, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::client::RegistryClient;
use crate::{
    model::{Digest, Failure, Repository, Side},
    net::{self, HttpAnswer},
};

/// The bytes of a blob that is pushed, which can be read again.
#[async_trait]
pub trait Blob: Send + Sync {
    /// Reads the bytes of `range`.
    async fn read(&self, range: Range<u64>) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure>;

    /// Hears that `bytes` more are on their way to the registry.
    fn advance(&self, bytes: u64);

    /// Hears that `bytes` more are at the registry, and need not be sent.
    fn skip(&self, bytes: u64);
}

/// How a blob came to be where it was pushed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushedAs {
    /// It was sent.
    Sent,
    /// The registry took it from another repository.
    Mounted,
    /// It was there.
    Present,
}

/// What is known of a blob at the registry before it is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobPresence {
    /// Nothing: the registry is asked.
    Unknown,
    /// It was read and is something else, whatever the registry says of it. It
    /// is sent.
    Wrong,
}

impl RegistryClient {
    /// Whether this process sent a blob to a repository, or had it taken over,
    /// lately.
    #[must_use]
    pub fn has_sent(&self, repository: &Repository, digest: &Digest) -> bool {
        let key = format!("{}{digest}", self.digests_of(repository));
        matches!(self.recent.written(&key), Some(Some(_)))
    }

    /// Reads the bytes of `range` of a blob, as they come. They are not checked.
    ///
    /// # Errors
    ///
    /// Fails as [`NotFound`](crate::model::FailureKind::NotFound) where there is no such blob.
    pub async fn read_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        range: Range<u64>,
    ) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
        let bytes = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        // Without it all comes, and the beginning is left out here.
        let part = HeaderValue::from_str(&bytes).ok().filter(|_| range.start > 0);
        let answer = self.get_blob(repository, digest, part.as_ref(), false).await?;
        let skip = match answer.status {
            StatusCode::PARTIAL_CONTENT => 0,
            // Not every server knows ranges.
            StatusCode::OK => range.start,
            _ => return Err(self.refused(answer).await.failure),
        };
        let mut reader: Pin<Box<dyn AsyncRead + Send>> = match answer.coding() {
            Some(coding) if is_coded(&answer, &range) => {
                let is_whole = answer.status == StatusCode::OK;
                if !is_whole || !matches!(coding.as_str(), "gzip" | "x-gzip") {
                    return Err(answer.coded(&coding, net::UNASKED));
                }
                Box::pin(answer.into_decoded())
            }
            _ => Box::pin(answer.into_reader()),
        };
        tokio::io::copy(&mut (&mut reader).take(skip), &mut tokio::io::sink())
            .await
            .map_err(|error| Failure::from_io(Side::Source, digest, &error))?;
        Ok(Box::pin(reader.take(range.end - range.start)))
    }
}

/// Whether a blob that is said to be compressed on its way is: some say so of
/// what is compressed for good. It has another length then, though never a much
/// larger one.
fn is_coded(answer: &HttpAnswer, range: &Range<u64>) -> bool {
    let start = if answer.status == StatusCode::PARTIAL_CONTENT { range.start } else { 0 };
    let Some(end) = answer.length().map(|length| start + length) else { return true };
    // One byte more may be asked for than there should be.
    let is_as_asked = end == range.end || end + 1 == range.end;
    !is_as_asked && end < range.end + range.end / 1000 + 64
}
