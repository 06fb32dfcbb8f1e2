//! Removing a tag, also where the registry can only delete by digest.
//!
//! A digest may have more tags than the one that is to go, and deleting it
//! would remove them all. So the tag is made to name an empty manifest that
//! nothing else names, and that one is deleted: the tag goes with it, and what
//! it named stays, with its other tags. Whether the registry deletes digests at
//! all is found out before, so that no tag is left with an empty image.

use std::{
    collections::BTreeMap,
    ops::Range,
    pin::Pin,
    sync::{Arc, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::AsyncRead;

use super::{
    Blob, Client, ManifestName, Removal, There,
    sides::{Side, Sides},
};
use crate::model::{self, Descriptor, Digest, Failure, FailureKind, Repository, Tag, media_type};

/// How a tag was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untagged {
    /// By its name.
    ByName,
    /// With a manifest that was made for that.
    ByDigest(Digest),
    /// The registry removes neither tags nor manifests, so it stays.
    Not,
    /// The registry removes manifests, but no tags, and lets this one name
    /// nothing else, so it only goes with what it names, and so does every
    /// other tag of that. Why it may not move.
    Tied(Failure),
}

/// How often a tag is made to go that stays with half of it gone.
const PARTINGS: usize = 5;

/// The configuration of an empty manifest.
const EMPTY: &[u8] = b"{}";

struct Empty;

impl Client {
    /// Removes `tag`, which names `names` or the manifest that an earlier
    /// removal of it broke off with.
    ///
    /// # Errors
    ///
    /// Fails on any other answer than success, "cannot" and "may not".
    pub async fn remove_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
        names: &Digest,
    ) -> Result<Untagged, Failure> {
        let Some(sides) = self.sides(repository) else {
            let name = ManifestName::Tag(tag);
            if self.delete_manifest(repository, name).await? != Removal::Unsupported {
                return Ok(Untagged::ByName);
            }
            // Of many tags, the first shows how they go.
            let turn = self.probing.lock(repository.as_str()).await;
            let is_known = self.sides(repository).is_some();
            if !is_known && !self.can_part(repository, tag, names).await.map_err(Failure::undone)? {
                return Ok(Untagged::Not);
            }
            let sides = Arc::clone(self.parting().entry(repository.clone()).or_default());
            drop(turn);
            return self.part(repository, (tag, names), &sides).await;
        };
        self.part(repository, (tag, names), &sides).await
    }

    /// Removes a tag that reads as gone, where the registry still lists it: a
    /// removal that broke off there may have left half of it.
    ///
    /// # Errors
    ///
    /// As [`remove_tag`](Self::remove_tag).
    pub async fn remove_rest(
        &self,
        repository: &Repository,
        tag: &Tag,
        names: &Digest,
    ) -> Result<(), Failure> {
        let name = ManifestName::Tag(tag);
        self.delete_manifest(repository, name).await?;
        if self.lists(repository, tag).await? {
            self.remove_tag(repository, tag, names).await?;
        }
        Ok(())
    }

    /// Removes a tag with a manifest that is made for that.
    ///
    /// docker-registry reads all tags to find those of a manifest that it
    /// deletes, and fails with the manifest gone and its tag there if one is
    /// being written just then. So castoff never does both at once, and looks
    /// whether the tag is still listed where another publisher may have.
    async fn part(
        &self,
        repository: &Repository,
        (tag, names): (&Tag, &Digest),
        sides: &Sides,
    ) -> Result<Untagged, Failure> {
        let last = farewell(tag, names, "remove");
        let digest = Digest::of(&last);
        for _ in 0..PARTINGS {
            let writing = sides.enter(Side::Write).await;
            let put = self.put_farewell(repository, ManifestName::Tag(tag), last.clone()).await;
            drop(writing);
            match put {
                Ok(()) => {}
                Err(refusal) if refusal.is_transient() => return Err(refusal),
                Err(refusal) => return Ok(Untagged::Tied(refusal)),
            }
            // From here on the tag names something else.
            let removing = sides.enter(Side::Remove).await;
            let gone = self.delete_manifest(repository, ManifestName::Digest(&digest)).await;
            drop(removing);
            let is_half = gone.map_err(Failure::unsure)? == Removal::Late
                && self.lists(repository, tag).await.map_err(Failure::unsure)?;
            if !is_half {
                return Ok(Untagged::ByDigest(digest));
            }
        }
        let why = format!("`{tag}` no longer has content, but is still listed");
        Err(Failure::new(FailureKind::Server, model::Side::Sink, why)
            .context(format!("{}/{repository}", self.host()))
            .spent()
            .hint("another publisher may be writing tags there; try again"))
    }

    /// Whether the registry removes a manifest by its digest, tried with one
    /// of ours.
    async fn can_part(
        &self,
        repository: &Repository,
        tag: &Tag,
        names: &Digest,
    ) -> Result<bool, Failure> {
        let config = Descriptor::of(media_type::CONFIG, EMPTY);
        self.push_blob(repository, &config.digest, config.size, Arc::new(Empty), There::Unknown)
            .await?;
        let probe = farewell(tag, names, "probe");
        let digest = Digest::of(&probe);
        self.put_farewell(repository, ManifestName::Digest(&digest), probe).await?;
        let name = ManifestName::Digest(&digest);
        Ok(self.delete_manifest(repository, name).await? != Removal::Unsupported
            && self.describe_manifest(repository, name).await?.is_none())
    }

    fn sides(&self, repository: &Repository) -> Option<Arc<Sides>> {
        self.parting().get(repository).cloned()
    }

    fn parting(&self) -> MutexGuard<'_, BTreeMap<Repository, Arc<Sides>>> {
        self.parting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn put_farewell(
        &self,
        repository: &Repository,
        name: ManifestName<'_>,
        bytes: Vec<u8>,
    ) -> Result<(), Failure> {
        self.put_manifest(repository, name, media_type::MANIFEST, bytes.into()).await
    }
}

/// What `tag` names while its removal from `names` is under way at a registry
/// that can only delete by digest.
#[must_use]
pub fn parting(tag: &Tag, names: &Digest) -> Digest {
    Digest::of(&farewell(tag, names, "remove"))
}

/// An empty manifest that is made for the removal of one tag, and is always
/// the same for it.
fn farewell(tag: &Tag, names: &Digest, purpose: &str) -> Vec<u8> {
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "config": Descriptor::of(media_type::CONFIG, EMPTY),
        "layers": [],
        "annotations": {
            "castoff.purpose": purpose,
            "castoff.tag": tag.to_string(),
            "castoff.named": names.to_string(),
        },
    });
    manifest.to_string().into_bytes()
}

#[async_trait]
impl Blob for Empty {
    async fn read(&self, range: Range<u64>) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
        let place = |at: u64| usize::try_from(at).unwrap_or(EMPTY.len()).min(EMPTY.len());
        let bytes = Bytes::from_static(EMPTY).slice(place(range.start)..place(range.end));
        Ok(Box::pin(std::io::Cursor::new(bytes)))
    }

    fn advance(&self, _: u64) {}

    fn skip(&self, _: u64) {}
}
