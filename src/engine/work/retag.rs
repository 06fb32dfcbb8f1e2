//! Tags that are removed, or put to what is at their sink already: all of a
//! place at once.

use std::{collections::HashMap, sync::Arc};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Inputs, ReleaseWorker, before,
    commit::tell_failed,
    moves::{Begun, SinkMoves},
    seen,
    sweep::gone,
};
use crate::{
    engine::{JobDone, Teller, graph},
    model::{
        ArtifactKind, Descriptor, Failure, FailureKind, Rank, Repository, SinkName, Tag, TagName,
    },
    plan::{JobId, PutBack, TagMove, TagTarget},
    ports::{Attachment, Desk, Shelf, SinkRepository, Swap, Swapped, Sweeper},
    run::{Bytes, EventKind},
};

/// How many tags are got ready at once.
const PARALLEL: usize = 8;

/// A tag that is ready to move.
struct Ready<'p> {
    tag: &'p TagMove,
    swap: Swap,
    moving: EventKind,
    /// What was put back for it.
    bytes: Bytes,
}

impl ReleaseWorker {
    /// Moves the tags of `sink`, those of each place together: each is noted
    /// durably before. No tag is removed before all others have moved, at any
    /// of its places.
    pub(super) async fn retag(
        &self,
        (job, sink, moves): (JobId, &SinkName, &[TagMove]),
        begun: &mut SinkMoves,
        inputs: &Inputs,
        (teller, desk): (&Teller, &Desk),
    ) -> Result<JobDone, Failure> {
        let mut done = JobDone::default();
        let (gone, others): (Vec<_>, Vec<_>) =
            moves.iter().partition(|tag| tag.to == TagTarget::Nothing);
        for group in by_place(others).into_iter().chain(by_place(gone)) {
            let Some(first) = group.first() else { continue };
            let begun = begun.of(&first.name)?;
            let ranks = ranks(begun.place.tag_order().await?.unwrap_or_default());
            let getting_ready: Vec<_> = group
                .into_iter()
                .map(|tag| self.ready(job, sink, tag, inputs, (&ranks, desk)))
                .collect();
            let ready: Vec<Ready<'_>> =
                stream::iter(getting_ready).buffered(PARALLEL).try_collect().await?;
            teller.tell_moving(ready.iter().map(|ready| ready.moving.clone()).collect()).await?;
            let freed = self.swap_ready((job, sink), begun, &ready, (teller, desk)).await?;
            done.bytes += Bytes { removed: freed, ..Bytes::default() };
            for moved in &ready {
                done.bytes += moved.bytes;
            }
            done.made.extend(ready.into_iter().filter_map(|ready| ready.swap.to));
            begun.moves.settle().await?;
        }
        Ok(done)
    }

