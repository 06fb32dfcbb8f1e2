//! What a job may need to know of the run so far.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    model::{Descriptor, TagName},
    plan::{Job, JobId, TagTarget, Work},
    run::{Run, SeenTag},
};

/// What a job may need to know of the run so far. What was made is shared with
/// the run.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// What the jobs made that it waits for or that its tags will name.
    pub made: HashMap<JobId, Arc<[Descriptor]>>,
    /// What its tags named before anything was sent.
    pub seen: HashMap<TagName, SeenTag>,
    /// What this job made before, if it was done once.
    pub before: Option<Arc<[Descriptor]>>,
}

impl Inputs {
    /// What `job` may know.
    pub(super) fn of_job(job: &Job, run: &Run) -> Self {
        // A check also reads what was signed before it.
        let before = job.after.iter().filter_map(|id| run.plan().job(*id));
        let signs = before.filter(|job| matches!(job.work, Work::Sign { .. }));
        let targets = std::iter::once(job).chain(signs).flat_map(|job| job.work.targets());
        let targets = targets.filter_map(|target| match target {
            TagTarget::Job(job) => Some(*job),
            _ => None,
        });
        let known: BTreeSet<JobId> = job.after.iter().copied().chain(targets).collect();
        let made = |id| Some((id, run.shared_made(id)?));
        let seen = |name: &TagName| Some((name.clone(), run.seen(job.work.sink()?, name)?.clone()));
        Self {
            made: known.into_iter().filter_map(made).collect(),
            seen: job.work.moves().iter().filter_map(|tag| seen(&tag.name)).collect(),
            before: run.shared_made(job.id),
        }
    }

    /// What `job` made, if this job may know it.
    #[must_use]
    pub fn of(&self, job: JobId) -> Option<&[Descriptor]> {
        self.made.get(&job).map(|made| &**made)
    }
}
