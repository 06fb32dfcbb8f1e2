//! What is done again, since it failed for a reason that this mends.

use std::collections::{BTreeSet, HashMap};

use crate::{
    model::{Failure, FailureKind, Joining, Side},
    plan::{Job, JobId, Plan, Work},
};

/// How often a job that misses content, or finds other, has it pushed again.
const REPAIRS: u32 = 2;
/// How often an index is made again since others pushed more meanwhile.
const REJOINS: u32 = 5;

/// How often a job's failure had others done again.
#[derive(Default)]
pub(super) struct RedoCount {
    repairs: HashMap<JobId, u32>,
    rejoins: HashMap<JobId, u32>,
}

impl RedoCount {
    /// What is done again after `failed` failed, for a reason of this kind.
    pub(super) fn after(
        &mut self,
        plan: &Plan,
        failed: JobId,
        why: Option<&Failure>,
    ) -> Vec<JobId> {
        let (again, counts, limit) = match why.map(|failure| (failure.kind, failure.side)) {
            Some((FailureKind::NotFound, Side::Sink)) => {
                (staged(plan, failed), &mut self.repairs, REPAIRS)
            }
            // What a check reads back is all that tells what lies there: a sink
            // that contradicts what is sent to it is not to be trusted.
            Some((FailureKind::Integrity, Side::Sink)) if is_check(plan, failed) => {
                (staged(plan, failed), &mut self.repairs, REPAIRS)
            }
            // What another job found wrong in the store is gone from there.
            Some((FailureKind::Integrity | FailureKind::NotFound, Side::Local)) => {
                (made(plan, failed), &mut self.repairs, REPAIRS)
            }
            Some((FailureKind::Conflict, _)) => (joined(plan, failed), &mut self.rejoins, REJOINS),
            _ => return Vec::new(),
        };
        let count = counts.entry(failed).or_default();
        *count += 1;
        if *count > limit { Vec::new() } else { again }
    }
}

/// A job at a sink that did not find content there, as after a garbage
/// collection at the registry, or found other, and all that staged it. No tag of the sink has
/// moved by then, but to what it named.
fn staged(plan: &Plan, failed: JobId) -> Vec<JobId> {
    let Some(Job { work, .. }) = plan.job(failed) else { return Vec::new() };
    let (Some(sink), true) = (work.sink(), relies_on_staged(work)) else { return Vec::new() };
    let before = before(plan, failed);
    let is_staged = |job: &&Job| {
        let stages = matches!(
            job.work,
            Work::Push { .. } | Work::Join { .. } | Work::Sign { .. } | Work::Check { .. }
        );
        before.contains(&job.id) && stages && job.work.sink() == Some(sink)
    };
    let mut staged: Vec<JobId> = plan.jobs().iter().filter(is_staged).map(|job| job.id).collect();
    if !staged.is_empty() && !staged.contains(&failed) {
        staged.push(failed);
    }
    staged
}

fn is_check(plan: &Plan, failed: JobId) -> bool {
    plan.job(failed).is_some_and(|job| matches!(job.work, Work::Check { .. }))
}

/// A job that found other content in the store than its name says, or none, and
/// all that put it there. The store has given up what is wrong.
fn made(plan: &Plan, failed: JobId) -> Vec<JobId> {
    let before = before(plan, failed);
    let makes = |job: &&Job| matches!(job.work, Work::Make { .. } | Work::Join { .. });
    let puts = plan.jobs().iter().filter(makes).map(|job| job.id);
    puts.filter(|id| before.contains(id) && *id != failed).chain([failed]).collect()
}

/// Whether the work needs what was staged before.
fn relies_on_staged(work: &Work) -> bool {
    matches!(
        work,
        Work::Push { .. }
            | Work::Join { .. }
            | Work::Sign { .. }
            | Work::Check { .. }
            | Work::Tag { .. }
    )
}

/// A job and all that it waits for, however long.
fn before(plan: &Plan, job: JobId) -> BTreeSet<JobId> {
    let mut before = BTreeSet::from([job]);
    for job in plan.jobs().iter().rev() {
        if before.contains(&job.id) {
            before.extend(&job.after);
        }
    }
    before
}

/// The joins with what others published that `failed` is, or waits for, and all
/// that waits for them: others pushed more meanwhile. Tags that have moved only
/// move on, to more.
fn joined(plan: &Plan, failed: JobId) -> Vec<JobId> {
    let is_merged = |job: &Job| match &job.work {
        Work::Join { artifact, .. } => plan.artifact(artifact).joining == Joining::Merged,
        _ => false,
    };
    let before = before(plan, failed);
    let mut again = BTreeSet::new();
    for job in plan.jobs() {
        let is_joined = before.contains(&job.id) && is_merged(job);
        if is_joined || job.after.iter().any(|after| again.contains(after)) {
            again.insert(job.id);
        }
    }
    again.into_iter().collect()
}
