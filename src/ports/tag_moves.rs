//! Tags of one repository on their way.

use async_trait::async_trait;

use super::{
    desk::JobOutput,
    swapped::{Swap, Swapped},
};
use crate::model::Failure;

/// Moves tags of one repository, from [`begin`](super::SinkRepository::begin)
/// until it is dropped. It alone knows which tags are about to go, and what is
/// to be told of those that moved.
#[async_trait]
pub trait TagMoves: Send {
    /// Moves several tags, at last removals side by side, and writes a list of
    /// them once. Each moves to what `to` describes, or goes for none, if it
    /// names `expected` now, and is read again; one that names `to` already is
    /// done. What `to` describes is at the sink already.
    ///
    /// A tag that names anything else fails as
    /// [`FailureKind::Conflict`](crate::model::FailureKind::Conflict). After a
    /// failure no further one is begun. While it waits for another process,
    /// `output` tells for which.
    async fn swap_all(&mut self, swaps: &[Swap], output: &JobOutput) -> Swapped;

    /// Moves one tag as [`swap_all`](Self::swap_all) does.
    async fn swap(&mut self, swap: Swap, output: &JobOutput) -> Result<(), Failure> {
        self.swap_all(&[swap], output).await.all()
    }

    /// Takes what is worth telling of the moves so far: where a tag could be
    /// moved in a roundabout way only.
    fn remarks(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Removes what was only needed until the tags had moved.
    async fn settle(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}
