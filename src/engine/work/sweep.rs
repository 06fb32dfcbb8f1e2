//! What nobody needs any more goes.

use std::{collections::BTreeMap, time::Duration};

use super::{ReleaseWorker, internal};
use crate::{
    engine::Done,
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT, Repository,
        SinkName,
    },
    ports::{Desk, Place, Stored, Sweeper},
    run::Bytes,
    sweep::{Leftovers, Marks, leftovers, mark},
};

impl ReleaseWorker {
    /// Removes what no tag needs any more.
    pub(super) async fn sweep(
        &self,
        sink: &SinkName,
        kind: ArtifactKind,
        repository: &Repository,
        removed: &[Descriptor],
        grace: Duration,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let spec = self.plan.sink(sink);
        let spec = spec.ok_or_else(|| internal("the sink is not in the plan"))?;
        let stock = self.places.shelf(spec, kind, repository)?;
        let place = self.places.open(sink, kind, repository)?;
        stock.close().await?;
        let swept = self.sweep_closed(&*stock, &*place, removed, grace, desk).await;
        let reopened = stock.reopen().await;
        let removed = swept?;
        reopened?;
        Ok(Done { bytes: Bytes { removed, ..Bytes::default() }, ..Done::default() })
    }

    async fn sweep_closed(
        &self,
        stock: &dyn Sweeper,
        place: &dyn Place,
        removed: &[Descriptor],
        grace: Duration,
        desk: &Desk,
    ) -> Result<u64, Failure> {
        let (Leftovers { stored, young, only_manifests }, marks) =
            leftovers(stock, &[], removed, grace).await?;
        let size = |of: &[Stored]| of.iter().map(|stored| stored.size).sum::<u64>();
        desk.meter.expect(size(&stored));
        let kept = if only_manifests { self.keep(stock, &stored).await? } else { BTreeMap::new() };
        stock.discard(&stored, desk).await?;
        if only_manifests {
            self.put_back(stock, place, &marks, &kept, desk).await?;
            desk.output.line("blobs are left to the registry's own garbage collection".to_owned());
        }
        if !young.is_empty() {
            let (count, size) = (young.len(), crate::model::bytes(size(&young)));
            desk.output.line(format!("{count} objects, {size}, are too young to go"));
        }
        Ok(size(&stored))
    }

    /// Keeps manifests in the store that are to be deleted, so that they can
    /// be put back.
    async fn keep(
        &self,
        stock: &dyn Sweeper,
        stored: &[Stored],
    ) -> Result<BTreeMap<Digest, Descriptor>, Failure> {
        let mut kept = BTreeMap::new();
        for digest in stored.iter().filter_map(|stored| stored.needed_by.as_ref()) {
            if let Some(node) = stock.describe(digest).await? {
                let bytes = stock.read(&node, MANIFEST_LIMIT).await?;
                self.store.put(&node, &bytes).await?;
                kept.insert(digest.clone(), node);
            }
        }
        Ok(kept)
    }

    /// Looks again at what the tags need, and puts back what somebody tagged
    /// meanwhile: a registry has no way to keep others out.
    async fn put_back(
        &self,
        stock: &dyn Sweeper,
        place: &dyn Place,
        before: &Marks,
        kept: &BTreeMap<Digest, Descriptor>,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let now = mark(stock, &[], None).await?;
        let changed = now.tags.iter().any(|(tag, digest)| before.tags.get(tag) != Some(digest));
        if !changed {
            return Ok(());
        }
        for (digest, node) in kept.iter().filter(|(digest, _)| now.needed.contains(*digest)) {
            self.restore(place, node, desk).await?;
            desk.output.line(format!("put {digest} back, which somebody tagged meanwhile"));
        }
        Ok(())
    }

    /// Puts manifests back from the store, where they are missing at a place
    /// that still has what they refer to.
    pub(super) async fn restore(
        &self,
        place: &dyn Place,
        node: &Descriptor,
        desk: &Desk,
    ) -> Result<(), Failure> {
        for node in crate::engine::graph(&*self.store, node).await? {
            if place.exists(&node).await? {
                continue;
            }
            let content = self.store.open(&node).await.map_err(|failure| gone(failure, &node))?;
            place.push(&node, content, desk).await?;
        }
        Ok(())
    }
}

/// What neither the place nor the store has cannot be put back.
pub(super) fn gone(failure: Failure, node: &Descriptor) -> Failure {
    if failure.kind != FailureKind::NotFound {
        return failure;
    }
    let why = format!("{} is gone, and nothing can bring it back", node.digest);
    Failure::new(FailureKind::NotFound, crate::model::Side::Sink, why).hint("release it again")
}
