//! The bytes of a blob, which a registry may only link to: where the storage
//! behind a link refuses it, the next link may be better.

use http::{HeaderValue, Method, header::RANGE};

use super::{RegistryClient, Scopes};
use crate::{
    model::{Digest, Failure, FailureKind, Repository},
    net::{self, Budget, HttpAnswer, OutgoingRequest},
};

impl RegistryClient {
    /// Asks for a blob, or a `part` of it. A link that its storage refuses is
    /// asked for anew as often as the budget allows; one that leads to nothing
    /// as well, unless it `may_miss`.
    pub(super) async fn get_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        part: Option<&HeaderValue>,
        may_miss: bool,
    ) -> Result<HttpAnswer, Failure> {
        self.get_blob_as(repository, digest, may_miss, |request| {
            part.into_iter().fold(request, |of, part| of.header(RANGE, part.clone()))
        })
        .await
    }

    /// Asks for a blob of at most `limit` bytes, which is read whole.
    pub(super) async fn get_small_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        limit: u64,
    ) -> Result<HttpAnswer, Failure> {
        self.get_blob_as(repository, digest, false, |request| request.document(limit)).await
    }

    async fn get_blob_as(
        &self,
        repository: &Repository,
        digest: &Digest,
        may_miss: bool,
        shape: impl Fn(OutgoingRequest) -> OutgoingRequest,
    ) -> Result<HttpAnswer, Failure> {
        let url = self.url(repository, &format!("blobs/{digest}")).await?;
        let mut budget = Budget::new(self.http.patience());
        loop {
            let request = shape(OutgoingRequest::new(Method::GET, url.clone()));
            let answer = self.send(request, &Scopes::pull(repository)).await?;
            let status = answer.status.as_u16();
            let is_refused = matches!(status, 400 | 401 | 403) || (status == 404 && !may_miss);
            if !is_refused || net::same_origin(&answer.url, &url) {
                return Ok(answer);
            }
            let failure = self.refused(answer).await.failure;
            let kind = failure.kind;
            let passing = Failure { kind: FailureKind::Server, ..failure };
            budget.wait(passing).await.map_err(|failure| Failure { kind, ..failure })?;
        }
    }
}
