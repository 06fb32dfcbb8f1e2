//! What nothing needs any more goes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{ReleaseWorker, internal};
use crate::{
    engine::{JobDone, Teller, graph},
    model::{Descriptor, Digest, Failure, FailureKind, Repository, SinkName, Tag, bytes, counted},
    plan::{JobId, PutBack},
    ports::{Attachment, Desk, InventoryItem, Pushed, SinkRepository, Sweeper, WHOLE_LIMIT},
    run::{Bytes, EventKind},
    sweep::{Blobs, Gone, Leftovers, Marks, Reached, leftovers, mark, named},
};

/// How many manifests are kept at once.
const PARALLEL: usize = 8;

impl ReleaseWorker {
    /// Removes what no tag needs any more.
    pub(super) async fn sweep(
        &self,
        job: JobId,
        (sink, repository): (&SinkName, &Repository),
        gone: Gone,
        grace: Duration,
        (desk, teller): (&Desk, &Teller),
    ) -> Result<JobDone, Failure> {
        let place = self.places.open(sink, gone.kind, repository)?;
        let stock = Arc::clone(&place).shelf();
        let stock = stock.ok_or_else(|| internal("the sink cannot be swept"))?;
        stock.close().await?;
        let swept = async {
            let gone = self.with_lost(&*stock, gone).await?;
            let (left, marks) = leftovers(&*stock, &gone, false, grace).await?;
            self.note(job, &*stock, &left, desk, teller).await?;
            self.discard(&*stock, &*place, left, &marks, desk).await
        };
        let swept = swept.await;
        let reopened = stock.reopen().await;
        let removed = swept?;
        reopened?;
        Ok(JobDone { bytes: Bytes { removed, ..Bytes::default() }, ..JobDone::default() })
    }

    /// The same, with what was below roots that a sweep took that broke off.
    async fn with_lost(&self, stock: &dyn Sweeper, mut gone: Gone) -> Result<Gone, Failure> {
        let mut lost = Vec::new();
        for (tag, root) in &gone.roots {
            let is_lost = root.is_manifest() && stock.describe(&root.digest).await?.is_none();
            let below = if is_lost { graph(&*self.store, root).await } else { Ok(Vec::new()) };
            let manifests = below.into_iter().flatten().filter(Descriptor::is_manifest);
            lost.extend(manifests.map(|node| (tag.clone(), node)));
        }
        gone.roots.extend(lost);
        Ok(gone)
    }

    /// Keeps in the store what goes, and notes durably what was about what.
    async fn note(
        &self,
        job: JobId,
        stock: &dyn Sweeper,
        left: &Leftovers,
        desk: &Desk,
        teller: &Teller,
    ) -> Result<(), Failure> {
        let blobs = self.keep(stock, left).await?;
        if blobs.lost > 0 {
            desk.output.notice(blobs.to_string());
        }
        if left.stored.iter().any(|stored| stored.what.is_none()) {
            desk.output.notice("a rollback does not restore untagged content".to_owned());
        }
        let mut kept: Vec<(usize, (Tag, PutBack))> = Vec::new();
        for reached in left.reached.iter().chain(&left.parted) {
            if let (Some(of), Some((subject, tag))) = (&reached.of, &reached.about) {
                let (subject, tag, node) = (subject.clone(), tag.clone(), reached.node.clone());
                kept.push((reached.depth(), (of.clone(), PutBack { subject, tag, node })));
            }
        }
        let untagged = untagged(left);
        if kept.is_empty() && untagged.is_empty() {
            return Ok(());
        }
        kept.sort_by_key(|(depth, _)| *depth);
        let kept = kept.into_iter().map(|(_, kept)| kept).collect();
        teller.tell_durably(EventKind::Sweeping { job, kept, untagged }).await
    }

    /// Keeps in the store what goes, as far as it is small.
    async fn keep(&self, stock: &dyn Sweeper, left: &Leftovers) -> Result<Blobs, Failure> {
        let mut blobs = Blobs::default();
        for node in left.blobs() {
            match self.store.open(node).await {
                Ok(_) => {}
                Err(failure) if failure.kind == FailureKind::NotFound => blobs.take(node),
                Err(failure) => return Err(failure),
            }
        }
        let manifests = left.reached.iter().chain(&left.untagged).map(|reached| &reached.node);
        let manifests = manifests.filter(|node| node.is_manifest()).cloned();
        let keeping: Vec<_> = manifests
            .chain(blobs.kept.iter().cloned())
            .map(|node| self.keep_one(stock, node))
            .collect();
        stream::iter(keeping).buffer_unordered(PARALLEL).try_collect::<()>().await?;
        Ok(blobs)
    }

