//! Manifests and the tags that name them.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use oci_client::errors::OciErrorCode;
use serde::{Deserialize, de::IgnoredAny};

use super::{Client, Scopes, refusal::Refused};
use crate::{
    model::{
        Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT, Repository, Tag, media_type,
    },
    net::{Answer, Body, Budget, Request, Wait},
};

const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// How a manifest is asked for.
#[derive(Clone, Copy, Debug)]
pub enum ManifestName<'a> {
    /// By what it is.
    Digest(&'a Digest),
    /// By a name that may move.
    Tag(&'a Tag),
}

/// What became of a name that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It was removed, or was not there.
    Done,
    /// It is not there; an earlier try, which was not answered well, may have
    /// removed half of it.
    Late,
    /// The registry removes no such thing.
    Unsupported,
}

impl ManifestName<'_> {
    fn path(&self) -> String {
        match self {
            Self::Digest(digest) => format!("manifests/{digest}"),
            Self::Tag(tag) => format!("manifests/{tag}"),
        }
    }

    /// The digest that the content must have.
    fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Digest(digest) => Some(digest),
            Self::Tag(_) => None,
        }
    }
}

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

    async fn describe_once(
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
        let mut wait = Wait::new(self.http.patience());
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
        let request = Request::new(Method::PUT, url)
            .header(CONTENT_TYPE, kind)
            .body(Body::Bytes(bytes))
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

    /// Whether castoff itself has just written what `node` describes. That a
    /// read does not show it yet is no reason to send it again.
    #[must_use]
    pub fn has_written(&self, repository: &Repository, node: &Descriptor) -> bool {
        let key = self.written_as(repository, ManifestName::Digest(&node.digest));
        matches!(self.recent.written(&key), Some(Some(_)))
    }

    /// Whether this process made a tag name `digest` lately, and nothing else
    /// since.
    #[must_use]
    pub fn made(&self, repository: &Repository, tag: &Tag, digest: &Digest) -> bool {
        let key = self.written_as(repository, ManifestName::Tag(tag));
        self.recent.written(&key).flatten().as_ref() == Some(digest)
    }

    /// Notes what a tag is known to have named, whatever is read next.
    pub fn knew(&self, repository: &Repository, tag: &Tag, named: Option<&Digest>) {
        self.recent.saw(&self.written_as(repository, ManifestName::Tag(tag)), named.cloned());
    }

    /// What a write is remembered as, and shown.
    fn written_as(&self, repository: &Repository, name: ManifestName<'_>) -> String {
        match name {
            ManifestName::Digest(digest) => format!("{}{digest}", self.digests_of(repository)),
            ManifestName::Tag(tag) => format!("{}{tag}", self.tags_of(repository)),
        }
    }

    pub(super) fn digests_of(&self, repository: &Repository) -> String {
        format!("{}/{repository}@", self.host())
    }

    pub(super) fn tags_of(&self, repository: &Repository) -> String {
        format!("{}/{repository}:", self.host())
    }

    /// What is about `subject` is remembered below this.
    pub(super) fn about(&self, repository: &Repository, subject: &Digest) -> String {
        format!("referrers of {}{subject}: ", self.digests_of(repository))
    }

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
    ) -> Result<Removal, Failure> {
        let url = self.url(repository, &name.path()).await?;
        let mut wait = Wait::new(self.http.patience());
        let answer = loop {
            let request = Request::new(Method::DELETE, url.clone());
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
                Ok(if is_late { Removal::Late } else { Removal::Done })
            }
            501 => Ok(Removal::Unsupported),
            _ => {
                let refused = self.refused(answer).await;
                let unsupported = matches!(refused.status.as_u16(), 400 | 405)
                    || refused.has(&OciErrorCode::Unsupported);
                let failure =
                    if refused.immutable { refused.of_tag().failure } else { refused.failure };
                if unsupported && failure.kind != FailureKind::Conflict {
                    Ok(Removal::Unsupported)
                } else {
                    Err(failure)
                }
            }
        }
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

/// The digest of what a manifest is about.
fn subject_of(manifest: &[u8]) -> Option<Digest> {
    #[derive(Deserialize)]
    struct About {
        subject: Option<Descriptor>,
    }
    serde_json::from_slice::<About>(manifest).ok()?.subject.map(|subject| subject.digest)
}

/// What the headers of an answer describe, where all are there.
fn described(answer: &Answer) -> Option<Descriptor> {
    // An answer without a body may be said to have a length of 0, and one that
    // is compressed on its way has another.
    let size = answer.length().filter(|size| *size > 0 && answer.coding().is_none())?;
    let kind = content_type(answer).filter(|kind| is_own_kind(kind))?;
    Some(Descriptor::new(&kind, content_digest(answer)?, size))
}

/// Whether a media type tells manifests apart, unlike that of all JSON.
fn is_own_kind(kind: &str) -> bool {
    kind.starts_with("application/vnd.")
}

/// The media type of a manifest by what it says itself, else by what it holds.
fn kind_of(manifest: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kinds {
        media_type: Option<String>,
        manifests: Option<IgnoredAny>,
        layers: Option<IgnoredAny>,
    }
    let kinds: Kinds = serde_json::from_slice(manifest).ok()?;
    let held = match (kinds.manifests, kinds.layers) {
        (Some(_), None) => Some(media_type::INDEX.to_owned()),
        (None, Some(_)) => Some(media_type::MANIFEST.to_owned()),
        _ => None,
    };
    kinds.media_type.filter(|kind| is_own_kind(kind)).or(held)
}

/// Whether an answer is for people, as those of proxies and logins are.
pub(super) fn is_page(answer: &Answer) -> bool {
    content_type(answer).is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
}

fn content_type(answer: &Answer) -> Option<String> {
    let value = answer.header(&CONTENT_TYPE)?;
    Some(value.split(';').next().unwrap_or(value).trim().to_owned())
}

/// The digest that the registry says the content has.
pub(super) fn content_digest(answer: &Answer) -> Option<Digest> {
    answer.header(&CONTENT_DIGEST)?.parse().ok()
}

/// Fails where the registry speaks of other content than we do.
pub(super) fn check_digest(
    answer: &Answer,
    expected: Option<&Digest>,
    found: Option<&Digest>,
) -> Result<(), Failure> {
    match (expected, found) {
        (Some(expected), Some(found)) if expected.contradicts(found) => {
            Err(wrong_digest(expected, found).context(answer.line()))
        }
        _ => Ok(()),
    }
}

fn wrong_digest(expected: &Digest, found: &Digest) -> Failure {
    let why = format!("the registry has {found} instead of {expected}");
    Failure::new(FailureKind::Integrity, crate::model::Side::Sink, why)
}
