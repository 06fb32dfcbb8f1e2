//! The tags of a layout: entries of its `index.json`.

use std::collections::HashSet;

use async_trait::async_trait;

use super::LayoutSink;
use crate::{
    model::{Descriptor, Digest, Failure, Tag, entry_name},
    ports::{Output, Swap, Swapped, Tags, all_tags},
};

impl LayoutSink {
    async fn swap_entries(&self, swaps: &[Swap], output: &Output) -> Result<(), Failure> {
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

    fn name(&self, tag: &Tag) -> String {
        entry_name(&self.repository, tag)
    }
}

#[async_trait]
impl Tags for LayoutSink {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        let name = self.name(tag);
        self.blocking(move |place| place.index()?.named(&name)).await
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
        match self.swap_entries(swaps, output).await {
            Ok(()) => {
                Swapped { done: (0..swaps.len()).map(|at| (at, 0)).collect(), ..Swapped::default() }
            }
            Err(failure) => Swapped { failed: vec![(0, failure)], ..Swapped::default() },
        }
    }

    async fn in_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        all_tags(self).await
    }

    fn shows_at_once(&self) -> bool {
        true
    }
}
