//! What is done again, since it failed for a reason that this mends.

use std::collections::{BTreeSet, HashMap};

use crate::{
    model::{FailureKind, Joining},
    plan::{Job, JobId, Plan, Work},
};

/// How often a check that misses content, or finds other, has it pushed again.
const REPAIRS: u32 = 2;
/// How often an index is made again since others pushed more meanwhile.
const REJOINS: u32 = 5;

/// How often a job's failure had others done again.
#[derive(Default)]
pub(super) struct Again {
    repairs: HashMap<JobId, u32>,
    rejoins: HashMap<JobId, u32>,
}

impl Again {
    /// What is done again after `failed` failed, for a reason of this kind.
    pub(super) fn after(
        &mut self,
        plan: &Plan,
        failed: JobId,
        why: Option<FailureKind>,
    ) -> Vec<JobId> {
        let (again, counts, limit) = match why {
            Some(FailureKind::NotFound | FailureKind::Integrity) => {
                (checked(plan, failed), &mut self.repairs, REPAIRS)
            }
            Some(FailureKind::Conflict) => (joined(plan, failed), &mut self.rejoins, REJOINS),
            _ => return Vec::new(),
        };
        let count = counts.entry(failed).or_default();
        *count += 1;
        if *count > limit { Vec::new() } else { again }
    }
}

/// A check that did not find content or found it spoiled, as after a garbage collection at the
/// registry, and what staged it. No tag has moved by then, but to what it
/// named.
fn checked(plan: &Plan, check: JobId) -> Vec<JobId> {
    let Some(Job { work: Work::Check { sink, .. }, after, .. }) = plan.job(check) else {
        return Vec::new();
    };
    let staged = plan.jobs().iter();
    let staged = staged.filter(|job| after.contains(&job.id) && job.work.sink() == Some(sink));
    staged.map(|job| job.id).chain([check]).collect()
}

/// The joins with what others published that `failed` is, or waits for, and all
/// that waits for them: others pushed more meanwhile. Tags that have moved only
/// move on, to more.
fn joined(plan: &Plan, failed: JobId) -> Vec<JobId> {
    let is_merged = |job: &Job| match &job.work {
        Work::Join { artifact, .. } => {
            plan.artifact(artifact).is_some_and(|of| of.joining == Joining::Merged)
        }
        _ => false,
    };
    let mut before = BTreeSet::from([failed]);
    for job in plan.jobs().iter().rev() {
        if before.contains(&job.id) {
            before.extend(&job.after);
        }
    }
    let mut again = BTreeSet::new();
    for job in plan.jobs() {
        let is_joined = before.contains(&job.id) && is_merged(job);
        if is_joined || job.after.iter().any(|after| again.contains(after)) {
            again.insert(job.id);
        }
    }
    again.into_iter().collect()
}
