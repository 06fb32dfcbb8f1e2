//! The end of a release: everything is read back, and then the tags move.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Inputs, ReleaseWorker, before,
    moves::{Begun, SinkMoves},
    preflight::{moved, refuse_written},
    seen,
    sign::signing,
};
use crate::{
    engine::{JobDone, Teller, graph},
    model::{Descriptor, Digest, Failure, FailureKind, SinkName, Tag},
    plan::{Job, JobId, TagMove, TagTarget, Work},
    ports::{Desk, SinkRepository, Swap},
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
    ) -> Result<JobDone, Failure> {
        let (mut made, mut spoiled) = (Vec::new(), None);
        for staged in job.after.iter().filter_map(|id| self.plan.job(*id)) {
            if let Work::Join { artifact, sink: at, repository } = &staged.work
                && at == sink
            {
                let place = self.place_of(artifact, sink, repository)?;
                for root in inputs.of(staged.id).into_iter().flatten() {
                    let wrong = self.confirm(&*place, root, desk).await?;
                    spoiled = spoiled.or(wrong);
                    made.push(root.clone());
                }
            }
        }
        if let Some(spoiled) = spoiled {
            return Err(spoiled);
        }
        for signing in signing(&self.plan, job) {
            if signing.work.sink() == Some(sink) {
                self.confirm_signed(signing, inputs).await?;
            }
        }
        for tag in moves {
            self.refuse_moved(sink, tag, inputs).await?;
        }
        Ok(JobDone { made, ..JobDone::default() })
    }

    /// Reads back all below `root`. What is missing or wrong ends nothing: the
    /// place notes all of it, so that it is mended at once. The first such is
    /// returned.
    async fn confirm(
        &self,
        place: &dyn SinkRepository,
        root: &Descriptor,
        desk: &Desk,
    ) -> Result<Option<Failure>, Failure> {
        let nodes = graph(&*self.store, root).await?;
        desk.meter.expect(nodes.len() as u64);
        let meter = &desk.meter;
        stream::iter(nodes)
            .map(|node| async move {
                let confirmed = place.confirm(&node).await;
                meter.advance(1);
                match confirmed {
                    Err(failure) if is_spoiled(&failure) => Ok(Some(failure)),
                    confirmed => confirmed.map(|()| None),
                }
            })
            .buffer_unordered(PARALLEL)
            .try_fold(None, async |first: Option<Failure>, next| Ok(first.or(next)))
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
        let after = self.target_at(sink, tag, inputs).await?.map(|after| after.digest);
        let before = before(sink, tag, inputs)?;
        if now == after {
            return Ok(());
        }
        if now.as_ref() != before.digest() {
            return Err(moved(&name, now.as_ref()));
        }
        refuse_written(&name, tag, now.as_ref())
    }

    /// Moves the tags of `sink`, in order, each noted durably before.
    pub(super) async fn tag(
        &self,
        at: (JobId, &SinkName, &[TagMove]),
        inputs: &Inputs,
        teller: &Teller,
        desk: &Desk,
    ) -> Result<JobDone, Failure> {
        let (_, sink, moves) = at;
        let mut begun = SinkMoves::begin(self, sink, moves)?;
        // What is staged moves in the order of the plan; what is there already
        // need not wait for another.
        let done = if moves.iter().any(|tag| matches!(tag.to, TagTarget::Job(_))) {
            self.move_tags(at, &mut begun, inputs, (teller, desk)).await
        } else {
            self.retag(at, &mut begun, inputs, (teller, desk)).await
        };
        begun.pass_remarks(desk);
        done
    }

    async fn move_tags(
        &self,
        (job, sink, moves): (JobId, &SinkName, &[TagMove]),
        begun: &mut SinkMoves,
        inputs: &Inputs,
        (teller, desk): (&Teller, &Desk),
    ) -> Result<JobDone, Failure> {
        let mut made = Vec::new();
        for tag in moves {
            let begun = begun.of(&tag.name)?;
            made.extend(self.move_tag((job, sink, tag), begun, inputs, (teller, desk)).await?);
        }
        begun.settle().await?;
        Ok(JobDone { made, ..JobDone::default() })
    }

    async fn move_tag(
        &self,
        (job, sink, tag): (JobId, &SinkName, &TagMove),
        Begun { place, moves }: &mut Begun,
        inputs: &Inputs,
        (teller, desk): (&Teller, &Desk),
    ) -> Result<Option<Descriptor>, Failure> {
        let to = self.target_at(sink, tag, inputs).await?;
        let expected = before(sink, tag, inputs)?;
        let doing = |failure: Failure| failure.context(format!("`{}` at `{sink}`", tag.name));
        let seen = seen(sink, tag, inputs).and_then(|seen| seen.target.clone());
        let beside =
            self.keep_beside(sink, tag, seen.as_ref(), to.as_ref()).await.map_err(doing)?;
        let (name, after) = (tag.name.clone(), to.clone());
        let moving = EventKind::TagMoving { job, name, before: seen, after, beside, rank: None };
        teller.tell_moving(vec![moving]).await?;
        let swap = Swap {
            tag: tag.name.tag.clone(),
            expected: expected.digest().cloned(),
            to: to.clone(),
            rank: None,
        };
        if let Err(failure) = moves.swap(swap, &desk.output).await {
            let ends = (expected.digest(), to.as_ref());
            if !tell_failed(job, &**place, tag, ends, &failure, teller).await {
                return Err(doing(failure));
            }
        }
        let moved = EventKind::TagMoved {
            job,
            name: tag.name.clone(),
            target: to.clone(),
            changed: expected.digest() != to.as_ref().map(|to| &to.digest),
        };
        teller.tell(moved).await;
        Ok(to)
    }
}

/// Whether what was read back is missing or wrong, rather than not read.
fn is_spoiled(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Integrity | FailureKind::NotFound)
}

/// Tells what is certain of a tag after its move failed. Returns whether it had
/// been done before, and its answer was lost: that is told as any other move.
pub(super) async fn tell_failed(
    job: JobId,
    place: &dyn SinkRepository,
    tag: &TagMove,
    (expected, to): (Option<&Digest>, Option<&Descriptor>),
    failure: &Failure,
    teller: &Teller,
) -> bool {
    let (name, target) = (tag.name.clone(), to.cloned());
    match became(place, &tag.name.tag, expected, to, failure).await {
        Became::Moved if failure.undone => return true,
        Became::Moved => {
            teller.tell(EventKind::TagMoved { job, name, target, changed: true }).await;
        }
        Became::Stayed => teller.tell(EventKind::TagStayed { job, name }).await,
        Became::Unknown => {}
    }
    false
}

/// What became of a tag after its move failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Became {
    Moved,
    Stayed,
    Unknown,
}

/// What is certain of a tag after its move ended with `failure`: by what the other
/// side answered, and by what it shows.
async fn became(
    place: &dyn SinkRepository,
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
