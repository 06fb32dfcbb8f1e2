//! Whether a blob is there, and how long it is: a HEAD should tell, and does
//! not have to (OCI distribution specification, "Checking if content exists";
//! RFC 9110, section 8.6).

use http::{HeaderValue, Method, StatusCode, header::CONTENT_RANGE};

use tokio::io::AsyncReadExt;

use super::{
    RegistryClient, Scopes,
    manifest_answer::{check_digest, content_digest},
};
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Repository, Side},
    net::{HttpAnswer, OutgoingRequest},
};

/// What an answer tells of a blob.
enum BlobHeaders {
    Missing,
    /// It is there; its size in bytes, where that is told.
    There(Option<u64>),
    /// The method is of no use here.
    Nothing,
}

impl RegistryClient {
    /// The size of a blob in bytes; none where there is no such blob. A blob
    /// is named by its digest, so one that is there without a size has the
    /// `expected` one.
    ///
    /// # Errors
    ///
    /// Fails on any answer that is neither a blob nor "not found".
    pub async fn blob_size(
        &self,
        repository: &Repository,
        digest: &Digest,
        expected: u64,
    ) -> Result<Option<u64>, Failure> {
        let key = format!("{}{digest}", self.digests_of(repository));
        let value = |size: &Option<u64>| size.map(|_| digest.clone());
        let read = || self.blob_size_once(repository, digest, expected);
        self.recent.read(&key, value, read).await
    }

    async fn blob_size_once(
        &self,
        repository: &Repository,
        digest: &Digest,
        expected: u64,
    ) -> Result<Option<u64>, Failure> {
        if self.can.head_blobs() {
            match self.head_blob(repository, digest).await? {
                BlobHeaders::Missing => return Ok(None),
                BlobHeaders::There(Some(size)) if size == expected => {
                    self.holds(repository, digest);
                    return Ok(Some(size));
                }
                // What a HEAD says of a size is not enough to doubt a blob.
                BlobHeaders::There(None) | BlobHeaders::Nothing => self.can.no_head_blobs(),
                BlobHeaders::There(Some(_)) => {}
            }
        }
        match self.get_size(repository, digest).await? {
            BlobHeaders::There(size) => {
                self.holds(repository, digest);
                Ok(Some(size.unwrap_or(expected)))
            }
            BlobHeaders::Missing | BlobHeaders::Nothing => Ok(None),
        }
    }

    /// What the registry serves as a blob, found by reading it; none where
    /// nothing is served, whatever a HEAD says. One of at most `limit` bytes is
    /// read whole and has the digest that is returned; of a larger one the
    /// first byte is, and it has the digest that the registry took it under.
    ///
    /// # Errors
    ///
    /// Fails on any answer that is neither a blob nor "not found".
    pub async fn served(
        &self,
        repository: &Repository,
        node: &Descriptor,
        limit: u64,
    ) -> Result<Option<(Digest, u64)>, Failure> {
        if node.size > limit {
            return Ok(match self.get_size(repository, &node.digest).await? {
                BlobHeaders::There(size) => Some((node.digest.clone(), size.unwrap_or(node.size))),
                BlobHeaders::Missing | BlobHeaders::Nothing => None,
            });
        }
        // One byte more than there should be shows that there is more.
        let mut reader = match self.read_blob(repository, &node.digest, 0..node.size + 1).await {
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            read => read?,
        };
        let mut bytes = Vec::new();
        let place = format!("{}/{repository}", self.host());
        let read = self.http.whole(&place, reader.read_to_end(&mut bytes)).await?;
        read.map_err(|error| Failure::from_io(Side::Sink, place, &error))?;
        Ok(Some((node.digest.same_of(&bytes), bytes.len() as u64)))
    }

    async fn head_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<BlobHeaders, Failure> {
        let url = self.url(repository, &format!("blobs/{digest}")).await?;
        let answer =
            self.send(OutgoingRequest::new(Method::HEAD, url), &Scopes::pull(repository)).await?;
        match answer.status {
            StatusCode::OK => {
                check_digest(&answer, Some(digest), content_digest(&answer).as_ref())?;
                // An answer without a body may be said to have a length of 0.
                Ok(BlobHeaders::There(length(&answer).filter(|size| *size > 0)))
            }
            StatusCode::NOT_FOUND => Ok(BlobHeaders::Missing),
            status if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
                Err(self.refused(answer).await.failure)
            }
            StatusCode::TOO_MANY_REQUESTS => Err(self.refused(answer).await.failure),
            // A link that is signed for GET alone, or a server without HEAD; a
            // GET says more.
            _ => Ok(BlobHeaders::Nothing),
        }
    }

    /// The same by asking for one byte.
    async fn get_size(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<BlobHeaders, Failure> {
        let first = HeaderValue::from_static("bytes=0-0");
        let answer = self.get_blob(repository, digest, Some(&first), true).await?;
        check_digest(&answer, Some(digest), content_digest(&answer).as_ref())?;
        match answer.status {
            StatusCode::OK => Ok(BlobHeaders::There(length(&answer))),
            // There is no first byte in an empty one.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                Ok(BlobHeaders::There(of_range(&answer)))
            }
            StatusCode::NOT_FOUND => Ok(BlobHeaders::Missing),
            _ => Err(self.refused(answer).await.failure),
        }
    }
}

/// How long the blob is, unless it is compressed on its way.
fn length(answer: &HttpAnswer) -> Option<u64> {
    answer.length().filter(|_| answer.coding().is_none())
}

/// The number behind the slash of `bytes 0-0/SIZE`.
fn of_range(answer: &HttpAnswer) -> Option<u64> {
    answer.header(&CONTENT_RANGE)?.rsplit_once('/')?.1.trim().parse().ok()
}
