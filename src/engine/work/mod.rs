//! What each kind of job does, over the ports.

mod commit;
mod downgrades;
mod free_space;
mod losses;
mod lost_referrers;
mod merge;
mod moves;
mod notices;
mod preflight;
mod published;
mod retag;
mod sign;
mod stage;
mod sums;
mod sweep;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;

pub use self::{merge::Elsewhere, notices::notices, preflight::moved, sums::signed_over};
use super::{Inputs, JobDone, Teller, Worker};
use crate::{
    model::{
        ArtifactName, Descriptor, Failure, FailureKind, Index, Joining, Repository, Side,
        SignerName, SinkName, TagName,
    },
    net::Random,
    plan::{ExpectedTag, Job, JobId, Plan, TagMove, TagTarget, Work},
    ports::{Desk, Makers, Places, Signer, SinkRepository, Store, Sweeper},
    run::{Run, SeenTag},
    sweep::Gone,
};

/// Does the jobs of a release.
pub struct ReleaseWorker {
    /// What is released.
    pub plan: Arc<Plan>,
    /// Where content comes from.
    pub makers: Makers,
    /// Where it lies meanwhile.
    pub store: Arc<dyn Store>,
    /// Where it goes.
    pub places: Arc<dyn Places>,
    /// Its signers, with their keys open.
    pub signers: Signers,
    /// What makes its waits for other signers differ.
    pub random: Random,
}

/// Signers by name.
pub type Signers = BTreeMap<SignerName, Arc<dyn Signer>>;

#[async_trait]
impl Worker for ReleaseWorker {
    async fn attempt(
        &self,
        job: &Job,
        inputs: &Inputs,
        desk: &Desk,
        teller: &Teller,
    ) -> Result<JobDone, Failure> {
        match &job.work {
            Work::Preflight { sink, moves } => {
                self.preflight(job.id, sink, moves, inputs, teller).await
            }
            Work::Make { artifact, platform, stage, .. } => match stage {
                Some(stage) if !self.is_made_by(artifact, stage) => {
                    self.step(artifact, platform, stage, inputs, desk).await
                }
                _ => self.make(job, artifact, platform, inputs, desk).await,
            },
            Work::Push { artifact, sink, repository, .. } => {
                let place = self.place_of(artifact, sink, repository)?;
                self.push(job, &*place, inputs, desk).await
            }
            Work::Join { artifact, sink, repository } => {
                let at = (artifact, sink, repository);
                match self.joining(artifact) {
                    Joining::Merged if self.merges_at(artifact, sink, repository)? => {
                        self.merge(job.id, at, inputs, desk, teller).await
                    }
                    Joining::Apart => self.leave_apart(artifact, inputs),
                    _ => {
                        self.join(
                            artifact,
                            &*self.place_of(artifact, sink, repository)?,
                            inputs,
                            desk,
                        )
                        .await
                    }
                }
            }
            Work::Sign { .. } => self.sign(job, inputs, desk, teller).await,
            Work::Check { sink, moves } => self.check(job, sink, moves, inputs, desk).await,
            Work::Tag { sink, moves } => {
                let done = self.tag((job.id, sink, moves), inputs, teller, desk).await?;
                self.refuse_overtaken(sink, moves, inputs).await?;
                Ok(done)
            }
            Work::Other(other) => {
                let what = format!("this castoff does not know how to do `{other}`");
                Err(Failure::new(FailureKind::Invalid, Side::Local, what)
                    .hint("use the version of castoff that planned it"))
            }
            Work::Sweep {
                sink,
                artifact_kind: kind,
                repository,
                removed,
                tags,
                grace_s,
                stay,
                dead,
            } => {
                let names = tags.iter().cloned().map(Some).chain(std::iter::repeat(None));
                let roots = names.zip(removed.iter().cloned()).collect();
                let (stay, dead) = (stay.clone(), dead.clone());
                let gone = Gone { kind: *kind, roots, stay, dead };
                let grace = Duration::from_secs(*grace_s);
                self.sweep(job.id, (sink, repository), gone, grace, (desk, teller)).await
            }
        }
    }
}

impl ReleaseWorker {
    /// The index over an artifact's platforms, from what its makes or pushes
    /// made; none where one of them is not known.
    fn index(&self, artifact: &ArtifactName, inputs: &Inputs) -> Option<IndexOf> {
        let planned = self.plan.artifact(artifact);
        if let Some(index) = &planned.index {
            return Some(IndexOf::Kept(index.clone()));
        }
        let mut manifests: Vec<Descriptor> = Vec::new();
        for platform in &planned.platforms {
            let pushes = self.plan.pushes(artifact, &platform.platform).iter();
            let (root, others) = pushes.filter_map(|id| self.plan.job(*id)).find_map(|push| {
                let staged = inputs.of(push.id).unwrap_or_else(|| self.pushed(push, inputs));
                staged.split_first()
            })?;
            let attestations = others.iter().filter(|node| node.is_attestation());
            manifests.extend(std::iter::once(root).chain(attestations).cloned());
        }
        Some(IndexOf::New(Index::of(manifests)))
    }

    /// The place of an artifact at a sink.
    fn place_of(
        &self,
        artifact: &ArtifactName,
        sink: &SinkName,
        repository: &Repository,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        self.places.open(sink, self.plan.artifact(artifact).kind, repository)
    }

