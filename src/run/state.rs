//! The state of a run, and what can be asked of it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    FORMAT, JobState, Outcome, SeenTag, SignedTag, Stop, Summary, Swept,
    frontier::Frontier,
    tags::{MovedTags, TagAt},
};
use crate::{
    model::{Descriptor, Failure, Publisher},
    plan::{JobId, Lane, Plan},
};

/// A run: its plan, and where each job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    id: String,
    pub(super) format: u32,
    pub(super) by: Publisher,
    pub(super) plan: Arc<Plan>,
    pub(super) jobs: Vec<JobState>,
    pub(super) frontier: Frontier,
    /// What each job made when it was last done, kept when it is done again.
    pub(super) made: BTreeMap<JobId, Arc<[Descriptor]>>,
    /// How often each job was attempted, over all the times that the run was
    /// taken up.
    pub(super) begun: Vec<u32>,
    pub(super) seen: HashMap<TagAt, SeenTag>,
    pub(super) moved: MovedTags,
    pub(super) signed: Vec<SignedTag>,
    pub(super) swept: Vec<Swept>,
    pub(super) stop: Option<Stop>,
    pub(super) finished: bool,
    pub(super) next_seq: u64,
    /// When the first and the last fact were told.
    pub(super) times: Option<(Timestamp, Timestamp)>,
}

impl Run {
    /// A run of `plan` in which nothing has happened.
    #[must_use]
    pub fn new(id: String, plan: impl Into<Arc<Plan>>) -> Self {
        let plan = plan.into();
        let jobs = plan.jobs().len();
        Self {
            id,
            format: FORMAT,
            by: Publisher::default(),
            jobs: vec![JobState::Waiting; jobs],
            frontier: Frontier::new(&plan),
            begun: vec![0; jobs],
            plan,
            made: BTreeMap::new(),
            seen: HashMap::new(),
            moved: MovedTags::new(),
            signed: Vec::new(),
            swept: Vec::new(),
            stop: None,
            finished: false,
            next_seq: 0,
            times: None,
        }
    }

    /// The run's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version of the schema in which it began.
    #[must_use]
    pub fn format(&self) -> u32 {
        self.format
    }

    /// The publisher that began it.
    #[must_use]
    pub fn by(&self) -> &Publisher {
        &self.by
    }

    /// The plan that is run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The same plan, to be shared.
    #[must_use]
    pub fn shared_plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan)
    }

    /// The number of the next fact.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// When the first and the last fact were told, if any was.
    #[must_use]
    pub fn times(&self) -> Option<(Timestamp, Timestamp)> {
        self.times
    }

    /// Where a job is.
    #[must_use]
    pub fn state(&self, job: JobId) -> Option<&JobState> {
        self.jobs.get(job.0 as usize)
    }

    /// How often a job was attempted since the run began, over all the times
    /// that it was taken up.
    #[must_use]
    pub fn begun(&self, job: JobId) -> u32 {
        self.begun.get(job.0 as usize).copied().unwrap_or_default()
    }

    /// Whether an attempt at any job was begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun.iter().any(|begun| *begun > 0)
    }

    /// What a job made when it was last done, even if it is being done again.
    #[must_use]
    pub fn made(&self, job: JobId) -> Option<&[Descriptor]> {
        self.made.get(&job).map(|made| &**made)
    }

    /// The same, to be shared.
    #[must_use]
    pub fn shared_made(&self, job: JobId) -> Option<Arc<[Descriptor]>> {
        self.made.get(&job).cloned()
    }

    /// How hard the run was asked to stop.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// Whether the engine came to its end.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether everything is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.plan.jobs().iter().all(|job| self.is_done(job.id))
    }

    /// Whether a job is done.
    #[must_use]
    pub fn is_done(&self, job: JobId) -> bool {
        matches!(self.state(job), Some(JobState::Finished(Outcome::Done { .. })))
    }

    /// Whether a job is over and not done.
    #[must_use]
    pub fn is_undone(&self, job: JobId) -> bool {
        matches!(self.state(job), Some(JobState::Finished(outcome)) if !matches!(outcome, Outcome::Done { .. }))
    }

    /// Whether a job has begun and is not over.
    #[must_use]
    pub fn is_active(&self, job: JobId) -> bool {
        matches!(self.state(job), Some(JobState::Running { .. } | JobState::BackingOff { .. }))
    }

    /// The lanes of the plan's jobs, by their number.
    #[must_use]
    pub fn lanes(&self) -> &[Lane] {
        self.frontier.lanes()
    }

    /// The number of a job's lane.
    #[must_use]
    pub fn lane_of(&self, job: JobId) -> usize {
        self.frontier.lane_of(job)
    }

    /// The waiting jobs of which each predecessor is done, lane by lane.
    pub fn ready(&self) -> impl Iterator<Item = JobId> + '_ {
        self.frontier.ready()
    }

    /// The first ready job of a lane.
    #[must_use]
    pub fn first_ready(&self, lane: usize) -> Option<JobId> {
        self.frontier.first_ready(lane)
    }

    /// The first waiting job with a predecessor that is over and not done, and
    /// that predecessor.
    #[must_use]
    pub fn blocked(&self) -> Option<(JobId, JobId)> {
        let job = self.frontier.blocked()?;
        let by = self.plan.job(job)?.after.iter().find(|&&on| self.is_undone(on))?;
        Some((job, *by))
    }

    /// What keeps a job from being done in the end: the job that failed or was
    /// stopped, or the job itself.
    #[must_use]
    pub fn culprit(&self, mut job: JobId) -> JobId {
        while let Some(JobState::Finished(Outcome::Blocked { by })) = self.state(job) {
            job = *by;
        }
        job
    }

    /// The jobs that failed, each with why.
    pub fn failures(&self) -> impl Iterator<Item = (JobId, &Failure)> {
        self.plan.jobs().iter().filter_map(|job| match self.state(job.id)? {
            JobState::Finished(Outcome::Failed { failure }) => Some((job.id, failure)),
            _ => None,
        })
    }

    /// How the jobs stand.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for state in &self.jobs {
            match state {
                JobState::Waiting => summary.waiting += 1,
                JobState::Running { .. } | JobState::BackingOff { .. } => summary.active += 1,
                JobState::Finished(Outcome::Done { bytes, reused, .. }) => {
                    summary.done += 1;
                    summary.reused += usize::from(*reused);
                    summary.bytes += *bytes;
                }
                JobState::Finished(Outcome::Failed { .. }) => summary.failed += 1,
                JobState::Finished(_) => summary.left += 1,
            }
        }
        summary
    }
}
