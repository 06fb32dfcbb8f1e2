//! What each kind of job does, over the ports.

mod attempt;
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

use std::{collections::BTreeMap, sync::Arc};

pub use self::{merge::Elsewhere, notices::notices, preflight::moved, sums::signed_over};
use super::Inputs;
use crate::{
    model::{
        ArtifactName, Descriptor, Failure, FailureKind, Index, Repository, Side, SignerName,
        SinkName, TagName,
    },
    net::Random,
    plan::{ExpectedTag, Job, JobId, Plan, TagMove, TagTarget, Work},
    ports::{Makers, Places, Signer, SinkRepository, Store, Sweeper},
    run::{Run, SeenTag},
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
