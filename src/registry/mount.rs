//! Opening an upload, and taking a blob over from another repository instead.

use std::sync::PoisonError;

use http::{Method, StatusCode};

use super::{client::RegistryClient, scope::Scopes, session::UploadSession};
use crate::{
    model::{Digest, Failure, FailureKind, Repository},
    net::OutgoingRequest,
};

/// How many repositories are tried for one blob.
const MOUNTS_LIMIT: usize = 2;

/// What a registry did when asked for an upload.
pub(super) enum Opened {
    Mounted,
    Session(UploadSession),
}

impl RegistryClient {
    /// Remembers that a repository holds a blob, which others can take over.
    pub fn holds(&self, repository: &Repository, digest: &Digest) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        holders.entry(digest.clone()).or_default().insert(repository.clone());
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
        let answer = self.send(OutgoingRequest::new(Method::POST, url), &scopes).await?;
        match answer.status {
            StatusCode::CREATED if mount.is_some() => Ok(Opened::Mounted),
            StatusCode::ACCEPTED => UploadSession::opened(self, answer).await.map(Opened::Session),
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

    pub(super) fn has_mounted(&self, repository: &Repository, digest: &Digest) {
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
