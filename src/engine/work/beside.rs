//! What lies beside the files of a tag and goes with it: kept before the tag
//! is replaced, and put back with what it named.

use std::{collections::HashSet, sync::Arc};

use super::ReleaseWorker;
use crate::{
    engine::{Copier, graph},
    model::{
        ArtifactKind, Descriptor, Failure, FailureKind, MANIFEST_LIMIT, Side, SinkName, SinkSpec,
    },
    plan::TagMove,
    ports::{Attachment, Desk, Place, Shelved},
};

impl ReleaseWorker {
    /// Takes what lies beside what a tag names into the store, and describes
    /// it.
    pub(super) async fn keep_beside(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        before: Option<&Descriptor>,
        after: Option<&Descriptor>,
    ) -> Result<Vec<Descriptor>, Failure> {
        let is_replaced = before.map(|node| &node.digest) != after.map(|node| &node.digest);
        let holds = |spec: &&SinkSpec| spec.url.holds_sums();
        let (Some(before), Some(spec), ArtifactKind::Files, true) =
            (before, self.plan.sink(sink).filter(holds), tag.name.kind, is_replaced)
        else {
            return Ok(Vec::new());
        };
        let stock = self.places.shelf(spec, tag.name.kind, &tag.name.repository)?;
        let now = stock.resolve(&tag.name.tag).await?;
        // After a move that was cut off, what was there was noted before it.
        if now.map(|now| now.digest).as_ref() != Some(&before.digest) {
            return Ok(Vec::new());
        }
        let mut kept = Vec::new();
        for Attachment { node, .. } in stock.attached(&before.digest).await? {
            for part in graph(&Shelved(Arc::clone(&stock)), &node).await? {
                self.store.put(&part, &stock.read(&part, MANIFEST_LIMIT).await?).await?;
            }
            kept.push(node);
        }
        Ok(kept)
    }

    /// Fails where the store has lost what is to be put beside what a tag will
    /// name.
    pub(super) async fn refuse_lost(&self, tag: &TagMove) -> Result<(), Failure> {
        for node in &tag.beside {
            if !self.store.is_complete(node).await? {
                let why = format!("the sums beside `{}` are no longer in the store", tag.name);
                return Err(Failure::new(FailureKind::NotFound, Side::Local, why)
                    .hint("release what it named again, which writes and signs them anew"));
            }
        }
        Ok(())
    }

    /// Has what lay beside `to` go with it when the tag moves.
    pub(super) async fn put_back_beside(
        &self,
        place: &dyn Place,
        tag: &TagMove,
        to: &Descriptor,
    ) -> Result<(), Failure> {
        let desk = Desk::default();
        for node in &tag.beside {
            Copier::new(&*self.store, place, &desk, HashSet::new()).copy(node).await?;
            let about = Attachment { tag: None, node: node.clone() };
            place.attach(to, &about, &desk.output).await?;
        }
        Ok(())
    }
}
