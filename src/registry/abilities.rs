//! What a registry can do, found out with requests that change nothing: what
//! is deleted does not exist, what is written is there already, and an upload
//! that is opened is given up.

use bytes::Bytes;
use http::{
    HeaderValue, Method, StatusCode,
    header::{CONTENT_TYPE, IF_MATCH},
};

use super::{Client, ManifestName, Removal, Scopes, mount::Opened};
use crate::{
    model::{Abilities, Can, Descriptor, Digest, Failure, FailureKind, Node, Repository, Tag},
    net::{Body, Request},
};

impl Client {
    /// Finds out what the registry can do, in `repository` or, without one, in
    /// the first that it lists, where nothing is written that is there already.
    /// `may_write` also tries what needs the permission to push.
    ///
    /// # Errors
    ///
    /// Fails where the registry cannot be reached, or does not let castoff in.
    pub async fn abilities(
        &self,
        repository: Option<&Repository>,
        may_write: bool,
    ) -> Result<Abilities, Failure> {
        self.ping(repository).await?;
        let mut found = Abilities::default();
        let listed = self.repositories(None).await;
        found.catalogue = match &listed {
            Ok(names) => Can::from_bool(names.is_some()),
            Err(failure) if is_refusal(failure) => Can::No,
            Err(failure) => return Err(failure.clone()),
        };
        let names = listed.ok().flatten().map(|page| page.names).unwrap_or_default();
        let first = names.iter().find_map(|name| name.parse::<Repository>().ok());
        // What is there is written again only where the user said so: some
        // registries have nothing there for a moment.
        let is_named = repository.is_some();
        let Some(repository) = repository.cloned().or(first) else { return Ok(found) };
        found.referrers = known(self.listed(&repository, &nobody()).await.map(|of| of.is_some()))?;
        if !may_write {
            return Ok(found);
        }
        let digest = nobody();
        let by_digest = self.delete_manifest(&repository, ManifestName::Digest(&digest)).await;
        found.manifest_deletes = known(by_digest.map(|how| how != Removal::Unsupported))?;
        let tag = Tag::about(&digest, ".castoff-probe");
        let by_tag = self.delete_manifest(&repository, ManifestName::Tag(&tag)).await;
        found.tag_deletes = known(by_tag.map(|how| how != Removal::Unsupported))?;
        found.resumable_uploads = known(self.keeps_uploads(&repository).await)?;
        let there = if is_named { self.any_manifest(&repository).await? } else { None };
        if let Some((manifest, bytes)) = there {
            found.mounts = known(self.mounts(&repository, &manifest, &bytes).await)?;
            found.conditional_writes = known(self.heeds(&repository, &manifest, bytes).await)?;
        }
        Ok(found)
    }

    /// Whether the registry tells how much it has of an open upload.
    async fn keeps_uploads(&self, repository: &Repository) -> Result<bool, Failure> {
        let Opened::Session(session) = self.open_upload(repository, None).await? else {
            return Ok(false);
        };
        let request = self.session_request(repository, Method::GET, session.url.clone()).await?;
        let answer = self.send(request, &Scopes::push(repository)).await;
        self.abandon(repository, &session).await;
        Ok(answer?.status == StatusCode::NO_CONTENT)
    }

    /// Whether a blob of the repository can be taken into the repository.
    async fn mounts(
        &self,
        repository: &Repository,
        manifest: &Descriptor,
        bytes: &Bytes,
    ) -> Result<bool, Failure> {
        let parsed = Node::parse(bytes.to_vec(), manifest.media_type.as_str());
        let Ok(Node::Manifest(manifest)) = parsed else { return Ok(false) };
        let blob = (&manifest.config.digest, repository);
        match self.open_upload(repository, Some(blob)).await? {
            Opened::Mounted => Ok(true),
            Opened::Session(session) => {
                self.abandon(repository, &session).await;
                Ok(false)
            }
        }
    }

    /// Whether a write is refused that is to be done only if something else is
    /// there. What is written is there already.
    async fn heeds(
        &self,
        repository: &Repository,
        manifest: &Descriptor,
        bytes: Bytes,
    ) -> Result<bool, Failure> {
        let url = self.url(repository, &format!("manifests/{}", manifest.digest)).await?;
        let kind = HeaderValue::from_str(manifest.media_type.as_str());
        let request = Request::new(Method::PUT, url)
            .header(IF_MATCH, HeaderValue::from_static("\"something else\""))
            .header(CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("")))
            .body(Body::Bytes(bytes));
        let answer = self.send(request, &Scopes::push(repository)).await?;
        match answer.status {
            StatusCode::PRECONDITION_FAILED => Ok(true),
            status if status.is_success() => Ok(false),
            _ => Err(self.refused(answer).await.failure),
        }
    }

    /// A manifest of the repository, for one platform.
    async fn any_manifest(
        &self,
        repository: &Repository,
    ) -> Result<Option<(Descriptor, Bytes)>, Failure> {
        let names = self.tags(repository, None).await?.map(|page| page.names).unwrap_or_default();
        let Some(tag) = names.iter().find_map(|name| name.parse::<Tag>().ok()) else {
            return Ok(None);
        };
        let found = self.manifest(repository, ManifestName::Tag(&tag)).await?;
        let Some((descriptor, bytes)) = found else { return Ok(None) };
        let first = match Node::parse(bytes.to_vec(), descriptor.media_type.as_str()) {
            Ok(Node::Index(index)) => index.manifests.into_iter().next(),
            _ => return Ok(Some((descriptor, bytes))),
        };
        match first {
            Some(first) => self.manifest(repository, ManifestName::Digest(&first.digest)).await,
            None => Ok(None),
        }
    }
}

/// A digest without content.
fn nobody() -> Digest {
    Digest::of(
        b"castoff deletes this to find out whether the registry allows deletes; no image has it",
    )
}

fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Unauthorized | FailureKind::Forbidden)
}

/// What was tried: what castoff may not do is not known.
fn known(tried: Result<bool, Failure>) -> Result<Can, Failure> {
    match tried {
        Ok(can) => Ok(Can::from_bool(can)),
        Err(failure) if failure.is_transient() => Err(failure),
        Err(_) => Ok(Can::Unknown),
    }
}