    async fn keep_one(&self, stock: &dyn Sweeper, node: Descriptor) -> Result<(), Failure> {
        match stock.read(&node, WHOLE_LIMIT).await {
            Ok(bytes) => self.store.put(&node, &bytes).await,
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn discard(
        &self,
        stock: &dyn Sweeper,
        place: &dyn SinkRepository,
        left: Leftovers,
        marks: &Marks,
        desk: &Desk,
    ) -> Result<u64, Failure> {
        let size = |of: &[InventoryItem]| of.iter().map(|stored| stored.size).sum::<u64>();
        desk.meter.expect(size(&left.stored));
        stock.discard(&left.stored, desk).await?;
        if left.only_manifests {
            self.put_back(stock, place, marks, &left.reached, desk).await?;
            desk.output.line("the registry's own garbage collection removes the blobs".to_owned());
        }
        for what in &left.left_alone {
            desk.output.line(format!("left alone: {what}"));
        }
        if !left.young.is_empty() {
            let (young, size) = (counted(left.young.len(), "object"), bytes(size(&left.young)));
            desk.output.line(format!("too new to remove: {young}, {size}"));
        }
        Ok(size(&left.stored))
    }

    /// Looks again at what the tags name, and puts back what is needed by one
    /// that another publisher moved meanwhile: a registry has no way to keep
    /// others out.
    async fn put_back(
        &self,
        stock: &dyn Sweeper,
        place: &dyn SinkRepository,
        before: &Marks,
        gone: &[Reached],
        desk: &Desk,
    ) -> Result<(), Failure> {
        let now = named(stock).await?;
        if now.iter().all(|(tag, digest)| before.tags.get(tag) == Some(digest)) {
            return Ok(());
        }
        let needed = mark(stock).await?.needed;
        let mut back: HashMap<&Digest, &Reached> = HashMap::new();
        // What is about something comes last here.
        for reached in gone.iter().rev() {
            let is_about = |(subject, _): &(Descriptor, _)| {
                needed.contains(&subject.digest) || back.contains_key(&subject.digest)
            };
            let is_needed = needed.contains(&reached.node.digest)
                || reached.about.as_ref().is_some_and(is_about);
            if !is_needed || !reached.node.is_manifest() {
                continue;
            }
            self.restore(place, &reached.node, desk).await?;
            if let Some((subject, tag)) = &reached.about {
                let (tag, node) = (tag.clone(), reached.node.clone());
                place.attach(subject, &Attachment { tag, node }, &desk.output).await?;
            }
            back.insert(&reached.node.digest, reached);
            let what = &reached.what;
            desk.output.line(format!("restored {what}, which another publisher tagged meanwhile"));
        }
        Ok(())
    }

    /// Puts manifests back from the store, where they are missing at a place
    /// that still has what they refer to.
    pub(super) async fn restore(
        &self,
        place: &dyn SinkRepository,
        node: &Descriptor,
        desk: &Desk,
    ) -> Result<Bytes, Failure> {
        let mut bytes = Bytes::default();
        for node in graph(&*self.store, node).await? {
            if place.exists(&node).await? {
                continue;
            }
            let content = self.store.open(&node).await.map_err(|failure| gone(failure, &node))?;
            bytes += match place.push(&node, content, desk).await? {
                Pushed::Sent => Bytes { sent: node.size, ..Bytes::default() },
                Pushed::Mounted => Bytes { mounted: node.size, ..Bytes::default() },
                Pushed::Present | Pushed::Skipped => Bytes::default(),
            };
        }
        Ok(bytes)
    }
}

/// What is about content that no tag named, each after what it is about.
fn untagged(left: &Leftovers) -> Vec<PutBack> {
    let mut about: Vec<&Reached> = left.untagged.iter().collect();
    about.sort_by_key(|reached| reached.depth());
    let put_back = |reached: &Reached| {
        let (subject, tag) = reached.about.clone()?;
        Some(PutBack { subject, tag, node: reached.node.clone() })
    };
    about.into_iter().filter_map(put_back).collect()
}

/// What neither the place nor the store has cannot be put back.
pub(super) fn gone(failure: Failure, node: &Descriptor) -> Failure {
    if failure.kind != FailureKind::NotFound {
        return failure;
    }
    let why = format!("{} was removed, and cannot be restored", node.digest);
    Failure::new(FailureKind::NotFound, crate::model::Side::Sink, why)
        .hint("release it again")
        .undone()
}
