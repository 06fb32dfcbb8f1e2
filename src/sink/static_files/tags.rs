//! The tags of files: each has its turn, or its mark, while it moves.

use async_trait::async_trait;

use super::{StaticFiles, WORK, documents::PREFIX, release::Release};
use crate::{
    model::{Descriptor, Digest, Failure, Tag},
    ports::{Moving, Output, Swap, Swapped, Tags, swap_each},
    sink::{bucket_lock::Mark, failures::moved},
};

impl StaticFiles {
    /// Moves a tag, where it is the turn of this process, or with a mark that
    /// tells others so.
    async fn swap_one(&self, swap: Swap, is_ours: bool, output: &Output) -> Result<u64, Failure> {
        let Swap { tag, expected, to, .. } = swap;
        let swap = self.swap_tag(&tag, expected.as_ref(), to.as_ref());
        if is_ours {
            return swap.await;
        }
        // What is as it should be is not written, not even a mark.
        if self.is_swapped(&tag, to.as_ref()).await.map_err(Failure::undone)? {
            return Ok(0);
        }
        let (objects, id) = (&*self.objects, self.holder.as_str());
        let folder = format!("{PREFIX}/{}/{}/{tag}/", self.name, WORK[1]);
        Mark { objects, folder, id }.during(output, swap).await
    }

    /// Moves a tag, and leaves the list as it was. Returns how many bytes that
    /// freed.
    pub(super) async fn swap_tag(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
    ) -> Result<u64, Failure> {
        let mut freed = 0;
        let present = self.read_release(tag).await.map_err(Failure::undone)?;
        let now = present.as_ref().map(|release| release.index.descriptor().digest);
        let wanted = to.map(|to| &to.digest);
        if now.as_ref() != wanted {
            // A move that was cut off leaves a mixture, which is nobody's.
            if now.as_ref() != expected && !self.is_ours(tag, present.as_deref(), to).await? {
                return Err(moved(now.as_ref()).undone());
            }
            if let Some(present) = &present {
                self.remember(tag, present).await.map_err(Failure::undone)?;
            }
            freed = self.exchange(tag, to, present.as_deref()).await?;
            let after = self.read_release(tag).await.map_err(Failure::unsure)?;
            let after = after.map(|release| release.index.descriptor().digest);
            if after.as_ref() != wanted {
                return Err(moved(after.as_ref()));
            }
        } else if let Some(to) = to {
            self.complete(tag, to, present.as_deref()).await?;
        }
        Ok(freed)
    }

    /// Puts `to` in the place of what a tag names, or removes that. A tag that
    /// is a name for another one is first no such name any more: what the other
    /// one has stays. Returns how many bytes that freed.
    async fn exchange(
        &self,
        tag: &Tag,
        to: Option<&Descriptor>,
        present: Option<&Release>,
    ) -> Result<u64, Failure> {
        let folder = self.folder(tag);
        let is_link = self.objects.is_link(&folder).await?;
        if is_link {
            self.objects.unlink(&folder).await?;
        }
        match to {
            Some(to) => self.write(tag, to, present).await.map(|()| 0),
            None if is_link => Ok(0),
            None => self.remove(tag, present).await,
        }
    }

    /// Puts what was staged for `to` beside the files of `tag`, which names it.
    async fn complete(
        &self,
        tag: &Tag,
        to: &Descriptor,
        present: Option<&Release>,
    ) -> Result<(), Failure> {
        if self.objects.is_link(&self.folder(tag)).await? {
            if !self.names_staged(&to.digest).await?.is_empty() {
                self.exchange(tag, Some(to), present).await?;
            }
            return Ok(());
        }
        self.place_beside(tag, &to.digest).await.map(drop)
    }

    /// Whether `tag` names `to` already, with all that was staged for it.
    pub(super) async fn is_swapped(
        &self,
        tag: &Tag,
        to: Option<&Descriptor>,
    ) -> Result<bool, Failure> {
        let now = self.read_release(tag).await?.map(|release| release.index.descriptor().digest);
        match to {
            _ if now.as_ref() != to.map(|to| &to.digest) => Ok(false),
            Some(to) => Ok(self.names_staged(&to.digest).await?.is_empty()),
            None => Ok(true),
        }
    }
}

#[async_trait]
impl Tags for StaticFiles {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        Ok(self.read_release(tag).await?.map(|release| release.index.descriptor()))
    }

    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        output: &Output,
    ) -> Result<(), Failure> {
        let (tag, expected, to) = (tag.clone(), expected.cloned(), to.cloned());
        self.swap_all(&[Swap { tag, expected, to, rank: None }], output).await.all()
    }

    async fn swap_all(&self, swaps: &[Swap], output: &Output) -> Swapped {
        // A folder has one turn for all; in a bucket each tag has its mark.
        let turn = match self.objects.turn(output).await {
            Ok(turn) => turn,
            Err(failure) => return Swapped::none(failure.undone()),
        };
        let is_ours = turn.is_some();
        let swap = |swap: Swap| -> Moving<'_> { Box::pin(self.swap_one(swap, is_ours, output)) };
        let swapped = swap_each(swaps, swaps.iter().cloned().map(swap).collect()).await;
        let settled = self.settle_list(swaps).await;
        drop(turn);
        swapped.then(settled)
    }

    async fn in_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        let listed = self.listed().await?.unwrap_or_default();
        Ok(Some(listed.iter().filter_map(|name| name.parse().ok()).collect()))
    }

    fn shows_at_once(&self) -> bool {
        self.objects.are_here()
    }

    async fn settle(&self) -> Result<(), Failure> {
        let staging = self.staging();
        for key in self.objects.list(&staging).await?.keys {
            self.objects.delete(&format!("{staging}{key}")).await?;
        }
        Ok(())
    }
}