    /// Sees to it that a tag can move.
    async fn ready<'p>(
        &self,
        job: JobId,
        sink: &SinkName,
        tag: &'p TagMove,
        inputs: &Inputs,
        (ranks, desk): (&HashMap<Tag, Rank>, &Desk),
    ) -> Result<Ready<'p>, Failure> {
        let to = self.target_at(sink, tag, inputs).await?;
        let expected = before(sink, tag, inputs)?.digest().cloned();
        let seen = seen(sink, tag, inputs).and_then(|seen| seen.target.clone());
        let made_ready = async {
            let mut bytes = Bytes::default();
            match &to {
                Some(to) => bytes = self.make_whole(sink, tag, to, desk).await?,
                None => self.keep_manifests(sink, tag, seen.as_ref()).await?,
            }
            Ok((bytes, self.keep_beside(sink, tag, seen.as_ref(), to.as_ref()).await?))
        };
        let (bytes, beside) = made_ready.await.map_err(|failure| at(sink, tag, failure))?;
        let (name, after) = (tag.name.clone(), to.clone());
        let rank = ranks.get(&name.tag).filter(|_| after.is_none()).cloned();
        let moving = EventKind::TagMoving { job, name, before: seen, after, beside, rank };
        let (name, rank) = (tag.name.tag.clone(), tag.rank.clone());
        Ok(Ready { tag, swap: Swap { tag: name, expected, to, rank }, moving, bytes })
    }

    /// Moves tags that are ready, and tells which did. Returns how many bytes
    /// that freed.
    async fn swap_ready(
        &self,
        (job, sink): (JobId, &SinkName),
        begun: &mut Begun,
        ready: &[Ready<'_>],
        (teller, desk): (&Teller, &Desk),
    ) -> Result<u64, Failure> {
        let Begun { place, moves } = &mut *begun;
        for Ready { tag, swap, .. } in ready {
            if let Some(to) = &swap.to
                && let Err(failure) = self.put_back_beside(&**place, tag, to).await
            {
                stayed(job, ready, teller).await;
                return Err(at(sink, tag, failure.undone()));
            }
        }
        let swaps: Vec<Swap> = ready.iter().map(|ready| ready.swap.clone()).collect();
        let Swapped { done, failed, after } = moves.swap_all(&swaps, &desk.output).await;
        let mut freed = 0;
        let mut ended: HashMap<usize, Result<u64, &Failure>> =
            done.iter().map(|(at, freed)| (*at, Ok(*freed))).collect();
        ended.extend(failed.iter().map(|(at, failure)| (*at, Err(failure))));
        let mut why = None;
        for (number, Ready { tag, swap, .. }) in ready.iter().enumerate() {
            let name = tag.name.clone();
            let (expected, to) = (swap.expected.as_ref(), swap.to.as_ref());
            match ended.get(&number) {
                Some(Ok(of)) => freed += of,
                Some(Err(failure)) => {
                    if !tell_failed(job, &**place, tag, (expected, to), failure, teller).await {
                        why = why.or_else(|| Some(at(sink, tag, Failure::clone(failure))));
                        continue;
                    }
                }
                None => {
                    teller.tell(EventKind::TagStayed { job, name }).await;
                    continue;
                }
            }
            let (target, changed) = (to.cloned(), expected != to.map(|to| &to.digest));
            teller.tell(EventKind::TagMoved { job, name, target, changed }).await;
        }
        if let Some(why) = why {
            return Err(why);
        }
        for removed in ready.iter().filter(|ready| ready.swap.to.is_none()) {
            self.keep_siblings(sink, begun, removed, desk).await?;
        }
        after.map_or(Ok(freed), Err)
    }

    /// Puts back the tags that named the same as one that was removed and were to
    /// stay: some registries remove what a tag names, and with it all its tags.
    async fn keep_siblings(
        &self,
        sink: &SinkName,
        Begun { place, moves }: &mut Begun,
        Ready { tag, moving, .. }: &Ready<'_>,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let EventKind::TagMoving { before: Some(root), .. } = moving else { return Ok(()) };
        for sibling in &tag.siblings {
            let kept = async {
                if place.resolve(sibling).await?.is_some() {
                    return Ok(false);
                }
                self.restore(&**place, root, desk).await?;
                moves.swap(Swap::onto_nothing(sibling, root), &desk.output).await?;
                Ok(true)
            };
            if kept.await.map_err(|failure| at(sink, tag, failure))? {
                desk.output.notice(format!(
                    "`{sibling}` was removed with `{}`, because both named the same content; it \
                     was restored",
                    tag.name.tag
                ));
            }
        }
        Ok(())
    }

    /// Where images lie that a tag names, if they can be walked through.
    fn images_at(
        &self,
        sink: &SinkName,
        name: &TagName,
    ) -> Result<Option<Arc<dyn Sweeper>>, Failure> {
        if name.kind != ArtifactKind::Image {
            return Ok(None);
        }
        Ok(self.place_of_tag(sink, name)?.shelf())
    }

    /// Sees to it that what a tag is put back to is whole, with what was about
    /// it: a sweep may have taken some of it, of which the store has the
    /// manifests.
    async fn make_whole(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        to: &Descriptor,
        desk: &Desk,
    ) -> Result<Bytes, Failure> {
        let Some(stock) = self.images_at(sink, &tag.name)? else { return Ok(Bytes::default()) };
        let place = self.place_of_tag(sink, &tag.name)?;
        place.hold(&desk.output).await?;
        // What is there is read from there, and the rest from the store.
        self.learn(stock.clone(), to).await.map_err(|failure| gone(failure, to))?;
        let mut bytes = self.restore(&*place, to, desk).await?;
        for about in &tag.about {
            bytes += self.restore(&*place, &about.node, desk).await?;
            attach(&place, &*stock, about, desk).await?;
        }
        Ok(bytes)
    }

    /// Fails where something that a tag is put back to, or that was about it,
    /// is neither at the sink nor in the store.
    pub(super) async fn refuse_gone(&self, sink: &SinkName, tag: &TagMove) -> Result<(), Failure> {
        let TagTarget::Content(to) = &tag.to else { return Ok(()) };
        let Some(stock) = self.images_at(sink, &tag.name)? else { return Ok(()) };
        let place = self.place_of_tag(sink, &tag.name)?;
        for root in std::iter::once(&**to).chain(tag.about.iter().map(|about| &about.node)) {
            self.learn(stock.clone(), root).await.map_err(|failure| gone(failure, root))?;
            for node in graph(&*self.store, root).await? {
                if !place.exists(&node).await? {
                    self.store.open(&node).await.map_err(|failure| gone(failure, &node))?;
                }
            }
        }
        Ok(())
    }

    /// Takes the manifests that a tag names into the store before it goes: a
    /// registry may have no other way than to remove them too.
    async fn keep_manifests(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        before: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let (Some(before), Some(stock)) = (before, self.images_at(sink, &tag.name)?) else {
            return Ok(());
        };
        if !stock.may_lose_manifests() {
            return Ok(());
        }
        match self.learn(stock, before).await {
            // What cannot be read cannot be put back either.
            Err(failure)
                if matches!(failure.kind, FailureKind::NotFound | FailureKind::Invalid) =>
            {
                Ok(())
            }
            learned => learned,
        }
    }
}

