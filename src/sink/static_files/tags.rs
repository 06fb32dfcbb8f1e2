//! The tags of files: each has its turn, or its mark, while it moves.

use std::sync::Arc;

use async_trait::async_trait;

use super::{StaticFiles, WORK, documents::PREFIX, release::FilesRelease};
use crate::{
    model::{Descriptor, Failure, Tag},
    ports::{JobOutput, Moving, Swap, Swapped, TagMoves, swap_each},
    sink::{
        bucket_lock::BucketLock,
        compare_and_swap::{ObservedTag, TagStore, compare_and_swap},
    },
};

impl StaticFiles {
    /// Moves a tag, where it is the turn of this process, or with a mark that
    /// tells others so. The list stays as it was.
    async fn swap_one(
        &self,
        swap: &Swap,
        is_ours: bool,
        output: &JobOutput,
    ) -> Result<u64, Failure> {
        if is_ours {
            return compare_and_swap(self, swap).await;
        }
        // What is as it should be is not written, not even a mark.
        if self.is_swapped(&swap.tag, swap.to.as_ref()).await.map_err(Failure::undone)? {
            return Ok(0);
        }
        let (objects, id) = (&*self.objects, self.holder.as_str());
        let folder = format!("{PREFIX}/{}/{}/{}/", self.name, WORK[1], swap.tag);
        BucketLock { objects, folder, id }.during(output, compare_and_swap(self, swap)).await
    }

    /// Puts `to` in the place of what a tag names, or removes that. A tag that
    /// is a name for another one is first no such name any more: what the other
    /// one has stays. Returns how many bytes that freed.
    async fn exchange(
        &self,
        tag: &Tag,
        to: Option<&Descriptor>,
        present: Option<&FilesRelease>,
    ) -> Result<u64, Failure> {
        let folder = self.folder(tag);
        let is_link = self.objects.is_link(&folder).await?;
        if is_link {
            self.objects.unlink(&folder).await?;
        }
        match to {
            Some(to) => self.put_release(tag, to, present).await.map(|()| 0),
            None if is_link => Ok(0),
            None => self.remove_release(tag, present).await,
        }
    }

    /// Puts what was staged for `to` beside the files of `tag`, which names it.
    async fn complete(
        &self,
        tag: &Tag,
        to: &Descriptor,
        present: Option<&FilesRelease>,
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

/// Tags that move together, with one turn where the place knows turns, and one
/// write of their list.
struct FileMoves(Arc<StaticFiles>);

impl StaticFiles {
    /// Begins to move tags.
    pub(super) fn moves(self: Arc<Self>) -> Box<dyn TagMoves> {
        Box::new(FileMoves(self))
    }
}

#[async_trait]
impl TagMoves for FileMoves {
    async fn swap_all(&mut self, swaps: &[Swap], output: &JobOutput) -> Swapped {
        let at = &*self.0;
        // A folder has one turn for all; in a bucket each tag has its mark.
        let turn = match at.objects.turn(output).await {
            Ok(turn) => turn,
            Err(failure) => return Swapped::none(failure.undone()),
        };
        let is_ours = turn.is_some();
        let swap = |swap| -> Moving<'_> { Box::pin(at.swap_one(swap, is_ours, output)) };
        let swapped = swap_each(swaps, swaps.iter().map(swap).collect()).await;
        let settled = at.settle_list(swaps).await;
        drop(turn);
        // One run has a repository for each of its artifacts.
        at.forget_releases();
        swapped.then(settled)
    }

    async fn settle(&mut self) -> Result<(), Failure> {
        let staging = self.0.staging();
        for key in self.0.objects.list(&staging).await?.keys {
            self.0.objects.delete(&format!("{staging}{key}")).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl TagStore for StaticFiles {
    type Seen = Arc<FilesRelease>;

    async fn look(&self, tag: &Tag) -> Result<Option<ObservedTag<Arc<FilesRelease>>>, Failure> {
        let present = self.read_release(tag).await?;
        Ok(present.map(|seen| ObservedTag { digest: seen.index.descriptor().digest, seen }))
    }

    async fn affirm(
        &self,
        swap: &Swap,
        now: Option<ObservedTag<Arc<FilesRelease>>>,
    ) -> Result<(), Failure> {
        let Some(to) = &swap.to else { return Ok(()) };
        self.complete(&swap.tag, to, now.as_ref().map(|now| &*now.seen)).await
    }

    /// A move that was cut off leaves a mixture, which no release is.
    async fn is_broken_off(
        &self,
        swap: &Swap,
        now: Option<&ObservedTag<Arc<FilesRelease>>>,
    ) -> Result<bool, Failure> {
        self.is_ours(&swap.tag, now.map(|now| &*now.seen), swap.to.as_ref()).await
    }

    async fn write(
        &self,
        swap: &Swap,
        now: Option<ObservedTag<Arc<FilesRelease>>>,
    ) -> Result<u64, Failure> {
        if let Some(now) = &now {
            self.remember(&swap.tag, &now.seen).await.map_err(Failure::undone)?;
        }
        self.exchange(&swap.tag, swap.to.as_ref(), now.as_ref().map(|now| &*now.seen)).await
    }

    fn show(&self, tag: &Tag) -> String {
        self.objects.show(&self.folder(tag))
    }
}
