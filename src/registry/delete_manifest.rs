//! Removing tags and manifests.

use http::{Method, StatusCode};
use oci_client::errors::OciErrorCode;

use super::{client::RegistryClient, manifest_name::ManifestName, scope::Scopes};
use crate::{
    model::{Failure, FailureKind, Repository},
    net::{OutgoingRequest, ShowWait},
};

/// What became of a name that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalOutcome {
    /// It was removed, or was not there.
    Done,
    /// It is not there; an earlier try, which was not answered well, may have
    /// removed half of it.
    Late,
    /// The registry removes no such thing.
    Unsupported,
}

impl RegistryClient {
    /// Removes a tag or a manifest. A tag's manifest stays where the registry
    /// can remove tags at all.
    ///
    /// # Errors
    ///
    /// Fails on any other answer than success, "not found" and "cannot".
    pub async fn delete_manifest(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
    ) -> Result<RemovalOutcome, Failure> {
        let url = self.url(repository, &name.path()).await?;
        let mut wait = ShowWait::new(self.http.patience());
        let answer = loop {
            let request = OutgoingRequest::new(Method::DELETE, url.clone());
            let answer = self.send(request, &Scopes::push(repository)).await?;
            let is_gone = answer.status != StatusCode::NOT_FOUND
                || !wait.may_go_on()
                || self.describe_once(repository, name).await?.is_none();
            if is_gone {
                break answer;
            }
            // It is there, and was not yet where it was to be removed.
            wait.pause(&self.written_as(repository, name)).await;
        };
        let is_late = answer.is_repeated() && answer.status == StatusCode::NOT_FOUND;
        match answer.status.as_u16() {
            200 | 202 | 204 | 404 => {
                self.recent.wrote(&self.written_as(repository, name), None);
                if let ManifestName::Digest(digest) = name {
                    // Its tags go with it.
                    self.recent.gone(&self.tags_of(repository), digest);
                }
                Ok(if is_late { RemovalOutcome::Late } else { RemovalOutcome::Done })
            }
            501 => Ok(RemovalOutcome::Unsupported),
            _ => {
                let refused = self.refused(answer).await;
                let unsupported = matches!(refused.status.as_u16(), 400 | 405)
                    || refused.has(&OciErrorCode::Unsupported);
                let failure =
                    if refused.immutable { refused.of_tag().failure } else { refused.failure };
                if unsupported && failure.kind != FailureKind::Conflict {
                    Ok(RemovalOutcome::Unsupported)
                } else {
                    Err(failure)
                }
            }
        }
    }
}
