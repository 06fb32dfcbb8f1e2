//! The end of a release: everything is read back, and then the tags move.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Inputs, ReleaseWorker, before,
    preflight::{moved, refuse_written},
    seen,
    sign::signing,
    sweep::gone,
};
use crate::{
    engine::{Done, Teller, graph},
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, SinkName, SinkSpec, SinkUrl, Tag,
        TagName,
    },
    plan::{Job, JobId, TagMove, TagTarget, Work},
    ports::{Desk, Place},
    run::EventKind,
};

/// How many nodes are read back at once.
const PARALLEL: usize = 8;

impl ReleaseWorker {
    /// Reads back all that was staged at `sink`, and what its tags name now.
    pub(super) async fn check(
        &self,
        job: &Job,
        sink: &SinkName,
        moves: &[TagMove],
        inputs: &Inputs,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let mut made = Vec::new();
        for staged in job.after.iter().filter_map(|id| self.plan.job(*id)) {
            if let Work::Join { artifact, sink: at, repository } = &staged.work
                && at == sink
            {
                let place = self.place_of(artifact, sink, repository)?;
                for root in inputs.of(staged.id).into_iter().flatten() {
                    self.confirm(&*place, root, desk).await?;
                    made.push(root.clone());
                }
            }
        }
        for signing in signing(&self.plan, job) {
            if signing.work.sink() == Some(sink) {
                self.confirm_signed(signing, inputs).await?;
            }
        }
        for tag in moves {
            self.refuse_moved(sink, tag, inputs).await?;
        }
        Ok(Done { made, ..Done::default() })
    }

    async fn confirm(
        &self,
        place: &dyn Place,
        root: &Descriptor,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let nodes = graph(&*self.store, root).await?;
        desk.meter.expect(nodes.len() as u64);
        let meter = &desk.meter;
        stream::iter(nodes)
            .map(|node| async move {
                place.confirm(&node).await?;
                meter.advance(1);
                Ok(())
            })
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await
    }

    /// Fails where a tag names neither what it named nor what it will name.
    async fn refuse_moved(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        inputs: &Inputs,
    ) -> Result<(), Failure> {
        let name = format!("`{}` at `{sink}`", tag.name);
        let now =
            self.place_of_tag(sink, &tag.name)?.resolve(&tag.name.tag).await?.map(|now| now.digest);
        let after = self.target(&tag.to, inputs)?.map(|after| after.digest);
        let before = before(sink, tag, inputs)?;
        if now == after {
            return Ok(());
        }
        if now.as_ref() != before.digest() {
            return Err(moved(&name, now.as_ref()));
        }
        refuse_written(&name, tag, now.as_ref())
    }

    /// Sees to it that what a tag is put back to is whole: a sweep may have
    /// taken some of it, of which the store has the manifests.
    async fn make_whole(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        to: &Descriptor,
    ) -> Result<(), Failure> {
        let TagName { kind, repository, .. } = &tag.name;
        let spec = self.plan.sink(sink);
        let is_shelf = |spec: &&SinkSpec| !matches!(spec.url, SinkUrl::DockerDaemon);
        let Some(spec) = spec.filter(is_shelf).filter(|_| *kind == ArtifactKind::Image) else {
            return Ok(());
        };
        let stock = self.places.shelf(spec, *kind, repository)?;
        let place = self.places.open(sink, *kind, repository)?;
        place.hold().await?;
        // What is there is read from there, and the rest from the store.
        self.learn(stock, to).await.map_err(|failure| gone(failure, to))?;
        self.restore(&*place, to, &Desk::default()).await
    }

    /// Moves the tags of `sink`, in order, each noted durably before.
    pub(super) async fn tag(
        &self,
        job: JobId,
        sink: &SinkName,
        moves: &[TagMove],
        inputs: &Inputs,
        teller: &Teller,
    ) -> Result<Done, Failure> {
        for tag in moves {
            let goes_too = |other: &&TagMove| {
                let (one, other) = (&tag.name, &other.name);
                other.kind == one.kind && other.repository == one.repository
            };
            let removed = moves.iter().filter(|other| other.to == TagTarget::Nothing);
            let removed: Vec<&Tag> = removed.filter(goes_too).map(|of| &of.name.tag).collect();
            self.place_of_tag(sink, &tag.name)?.part_with(&removed);
        }
        let mut made = Vec::new();
        for tag in moves {
            let to = self.target(&tag.to, inputs)?;
            self.move_tag(job, sink, tag, to.as_ref(), inputs, teller).await?;
            made.extend(to);
        }
        for tag in moves {
            self.place_of_tag(sink, &tag.name)?.settle().await?;
        }
        Ok(Done { made, ..Done::default() })
    }

