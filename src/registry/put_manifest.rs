//! Storing manifests.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE};

use super::{
    client::RegistryClient,
    manifest_answer::{check_digest, content_digest, subject_of},
    manifest_name::ManifestName,
    refusal::Refused,
    scope::Scopes,
};
use crate::{
    model::{Digest, Failure, FailureKind, Repository, media_type},
    net::{Budget, HttpBody, OutgoingRequest, ShowWait},
};

impl RegistryClient {
    /// Stores a manifest under a name, byte by byte as it is.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::NotFound`] where the registry misses what the
    /// manifest refers to.
    pub async fn put_manifest(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
        kind: &str,
        bytes: Bytes,
    ) -> Result<(), Failure> {
        let mut wait = ShowWait::new(self.http.patience());
        let mut budget = Budget::new(self.http.patience());
        loop {
            let is_tag = name.digest().is_none();
            let put = self.put_once(repository, name, kind, bytes.clone()).await?;
            match put.map_err(|it| if is_tag { it.of_tag() } else { it.of_content() }) {
                Ok(()) => return Ok(()),
                Err(refused)
                    if refused.status == StatusCode::CONFLICT && refused.failure.is_transient() =>
                {
                    budget.wait(refused.failure).await?;
                }
                // What was sent a moment ago may not be seen everywhere yet.
                Err(refused) if self.may_be_late(repository, &refused) => {
                    wait.pause(&self.written_as(repository, name)).await;
                }
                Err(refused) => {
                    if refused.failure.kind == FailureKind::NotFound {
                        // What is missing is to be sent again.
                        self.recent.forget(&self.digests_of(repository));
                    }
                    return Err(refused.missing());
                }
            }
        }
    }

    /// Whether what a manifest is refused for was written lately.
    fn may_be_late(&self, repository: &Repository, refused: &Refused) -> bool {
        let written = self.recent.written_below(&self.digests_of(repository));
        let is_it =
            |digest: &str| refused.digest.as_ref().is_none_or(|missing| missing.as_str() == digest);
        // The page of something else than a registry misses nothing.
        refused.failure.kind == FailureKind::NotFound
            && refused.has_codes()
            && written.iter().any(|(digest, now)| now.is_some() && is_it(digest))
    }

    async fn put_once(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
        kind: &str,
        bytes: Bytes,
    ) -> Result<Result<(), Refused>, Failure> {
        let digest = name.digest().map_or_else(|| Digest::of(&bytes), |it| it.same_of(&bytes));
        let subject = subject_of(&bytes);
        let url = self.url(repository, &name.path()).await?;
        let kind = HeaderValue::from_str(kind)
            .unwrap_or(HeaderValue::from_static(media_type::OCTET_STREAM));
        let request = OutgoingRequest::new(Method::PUT, url)
            .header(CONTENT_TYPE, kind)
            .body(HttpBody::Bytes(bytes))
            .patient();
        let answer = self.send(request, &Scopes::push(repository)).await?;
        if matches!(answer.status, StatusCode::CREATED | StatusCode::OK | StatusCode::ACCEPTED) {
            check_digest(&answer, Some(&digest), content_digest(&answer).as_ref())?;
            if let Some(subject) = subject {
                self.recent.wrote(
                    &format!("{}{digest}", self.about(repository, &subject)),
                    Some(digest.clone()),
                );
            }
            self.recent.wrote(&self.written_as(repository, name), Some(digest));
            return Ok(Ok(()));
        }
        Ok(Err(self.refused(answer).await))
    }
}