/// Has something that is at `place` again be found by what it is about.
async fn attach(
    place: &Arc<dyn SinkRepository>,
    stock: &(impl Shelf + ?Sized),
    about: &PutBack,
    desk: &Desk,
) -> Result<(), Failure> {
    let PutBack { subject, tag, node } = about;
    let is_list = |tag: &Tag| *tag == Tag::about(&subject.digest, "");
    if let Some(tag) = tag.as_ref().filter(|tag| is_list(tag)) {
        // A list that was made since has what it lists added to it.
        return match stock.resolve(tag).await? {
            None => {
                let mut moves = Arc::clone(place).begin(Vec::new());
                moves.swap(Swap::onto_nothing(tag, node), &desk.output).await
            }
            Some(_) => Ok(()),
        };
    }
    let is_it = |known: &Descriptor| known.digest == node.digest;
    if tag.is_none() && stock.referrers(&subject.digest).await?.iter().any(is_it) {
        return Ok(());
    }
    let attachment = Attachment { tag: tag.clone(), node: node.clone() };
    place.attach(subject, &attachment, &desk.output).await.map(drop)
}

/// Tells that no tag moved.
async fn stayed(job: JobId, ready: &[Ready<'_>], teller: &Teller) {
    for Ready { tag, .. } in ready {
        teller.tell(EventKind::TagStayed { job, name: tag.name.clone() }).await;
    }
}

/// The moves of each place, in their order.
fn by_place(moves: Vec<&TagMove>) -> Vec<Vec<&TagMove>> {
    let mut groups: Vec<((ArtifactKind, &Repository), Vec<&TagMove>)> = Vec::new();
    for tag in moves {
        let place = (tag.name.kind, &tag.name.repository);
        match groups.iter_mut().find(|(known, _)| *known == place) {
            Some((_, group)) => group.push(tag),
            None => groups.push((place, vec![tag])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Where each tag of a list stands in it.
fn ranks(mut list: Vec<Tag>) -> HashMap<Tag, Rank> {
    // These come back with what they are about, wherever that is.
    list.retain(|tag| !tag.is_derived());
    let before = std::iter::once(Rank::First).chain(list.iter().cloned().map(Rank::After));
    let before: Vec<Rank> = before.take(list.len()).collect();
    list.into_iter().zip(before).collect()
}

fn at(sink: &SinkName, tag: &TagMove, failure: Failure) -> Failure {
    failure.context(format!("`{}` at `{sink}`", tag.name))
}
