//! What is about a manifest (OCI distribution specification, "Listing
//! Referrers"), also where the registry keeps no such list.

use std::collections::HashSet;

use http::{HeaderValue, Method, StatusCode, header};
use serde::Deserialize;

use super::{Client, ManifestName, Scopes, link::next_query, manifest_answer::is_page};
use crate::{
    model::{
        Descriptor, Digest, Failure, FailureKind, Index, MANIFEST_LIMIT, Node, Repository, Tag,
        lenient, media_type,
    },
    net::{self, Answer, Request},
};

/// How many pages of one list are read.
const PAGES: usize = 1_000;
/// How often a list is written until it holds what it should.
const ROUNDS: usize = 5;

/// A list of referrers, of which each entry is read by itself.
#[derive(Deserialize)]
struct RawList {
    #[serde(default, deserialize_with = "lenient::some_list")]
    manifests: Option<Vec<serde_json::Value>>,
}

impl Client {
    /// The manifests that name `subject` as theirs, from the registry's list
    /// or from the index under the tag that takes its place.
    ///
    /// # Errors
    ///
    /// Fails on any answer that is neither a list nor "there is none".
    pub async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Failure> {
        let mut found = Vec::new();
        if self.can.referrers() {
            let agrees = |listed: &Option<Vec<Descriptor>>, digest: &str, is_there: bool| {
                let is_it = |of: &Descriptor| of.digest.as_str() == digest;
                listed.as_ref().is_none_or(|listed| listed.iter().any(is_it) == is_there)
            };
            let read = || self.listed(repository, subject);
            match self.recent.list(&self.about(repository, subject), agrees, read).await? {
                Some(listed) => found = listed,
                None => self.can.no_referrers(),
            }
        }
        if !self.can.referrers() {
            found = self.tagged(repository, subject).await?;
        }
        let mut seen = HashSet::new();
        found.retain(|node| seen.insert(node.digest.clone()));
        Ok(found)
    }

    /// Sees to it that `referrer`, which is in the repository, is found by its
    /// subject. Where the registry keeps no list, the index under the tag is
    /// read, added to, written and read again, so that of two that add at once
    /// neither is lost.
    ///
    /// # Errors
    ///
    /// Fails where others write the index again and again.
    pub async fn refer(
        &self,
        repository: &Repository,
        subject: &Digest,
        referrer: &Descriptor,
    ) -> Result<(), Failure> {
        let is_it = |found: &Descriptor| found.digest == referrer.digest;
        for _ in 0..ROUNDS {
            if self.referrers(repository, subject).await?.iter().any(is_it) {
                return Ok(());
            }
            let list = self.kept(repository, subject).await?;
            if list.manifests.iter().any(is_it) {
                return Ok(());
            }
            let index = list.and(vec![referrer.clone()]);
            let tag = Tag::about(subject, "");
            let bytes = index.raw().to_vec().into();
            self.put_manifest(repository, ManifestName::Tag(&tag), media_type::INDEX, bytes)
                .await?;
        }
        let why = format!("the list of referrers of {subject} changes again and again");
        Err(Failure::new(FailureKind::Server, crate::model::Side::Sink, why)
            .context(format!("{}/{repository}", self.host())))
    }

