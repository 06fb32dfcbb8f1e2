//! The tags of a layout: entries of its `index.json`.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;

use super::LayoutSink;
use crate::{
    model::{Failure, Tag, entry_name},
    ports::{JobOutput, SinkRepository, Swap, Swapped, TagMoves},
    sink::attach::TaggedAbout,
};

impl LayoutSink {
    async fn swap_entries(&self, swaps: &[Swap], output: &JobOutput) -> Result<(), Failure> {
        let mut about = HashSet::new();
        for swap in swaps.iter().filter(|swap| swap.to.is_none()) {
            if let Some(node) = self.resolve(&swap.tag).await?
                && self.subject(&node).await?.is_some()
            {
                about.insert(node.digest);
            }
        }
        let (repository, swaps) = (self.repository.clone(), swaps.to_vec());
        self.change(output, move |place| place.swap(&repository, &swaps, &about)).await
    }

    pub(super) fn name(&self, tag: &Tag) -> String {
        entry_name(&self.repository, tag)
    }
}

/// Tags that move together, with one write of `index.json`.
struct LayoutMoves(Arc<LayoutSink>);

impl LayoutSink {
    /// Begins to move tags.
    pub(super) fn moves(self: Arc<Self>) -> Box<dyn TagMoves> {
        Box::new(LayoutMoves(self))
    }
}

#[async_trait]
impl TagMoves for LayoutMoves {
    async fn swap_all(&mut self, swaps: &[Swap], output: &JobOutput) -> Swapped {
        match self.0.swap_entries(swaps, output).await {
            Ok(()) => {
                Swapped { done: (0..swaps.len()).map(|at| (at, 0)).collect(), ..Swapped::default() }
            }
            Err(failure) => Swapped::none(failure),
        }
    }
}

#[async_trait]
impl TaggedAbout for LayoutSink {
    async fn move_tag(&self, swap: Swap, output: &JobOutput) -> Result<(), Failure> {
        self.swap_entries(&[swap], output).await
    }
}
