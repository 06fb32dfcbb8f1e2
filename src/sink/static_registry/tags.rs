//! The tags of a static registry: manifests that are not named by their
//! digests, and the list of them.

use std::sync::Arc;

use async_trait::async_trait;

use super::StaticRegistry;
use crate::{
    model::{Descriptor, Failure, FailureKind, Node, Side, Tag},
    ports::{JobOutput, Moving, Swap, Swapped, TagMoves, swap_each},
    sink::{
        attach::TaggedAbout,
        compare_and_swap::{ObservedTag, TagStore, compare_and_swap},
        contention::Contention,
        failures::corrupt,
        objects::{ObjectVersion, Read},
        tag_list,
    },
};

/// What answers the ping.
const PING: [&str; 2] = ["v2/", "v2/index.html"];

/// How often a tag is written that others write, and still names what it did.
const ROUNDS: usize = 8;

impl StaticRegistry {
    pub(super) async fn settle_list(&self) -> Result<(), Failure> {
        tag_list::settle(&*self.objects, self.repository.as_str(), &self.list_key(), self).await
    }

    async fn answer_ping(&self) -> Result<(), Failure> {
        for key in PING {
            if self.objects.info(key).await?.is_none() {
                self.objects.put(key, b"{}", "application/json").await?;
            }
        }
        Ok(())
    }

    /// What is under `tag`, and which writing of it that is; none where there
    /// is no such tag.
    pub(super) async fn seen(
        &self,
        tag: &Tag,
    ) -> Result<Option<(Descriptor, ObjectVersion)>, Failure> {
        let key = self.tag_key(tag);
        let Some(Read { bytes, version }) = self.objects.read(&key).await? else {
            return Ok(None);
        };
        let media_type = Node::sniff(&bytes).ok_or_else(|| {
            let what = format!("{} is not a manifest", self.objects.show(&key));
            Failure::new(FailureKind::Protocol, Side::Sink, what)
                .hint("restore it, or remove it and release the tag again")
        })?;
        Ok(Some((Descriptor::of(&media_type, &bytes), version)))
    }

    /// Puts `to` in the place of what was `seen` under a tag, or removes that.
    async fn replace(
        &self,
        tag: &Tag,
        seen: Option<&ObjectVersion>,
        to: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let Some(to) = to else {
            return match seen {
                Some(seen) => self.objects.remove(&self.tag_key(tag), seen).await,
                None => Ok(()),
            };
        };
        let key = self.key(to);
        let missing = || Failure::new(FailureKind::NotFound, Side::Sink, self.objects.show(&key));
        let bytes = self.objects.get(&key).await?.ok_or_else(missing)?;
        if !to.digest.is_of(&bytes) {
            return Err(corrupt(&self.objects.show(&key)));
        }
        self.answer_ping().await?;
        self.objects.replace(&self.tag_key(tag), seen, &bytes, to.media_type.as_str()).await
    }
}

#[async_trait]
impl tag_list::Listed for StaticRegistry {
    /// Every manifest that is not named by its digest.
    async fn there(&self) -> Result<Vec<String>, Failure> {
        let listing = self.objects.list(&format!("v2/{}/manifests/", self.repository)).await?;
        Ok(listing.keys.into_iter().filter(|key| key.parse::<Tag>().is_ok()).collect())
    }

    /// The specification wants them in lexical order.
    fn order(&self, _known: &[String], mut there: Vec<String>) -> Vec<String> {
        there.sort();
        there
    }
}

/// Tags that move together: their list is written once.
struct StaticMoves(Arc<StaticRegistry>);

impl StaticRegistry {
    /// Begins to move tags.
    pub(super) fn moves(self: Arc<Self>) -> Box<dyn TagMoves> {
        Box::new(StaticMoves(self))
    }
}

#[async_trait]
impl TagMoves for StaticMoves {
    /// An earlier publisher that moved a tag may have died before the list was
    /// right, so it is looked at whatever moves.
    async fn swap_all(&mut self, swaps: &[Swap], _output: &JobOutput) -> Swapped {
        let at = &*self.0;
        let moves = swaps.iter().map(|swap| -> Moving<'_> { Box::pin(compare_and_swap(at, swap)) });
        let swapped = swap_each(swaps, moves.collect()).await;
        swapped.then(at.settle_list().await)
    }
}

#[async_trait]
impl TaggedAbout for StaticRegistry {
    async fn move_tag(&self, swap: Swap, _output: &JobOutput) -> Result<(), Failure> {
        compare_and_swap(self, &swap).await?;
        self.settle_list().await.map_err(Failure::unsure)
    }
}

#[async_trait]
impl TagStore for StaticRegistry {
    type Seen = ObjectVersion;

    async fn look(&self, tag: &Tag) -> Result<Option<ObservedTag<ObjectVersion>>, Failure> {
        let seen = self.seen(tag).await?;
        Ok(seen.map(|(now, seen)| ObservedTag { digest: now.digest, seen }))
    }

    async fn write(
        &self,
        swap: &Swap,
        now: Option<ObservedTag<ObjectVersion>>,
    ) -> Result<u64, Failure> {
        let seen = now.map(|now| now.seen);
        self.replace(&swap.tag, seen.as_ref(), swap.to.as_ref()).await.map(|()| 0)
    }

    fn rounds(&self) -> Option<(usize, Contention)> {
        Some((ROUNDS, Contention::new(self.objects.random())))
    }

    fn show(&self, tag: &Tag) -> String {
        self.objects.show(&self.tag_key(tag))
    }
}
