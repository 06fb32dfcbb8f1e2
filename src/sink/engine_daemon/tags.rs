//! The names of an engine's images.

use std::sync::Arc;

use async_trait::async_trait;

use super::EngineDaemon;
use crate::{
    model::{Failure, Tag},
    ports::{JobOutput, Moving, SinkRepository, Swap, Swapped, TagMoves, swap_each},
    sink::compare_and_swap::{ObservedTag, TagStore, compare_and_swap},
};

/// Names that move together.
struct EngineMoves(Arc<EngineDaemon>);

impl EngineDaemon {
    /// Begins to move tags.
    pub(super) fn moves(self: Arc<Self>) -> Box<dyn TagMoves> {
        Box::new(EngineMoves(self))
    }
}

#[async_trait]
impl TagMoves for EngineMoves {
    async fn swap_all(&mut self, swaps: &[Swap], _output: &JobOutput) -> Swapped {
        let at = &*self.0;
        let moves = swaps.iter().map(|swap| -> Moving<'_> { Box::pin(compare_and_swap(at, swap)) });
        swap_each(swaps, moves.collect()).await
    }
}

#[async_trait]
impl TagStore for EngineDaemon {
    type Seen = ();

    async fn look(&self, tag: &Tag) -> Result<Option<ObservedTag<()>>, Failure> {
        let now = self.resolve(tag).await?;
        Ok(now.map(|now| ObservedTag { digest: now.digest, seen: () }))
    }

    async fn write(
        &self,
        Swap { tag, to, .. }: &Swap,
        _now: Option<ObservedTag<()>>,
    ) -> Result<u64, Failure> {
        match to {
            Some(to) => {
                let id = self.prepared(to).await?;
                self.engine.tag(&id, &self.full_name(), tag.as_str()).await?;
            }
            None => self.engine.untag(&self.name(tag)).await?,
        }
        Ok(0)
    }

    fn show(&self, tag: &Tag) -> String {
        self.name(tag)
    }
}