    /// What the registry lists; none where it has no such lists.
    pub(super) async fn listed(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Option<Vec<Descriptor>>, Failure> {
        let mut url = self.url(repository, &format!("referrers/{subject}")).await?;
        let (mut found, mut pages) = (Vec::new(), 0);
        loop {
            let request = Request::new(Method::GET, url.clone())
                .document(MANIFEST_LIMIT)
                .header(header::ACCEPT, HeaderValue::from_static(media_type::INDEX));
            let answer = self.send(request, &Scopes::pull(repository)).await?;
            match answer.status {
                StatusCode::OK => {}
                // A list that began is not known where it breaks off.
                StatusCode::NOT_FOUND
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::NOT_IMPLEMENTED
                | StatusCode::BAD_REQUEST
                | StatusCode::NOT_ACCEPTABLE
                    if pages == 0 =>
                {
                    return Ok(None);
                }
                StatusCode::NOT_FOUND => return Err(self.cut_off(answer).await),
                _ => return Err(self.refused(answer).await.failure),
            }
            // The page of something else than a registry is no list.
            if pages == 0 && is_page(&answer) {
                return Ok(None);
            }
            let next = next_query(&answer.headers);
            let next = next.map_err(|why| answer.fault(FailureKind::Server, why))?;
            found.extend(self.entries(repository, answer).await?);
            pages += 1;
            match next {
                Some(next) if pages < PAGES => url.set_query(Some(&next)),
                Some(_) => {
                    let why =
                        format!("the list of referrers of {subject} has more than {PAGES} pages");
                    return Err(Failure::new(FailureKind::Invalid, crate::model::Side::Sink, why));
                }
                None => return Ok(Some(found)),
            }
        }
    }

    /// The entries of a page. What one leaves out is asked for; one with a digest that
    /// cannot be read is left out aloud, since it cannot be asked for either.
    async fn entries(
        &self,
        repository: &Repository,
        answer: Answer,
    ) -> Result<Vec<Descriptor>, Failure> {
        let line = answer.line().to_owned();
        let not_a_list = answer.fault(FailureKind::Server, "the answer is not a list of referrers");
        let bytes = answer.bytes(MANIFEST_LIMIT).await?;
        let Ok(list) = serde_json::from_slice::<RawList>(&bytes) else { return Err(not_a_list) };
        let Some(entries) = list.manifests else { return Err(not_a_list) };
        let (mut found, mut odd) = (Vec::new(), 0);
        for entry in entries {
            if let Ok(node) = serde_json::from_value::<Descriptor>(entry.clone()) {
                found.push(node);
                continue;
            }
            let digest = entry["digest"].as_str().and_then(|digest| digest.parse::<Digest>().ok());
            let Some(digest) = digest else {
                odd += 1;
                continue;
            };
            let name = ManifestName::Digest(&digest);
            let Some(node) = self.describe_manifest(repository, name).await? else { continue };
            let artifact_type = entry["artifactType"].as_str().map(str::to_owned);
            found.push(Descriptor { artifact_type, ..node });
        }
        if odd > 0 {
            net::tell_once(format!("{line}: {odd} of the list cannot be read, and is ignored"));
        }
        Ok(found)
    }

    /// The list under the tag that is made from the digest, which is about to be
    /// written. Something else that is called so is left alone.
    async fn kept(&self, repository: &Repository, subject: &Digest) -> Result<Index, Failure> {
        self.under_tag(repository, subject).await?.ok_or_else(|| {
            let tag = Tag::about(subject, "");
            let why = format!("`{tag}` is not a list of referrers, so it was not overwritten");
            Failure::new(FailureKind::Invalid, crate::model::Side::Sink, why)
                .context(format!("{}/{repository}", self.host()))
                .hint("move its content to another tag, and remove this one")
        })
    }

    /// The same; nothing where it is something else.
    async fn tagged(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Failure> {
        Ok(self.under_tag(repository, subject).await?.map_or_else(Vec::new, |list| list.manifests))
    }

    /// What the tag that is made from the digest lists, which is nothing where
    /// there is no such tag; none where it names no list.
    async fn under_tag(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Option<Index>, Failure> {
        let tag = Tag::about(subject, "");
        let Some((found, bytes)) = self.manifest(repository, ManifestName::Tag(&tag)).await? else {
            return Ok(Some(Index::listing(Vec::new())));
        };
        Ok(listed_in(&bytes, found.media_type.as_str()))
    }
}

/// An index; none where it is something else.
fn listed_in(bytes: &[u8], media_type: &str) -> Option<Index> {
    match Node::parse(bytes.to_vec(), media_type) {
        Ok(Node::Index(index)) => Some(index),
        _ => None,
    }
}