    /// The place of a tag at a sink.
    fn place_of_tag(
        &self,
        sink: &SinkName,
        name: &TagName,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        self.places.open(sink, name.kind, &name.repository)
    }

    /// What can be read where an artifact goes; none where nothing can.
    fn shelf_of(
        &self,
        artifact: &ArtifactName,
        sink: &SinkName,
        repository: &Repository,
    ) -> Result<Option<Arc<dyn Sweeper>>, Failure> {
        Ok(self.place_of(artifact, sink, repository)?.shelf())
    }

    /// What a tag will name, as far as that is known.
    fn target(&self, to: &TagTarget, inputs: &Inputs) -> Result<Option<Descriptor>, Failure> {
        match to {
            TagTarget::Nothing => Ok(None),
            TagTarget::Content(content) => Ok(Some(Descriptor::clone(content))),
            TagTarget::Job(job) => {
                let staged = inputs.of(*job).and_then(<[_]>::first).cloned();
                let staged = staged.or_else(|| self.foresee(*job, inputs));
                staged.map(Some).ok_or_else(|| internal("the content of a tag was never staged"))
            }
        }
    }

    /// The same, in the form in which the sink keeps it.
    async fn target_at(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        inputs: &Inputs,
    ) -> Result<Option<Descriptor>, Failure> {
        match self.target(&tag.to, inputs)? {
            Some(to) => self.place_of_tag(sink, &tag.name)?.form_of(&to).await.map(Some),
            None => Ok(None),
        }
    }

    /// What a push or a join will stage, before it has.
    fn foresee(&self, job: JobId, inputs: &Inputs) -> Option<Descriptor> {
        match &self.plan.job(job)?.work {
            // What others have is known only when it is joined.
            Work::Join { artifact, sink, repository }
                if !self.is_merged(artifact, sink, repository) =>
            {
                self.index(artifact, inputs).map(|index| index.descriptor())
            }
            Work::Push { .. } => self.pushed(self.plan.job(job)?, inputs).first().cloned(),
            _ => None,
        }
    }

    /// The manifest that a push copies, and attestations about it: what the
    /// make before it made.
    fn pushed<'i>(&self, push: &Job, inputs: &'i Inputs) -> &'i [Descriptor] {
        let is_make = |id: &&JobId| {
            self.plan.job(**id).is_some_and(|job| matches!(job.work, Work::Make { .. }))
        };
        push.after.iter().find(is_make).and_then(|make| inputs.of(*make)).unwrap_or_default()
    }
}

/// An artifact's index.
enum IndexOf {
    /// The one that the source brought along.
    Kept(Descriptor),
    /// One of our own.
    New(Index),
}

impl IndexOf {
    fn descriptor(&self) -> Descriptor {
        match self {
            Self::Kept(descriptor) => descriptor.clone(),
            Self::New(index) => index.descriptor(),
        }
    }
}

/// What a tag named before anything was sent, as the preflight saw it or as
/// the plan demands.
fn before(sink: &SinkName, tag: &TagMove, inputs: &Inputs) -> Result<ExpectedTag, Failure> {
    let seen = || seen(sink, tag, inputs).map(|seen| ExpectedTag::of(seen.target.as_ref()));
    let expected = tag.expected.clone().or_else(seen);
    expected.ok_or_else(|| internal("a tag was never checked"))
}

fn seen<'i>(sink: &SinkName, tag: &TagMove, inputs: &'i Inputs) -> Option<&'i SeenTag> {
    inputs.seen.get(&tag.name).filter(|seen| seen.sink == *sink)
}

fn conflict(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Conflict, Side::Sink, what)
}

fn internal(what: &str) -> Failure {
    Failure::new(FailureKind::Internal, Side::Local, what)
}

/// The checks of a run that are done, and that tags which have not moved yet
/// would rely on: what was staged then may have been collected since.
#[must_use]
pub fn old_checks(run: &Run) -> Vec<JobId> {
    let jobs = run.plan().jobs();
    let waits = |check: &Job| {
        let is_tag = |job: &&Job| matches!(job.work, Work::Tag { .. });
        let mut tags = jobs.iter().filter(is_tag);
        tags.any(|tag| tag.work.sink() == check.work.sink() && !run.is_done(tag.id))
    };
    let checks = jobs.iter().filter(|job| matches!(job.work, Work::Check { .. }));
    checks.filter(|job| run.is_done(job.id) && waits(job)).map(|job| job.id).collect()
}

/// The makes of a run that are done, but of which the store has lost content
/// that a job still needs.
///
/// # Errors
///
/// Fails when the store cannot be read.
pub async fn lost_makes(run: &Run, store: &dyn Store) -> Result<Vec<JobId>, Failure> {
    let mut lost = Vec::new();
    if run
        .plan()
        .jobs()
        .iter()
        .all(|job| run.is_done(job.id) || matches!(job.work, Work::Tag { .. }))
    {
        return Ok(lost);
    }
    for job in run.plan().jobs().iter().filter(|job| matches!(job.work, Work::Make { .. })) {
        for root in run.made(job.id).filter(|_| run.is_done(job.id)).unwrap_or_default() {
            if !store.is_complete(root).await? {
                lost.push(job.id);
                break;
            }
        }
    }
    Ok(lost)
}
