//! The tags of a static registry: manifests that are not named by their
//! digests, and the list of them.

use async_trait::async_trait;

use super::StaticRegistry;
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Node, Side, Tag},
    ports::{Moving, Output, Swap, Swapped, Tags, swap_each},
    sink::{
        contention::Rivals,
        failures::{self, corrupt},
        objects::{Read, Version},
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
    async fn seen(&self, tag: &Tag) -> Result<Option<(Descriptor, Version)>, Failure> {
        let key = self.tag_key(tag);
        let Some(Read { bytes, version }) = self.objects.read(&key).await? else {
            return Ok(None);
        };
        let media_type = Node::sniff(&bytes).ok_or_else(|| {
            let what = format!("{} is no manifest", self.objects.show(&key));
            Failure::new(FailureKind::Protocol, Side::Sink, what)
                .hint("restore it, or remove it and release the tag again")
        })?;
        Ok(Some((Descriptor::of(&media_type, &bytes), version)))
    }

    /// Puts `to` in the place of what was `seen` under a tag, or removes that.
    async fn write(
        &self,
        tag: &Tag,
        seen: Option<&Version>,
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

    /// Moves `tag` once. Where another publisher's write came in between, what
    /// is there now decides: only a third thing is a conflict.
    async fn move_tag(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let wanted = to.map(|to| &to.digest);
        let mut rivals = Rivals::default();
        for round in 1.. {
            let seen = self.seen(tag).await.map_err(Failure::undone)?;
            let (now, seen) = seen.map(|(now, seen)| (now.digest, seen)).unzip();
            if now.as_ref() == wanted {
                return Ok(());
            }
            if now.as_ref() != expected {
                return Err(failures::moved(now.as_ref()).undone());
            }
            match self.write(tag, seen.as_ref(), to).await {
                Err(failure) if Rivals::caused(&failure) && round < ROUNDS => {
                    rivals.wait(&self.objects.show(&self.tag_key(tag))).await?;
                }
                Ok(()) => break,
                Err(failure) => return Err(failure),
            }
        }
        let after = self.resolve(tag).await.map_err(Failure::unsure)?;
        let after = after.map(|after| after.digest);
        if after.as_ref() == wanted { Ok(()) } else { Err(failures::moved(after.as_ref())) }
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

#[async_trait]
impl Tags for StaticRegistry {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        Ok(self.seen(tag).await?.map(|(now, _)| now))
    }

    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        _output: &Output,
    ) -> Result<(), Failure> {
        self.move_tag(tag, expected, to).await?;
        // The publisher that moved the tag may have died before the list was
        // right.
        self.settle_list().await.map_err(Failure::unsure)
    }

    fn shows_at_once(&self) -> bool {
        self.objects.are_here()
    }

    async fn swap_all(&self, swaps: &[Swap], _output: &Output) -> Swapped {
        let swap = |Swap { tag, expected, to, .. }: Swap| -> Moving<'_> {
            Box::pin(async move {
                self.move_tag(&tag, expected.as_ref(), to.as_ref()).await.map(|()| 0)
            })
        };
        let swapped = swap_each(swaps, swaps.iter().cloned().map(swap).collect()).await;
        swapped.then(self.settle_list().await)
    }
}
