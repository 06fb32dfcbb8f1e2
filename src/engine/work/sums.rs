//! What lies beside the files of a tag and goes with it: kept before the tag
//! is replaced, put back with what it named, and not written over by a copy.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use super::{ReleaseWorker, conflict};
use crate::{
    engine::{Copier, graph},
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT, Node, Origin,
        Published, Remedy, Side, SinkName, SinkSpec, TagName,
    },
    plan::{TagMove, TagTarget},
    ports::{Attachment, Desk, Places, Shelf, Shelved, SinkRepository, read_node},
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
        let (Some(before), ArtifactKind::Files, true) = (before, tag.name.kind, is_replaced) else {
            return Ok(Vec::new());
        };
        let stock = self.place_of_tag(sink, &tag.name)?.shelf();
        let Some(stock) = stock.filter(|stock| stock.holds_sums()) else { return Ok(Vec::new()) };
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
                let why = format!("the checksums of `{}` are no longer in the store", tag.name);
                return Err(Failure::new(FailureKind::NotFound, Side::Local, why)
                    .hint("release the files again to write and sign the checksums"));
            }
        }
        Ok(())
    }

    /// Fails where the copy of files onto the same files would write over a
    /// signature that another key made.
    pub(super) async fn refuse_signed_over(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        now: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let same = |from: &&Published| now.is_some_and(|now| now.digest == from.root.digest);
        let (Some(from), Some(spec)) = (self.copied(tag).filter(same), self.plan.sink(sink)) else {
            return Ok(());
        };
        let name = &tag.name;
        let Some(file) = signed_over(&*self.places, from, spec, name).await? else {
            return Ok(());
        };
        let what = format!("{file} of `{name}` at `{sink}` differs from the one at {from}");
        Err(conflict(what).hint(Remedy::SignThereOrRename))
    }

    /// What is copied to a tag.
    fn copied(&self, tag: &TagMove) -> Option<&Published> {
        let TagTarget::Job(job) = tag.to else { return None };
        match &self.plan.artifact(self.plan.job(job)?.work.artifact()?)?.from {
            Origin::Published(from) => Some(from),
            _ => None,
        }
    }

    /// Has what lay beside `to` go with it when the tag moves.
    pub(super) async fn put_back_beside(
        &self,
        place: &dyn SinkRepository,
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

/// What lies beside the files of a tag, and would be written over if the same
/// files were copied there from another place: another signature.
///
/// # Errors
///
/// Fails where one of the places cannot be read.
pub async fn signed_over(
    places: &dyn Places,
    from: &Published,
    to: &SinkSpec,
    name: &TagName,
) -> Result<Option<String>, Failure> {
    let (ArtifactKind::Files, Some(tag)) = (from.kind, &from.tag) else { return Ok(None) };
    let there = places.shelf(to, from.kind, &name.repository)?;
    if !there.holds_sums() {
        return Ok(None);
    }
    let beside = async |shelf: &dyn Shelf, tag| {
        shelf.resolve(tag).await?;
        files_beside(shelf, &from.root.digest).await
    };
    let here = places.shelf(from.place()?, from.kind, &from.repository)?;
    let ours = beside(&*here, tag).await?;
    let theirs = beside(&*there, &name.tag).await?;
    let is_lost = |file: &str, ours: &Digest| theirs.get(file).is_some_and(|of| of != ours);
    Ok(ours.into_iter().find_map(|(file, ours)| is_lost(&file, &ours).then_some(file)))
}

/// What lies beside a release of files, by its name.
async fn files_beside(
    shelf: &dyn Shelf,
    release: &Digest,
) -> Result<BTreeMap<String, Digest>, Failure> {
    let mut files = BTreeMap::new();
    for Attachment { node, .. } in shelf.attached(release).await? {
        let Node::Manifest(manifest) = read_node(shelf, &node).await? else { continue };
        let named = |layer: Descriptor| Some((layer.title()?.to_owned(), layer.digest));
        files.extend(manifest.layers.into_iter().filter_map(named));
    }
    Ok(files)
}