    /// Tells what the sink has to say of how it moved its tags.
    pub(super) fn pass_remarks(
        &self,
        sink: &SinkName,
        moves: &[TagMove],
        desk: &Desk,
    ) -> Result<(), Failure> {
        for tag in moves {
            for remark in self.place_of_tag(sink, &tag.name)?.remarks() {
                desk.output.line(remark);
            }
        }
        Ok(())
    }

    /// Tells what is certain of a tag whose move failed.
    async fn tell_of(
        job: JobId,
        tag: &TagMove,
        to: Option<&Descriptor>,
        became: Became,
        teller: &Teller,
    ) {
        let (name, target) = (tag.name.clone(), to.cloned());
        match became {
            Became::Moved => {
                teller.tell(EventKind::TagMoved { job, name, target, changed: true }).await;
            }
            Became::Stayed => teller.tell(EventKind::TagStayed { job, name }).await,
            Became::Unknown => {}
        }
    }

    async fn move_tag(
        &self,
        job: JobId,
        sink: &SinkName,
        tag: &TagMove,
        to: Option<&Descriptor>,
        inputs: &Inputs,
        teller: &Teller,
    ) -> Result<(), Failure> {
        let place = self.place_of_tag(sink, &tag.name)?;
        let expected = before(sink, tag, inputs)?;
        let doing = |failure: Failure| failure.context(format!("`{}` at `{sink}`", tag.name));
        if let (TagTarget::Content(_), Some(to)) = (&tag.to, to) {
            self.make_whole(sink, tag, to).await.map_err(doing)?;
        }
        let seen = seen(sink, tag, inputs).and_then(|seen| seen.target.clone());
        let beside = self.keep_beside(sink, tag, seen.as_ref(), to).await.map_err(doing)?;
        let (name, after) = (tag.name.clone(), to.cloned());
        teller
            .tell_durably(EventKind::TagMoving { job, name, before: seen, after, beside })
            .await?;
        let moving = async {
            if let Some(to) = to {
                self.put_back_beside(&*place, tag, to).await.map_err(Failure::undone)?;
            }
            place.swap(&tag.name.tag, expected.digest(), to).await
        };
        if let Err(failure) = moving.await {
            let became = became(&*place, &tag.name.tag, expected.digest(), to, &failure).await;
            // What was refused had been done before, and its answer was lost.
            let is_there = became == Became::Moved && failure.undone;
            if !is_there {
                Self::tell_of(job, tag, to, became, teller).await;
                return Err(doing(failure));
            }
        }
        if !tag.beside.is_empty() {
            // Of another tag that names the same, something else lay beside it.
            place.settle().await?;
        }
        let moved = EventKind::TagMoved {
            job,
            name: tag.name.clone(),
            target: to.cloned(),
            changed: expected.digest() != to.map(|to| &to.digest),
        };
        teller.tell(moved).await;
        Ok(())
    }
}

/// What became of a tag whose move failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Became {
    Moved,
    Stayed,
    Unknown,
}

/// What is certain of a tag whose move ended with `failure`: by what the other
/// side answered, and by what it shows.
async fn became(
    place: &dyn Place,
    tag: &Tag,
    expected: Option<&Digest>,
    to: Option<&Descriptor>,
    failure: &Failure,
) -> Became {
    if failure.is_transient() {
        return if failure.undone { Became::Stayed } else { Became::Unknown };
    }
    let Ok(now) = place.resolve(tag).await else {
        return if failure.undone { Became::Stayed } else { Became::Unknown };
    };
    let now = now.map(|now| now.digest);
    let is_others = failure.undone && failure.kind == FailureKind::Conflict;
    match () {
        () if now.as_ref() == to.map(|to| &to.digest) => Became::Moved,
        () if now.as_ref() == expected && (failure.undone || place.shows_at_once()) => {
            Became::Stayed
        }
        () if is_others => Became::Stayed,
        () => Became::Unknown,
    }
}
