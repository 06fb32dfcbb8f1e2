//! Blobs: whether they are there, and taking them over.

use std::{ops::Range, pin::Pin, sync::PoisonError};

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Client, Scopes, session::Session, upload::Upload};
use crate::{
    model::{Digest, Failure, FailureKind, Repository, Side},
    net::{self, Answer, Request, patiently},
};

/// How many repositories are tried for one blob.
const MOUNTS_LIMIT: usize = 2;

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
pub enum Stored {
    /// It was sent.
    Sent,
    /// The registry took it from another repository.
    Mounted,
    /// It was there.
    Present,
}

/// What is known of a blob at the registry before it is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// Nothing: the registry is asked.
    Unknown,
    /// It was read and is something else, whatever the registry says of it. It
    /// is sent.
    Wrong,
}

impl Client {
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
    /// Fails as [`FailureKind::NotFound`] where there is no such blob.
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

    /// Remembers that a repository holds a blob, which others can take over.
    pub fn holds(&self, repository: &Repository, digest: &Digest) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        holders.entry(digest.clone()).or_default().insert(repository.clone());
    }

    /// Brings a blob into a repository in the cheapest way: none where it is
    /// there, over from another repository, or by sending it; an upload that
    /// broke off goes on where it did.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Integrity`] where the content is not what
    /// `digest` says. After any other failure the upload can go on.
    pub async fn push_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        size: u64,
        blob: std::sync::Arc<dyn Blob>,
        there: There,
    ) -> Result<Stored, Failure> {
        let upload = Upload::new(self, repository, digest, size, blob, there);
        // A task that waited here finds the blob in place.
        let _turn = self.uploads.lock(&upload.key()).await;
        if there == There::Unknown && self.has_sent(repository, digest) {
            upload.finished();
            return Ok(Stored::Present);
        }
        let found = match there {
            There::Unknown => self.blob_size(repository, digest, size).await?,
            There::Wrong => None,
        };
        let stored = match found {
            Some(found) if found == size => Stored::Present,
            Some(found) => return Err(wrong_size(digest, size, found)),
            None => {
                if self.was_mounted(repository, digest) {
                    // It said so, and nothing came: no mount of it is to be believed.
                    self.can.no_mount();
                }
                let stored = upload.run().await?;
                if stored == Stored::Mounted {
                    self.has_mounted(repository, digest);
                }
                let key = format!("{}{digest}", self.digests_of(repository));
                self.recent.wrote(&key, Some(digest.clone()));
                stored
            }
        };
        upload.finished();
        self.holds(repository, digest);
        Ok(stored)
    }

    /// Whether castoff may push to a repository, proven by opening an upload,
    /// which is given up again.
    ///
    /// # Errors
    ///
    /// Fails where the registry refuses.
    pub async fn check_push(&self, repository: &Repository) -> Result<(), Failure> {
        let open = || self.open_upload(repository, None);
        let session = patiently(self.http.patience(), open).await.map_err(|failure| {
            if failure.kind == FailureKind::NotFound {
                failure.hint("some registries need the repository to be created before a push")
            } else {
                failure
            }
        })?;
        if let Opened::Session(session) = session {
            self.abandon(repository, &session).await;
        }
        Ok(())
    }

    /// Opens an upload, or mounts a blob instead.
    pub(super) async fn open_upload(
        &self,
        repository: &Repository,
        mount: Option<(&Digest, &Repository)>,
    ) -> Result<Opened, Failure> {
        let mut url = self.url(repository, "blobs/uploads/").await?;
        let mut scopes = Scopes::push(repository);
        if let Some((digest, from)) = mount {
            let mut query = url.query_pairs_mut();
            query.append_pair("mount", digest.as_str()).append_pair("from", from.as_str());
            scopes = Scopes::mount(repository, from);
        }
        let answer = self.send(Request::new(Method::POST, url), &scopes).await?;
        match answer.status {
            StatusCode::CREATED if mount.is_some() => Ok(Opened::Mounted),
            StatusCode::ACCEPTED => Session::opened(self, answer).await.map(Opened::Session),
            _ => Err(self.refused(answer).await.of_content().failure),
        }
    }

    /// Tries to take a blob over from a repository that is known to hold it.
    /// What a registry opens instead is used; where it refuses, the blob is
    /// sent.
    pub(super) async fn mount(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Option<Opened>, Failure> {
        if !self.can.mount() {
            return Ok(None);
        }
        for from in self.holders(repository, digest) {
            match self.open_upload(repository, Some((digest, &from))).await {
                Ok(opened) => return Ok(Some(opened)),
                Err(failure) if failure.unreached => return Err(failure),
                Err(failure) => {
                    tracing::debug!(%failure, "no mount");
                    let is_useless =
                        matches!(failure.kind, FailureKind::Protocol | FailureKind::Invalid);
                    // One that could not be answered in all its tries may be the
                    // only thing that does not work.
                    if is_useless || failure.is_transient() {
                        self.can.no_mount();
                        break;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Whether a blob was taken over into a repository before, as the registry
    /// said.
    pub(super) fn was_mounted(&self, repository: &Repository, digest: &Digest) -> bool {
        let mounted = self.mounted.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.contains(&(repository.clone(), digest.clone()))
    }

    fn has_mounted(&self, repository: &Repository, digest: &Digest) {
        let mut mounted = self.mounted.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.insert((repository.clone(), digest.clone()));
    }

    /// Other repositories that hold a blob.
    fn holders(&self, repository: &Repository, digest: &Digest) -> Vec<Repository> {
        let holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let known = holders.get(digest).into_iter().flatten();
        known.filter(|holder| *holder != repository).take(MOUNTS_LIMIT).cloned().collect()
    }
}

/// Whether a blob that is said to be compressed on its way is: some say so of
/// what is compressed for good. It has another length then, though never a much
/// larger one.
fn is_coded(answer: &Answer, range: &Range<u64>) -> bool {
    let start = if answer.status == StatusCode::PARTIAL_CONTENT { range.start } else { 0 };
    let Some(end) = answer.length().map(|length| start + length) else { return true };
    // One byte more may be asked for than there should be.
    let is_as_asked = end == range.end || end + 1 == range.end;
    !is_as_asked && end < range.end + range.end / 1000 + 64
}

/// What a registry did when asked for an upload.
pub(super) enum Opened {
    Mounted,
    Session(Session),
}

fn wrong_size(digest: &Digest, expected: u64, found: u64) -> Failure {
    let why = format!("the registry's {digest} has {found} bytes, and should have {expected}");
    Failure::new(FailureKind::Integrity, Side::Sink, why)
}
