//! Manifests, read by their digests or their tags.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header::ACCEPT};
use oci_client::errors::OciErrorCode;

use super::{
    client::Client,
    manifest_answer::{
        check_digest, content_digest, content_type, described, is_own_kind, is_page, kind_of,
        wrong_digest,
    },
    manifest_name::ManifestName,
    scope::Scopes,
};
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT, Repository, media_type},
    net::{Answer, Request},
};

const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

impl Client {
    /// Describes a manifest by its headers, where these say enough; none where
    /// there is none.
    ///
    /// # Errors
    ///
    /// Fails on any answer that is neither a manifest nor "not found".
    pub async fn describe_manifest(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
    ) -> Result<Option<Descriptor>, Failure> {
        let digest = |found: &Option<Descriptor>| found.as_ref().map(|it| it.digest.clone());
        let read = || self.describe_once(repository, name);
        self.recent.read(&self.written_as(repository, name), digest, read).await
    }

    pub(super) async fn describe_once(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
    ) -> Result<Option<Descriptor>, Failure> {
        let mut missed = false;
        if self.can.head_manifests() {
            let answer = self.ask_manifest(Method::HEAD, repository, name).await?;
            match answer.status {
                StatusCode::OK => {
                    if let Some(descriptor) = described(&answer).filter(|_| !is_page(&answer)) {
                        check_digest(&answer, name.digest(), Some(&descriptor.digest))?;
                        return self.proven(repository, name, descriptor).await;
                    }
                }
                StatusCode::NOT_FOUND if self.can.are_heads_proven() => return Ok(None),
                // Some servers know no HEAD, and say so with a 404.
                StatusCode::NOT_FOUND => missed = true,
                StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
                    self.can.no_head_manifests();
                }
                // A HEAD has no body that says why; a GET has.
                status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {}
                _ => return Err(self.refused(answer).await.failure),
            }
        }
        let found = self.manifest_once(repository, name).await?;
        if missed && found.is_some() {
            self.can.no_head_manifests();
        }
        Ok(found.map(|(descriptor, _)| descriptor))
    }

    /// What a HEAD said, where it is known to say what is so, as the first one
    /// has to show.
    async fn proven(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
        said: Descriptor,
    ) -> Result<Option<Descriptor>, Failure> {
        if self.can.are_heads_proven() {
            return Ok(Some(said));
        }
        let found = self.manifest_once(repository, name).await?.map(|(found, _)| found);
        match &found {
            Some(found) if *found == said => self.can.prove_heads(),
            Some(found) if found.digest == said.digest => self.can.no_head_manifests(),
            // It moved meanwhile.
            _ => {}
        }
        Ok(found)
    }

    /// Reads a manifest, and describes what was read; none where there is
    /// none.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Integrity`] where the content is not what the
    /// name or the registry says.
    pub async fn manifest(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
    ) -> Result<Option<(Descriptor, Bytes)>, Failure> {
        let digest =
            |found: &Option<(Descriptor, Bytes)>| found.as_ref().map(|(it, _)| it.digest.clone());
        let read = || self.manifest_once(repository, name);
        self.recent.read(&self.written_as(repository, name), digest, read).await
    }

    async fn manifest_once(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
    ) -> Result<Option<(Descriptor, Bytes)>, Failure> {
        let answer = self.ask_manifest(Method::GET, repository, name).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return self.not_found(answer).await,
            _ => return Err(self.refused(answer).await.failure),
        }
        if is_page(&answer) {
            let failure =
                answer.fault(FailureKind::Protocol, "the answer is a web page, not a manifest");
            return Err(failure.hint("a login or a proxy may have answered; check the host"));
        }
        let (line, kind) = (answer.line().to_owned(), content_type(&answer));
        let said = content_digest(&answer);
        let bytes = answer.bytes(MANIFEST_LIMIT).await?;
        let promised = [name.digest(), said.as_ref()];
        let mut promised = promised.into_iter().flatten();
        let found =
            promised.clone().next().map_or_else(|| Digest::of(&bytes), |it| it.same_of(&bytes));
        if let Some(promised) = promised.find(|it| it.contradicts(&found)) {
            return Err(wrong_digest(promised, &found).context(line));
        }
        let kind = kind.filter(|kind| is_own_kind(kind)).or_else(|| kind_of(&bytes));
        let kind = kind.as_deref().unwrap_or(media_type::OCTET_STREAM);
        Ok(Some((Descriptor::new(kind, found, bytes.len() as u64), bytes)))
    }

    async fn ask_manifest(
        &self,
        method: Method,
        repository: &Repository,
        name: ManifestName<'_>,
    ) -> Result<Answer, Failure> {
        let url = self.url(repository, &name.path()).await?;
        let request = Request::new(method, url)
            .document(MANIFEST_LIMIT)
            .header(ACCEPT, HeaderValue::from_static(ACCEPTED));
        self.send(request, &Scopes::pull(repository)).await
    }

    /// That there is none, whatever code stands beside it: each registry has its
    /// own. Where it is said that this may not be known, it is not.
    pub(super) async fn not_found<T>(&self, answer: Answer) -> Result<Option<T>, Failure> {
        let refused = self.refused(answer).await;
        let hidden =
            [OciErrorCode::Denied, OciErrorCode::Unauthorized, OciErrorCode::Toomanyrequests];
        if hidden.iter().any(|code| refused.has(code)) { Err(refused.failure) } else { Ok(None) }
    }
}
