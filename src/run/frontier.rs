//! Which jobs may start, and which cannot any more, kept as jobs change.
//!
//! Each change of a job costs as much as the jobs that wait for it, so a run
//! costs as much as its plan has edges, however many jobs are ready at once.

use std::{collections::BTreeSet, sync::Arc};

use super::{JobState, Outcome};
use crate::plan::{JobId, Lane, Plan};

/// The jobs that wait and could start, and those that wait in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frontier {
    graph: Arc<JobGraph>,
    jobs: Vec<JobStanding>,
    /// By the number of their lane.
    ready: Vec<BTreeSet<JobId>>,
    blocked: BTreeSet<JobId>,
}

/// What of a plan the frontier needs, shared by the copies of a run.
#[derive(Debug, PartialEq, Eq)]
struct JobGraph {
    lanes: Vec<Lane>,
    /// The number of each job's lane.
    lane_of: Vec<usize>,
    /// The jobs that wait for each job.
    followers: Vec<Vec<JobId>>,
}

/// What counts of a job's state, and of those that it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct JobStanding {
    phase: Phase,
    /// How many predecessors are not done.
    open: usize,
    /// How many predecessors are over and not done.
    undone: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Active,
    Done,
    Undone,
}

impl Frontier {
    /// The frontier of a plan of which nothing is done.
    pub(super) fn new(plan: &Plan) -> Self {
        let graph = JobGraph::new(plan);
        let standing = |open| JobStanding { phase: Phase::Waiting, open, undone: 0 };
        let mut frontier = Self {
            jobs: plan.jobs().iter().map(|job| standing(job.after.len())).collect(),
            ready: vec![BTreeSet::new(); graph.lanes.len()],
            blocked: BTreeSet::new(),
            graph: Arc::new(graph),
        };
        plan.jobs().iter().for_each(|job| frontier.place(job.id));
        frontier
    }

    /// Takes note of a job's state.
    pub(super) fn set(&mut self, job: JobId, state: &JobState) {
        let graph = Arc::clone(&self.graph);
        let (Some(standing), Some(followers)) =
            (self.jobs.get_mut(index(job)), graph.followers.get(index(job)))
        else {
            return;
        };
        let now = Phase::of(state);
        let before = std::mem::replace(&mut standing.phase, now);
        if now == before {
            return;
        }
        self.place(job);
        for &follower in followers {
            let standing = &mut self.jobs[index(follower)];
            standing.open = standing.open + usize::from(before == Phase::Done)
                - usize::from(now == Phase::Done);
            standing.undone = standing.undone + usize::from(now == Phase::Undone)
                - usize::from(before == Phase::Undone);
            self.place(follower);
        }
    }

    /// The lanes of the plan's jobs.
    pub(super) fn lanes(&self) -> &[Lane] {
        &self.graph.lanes
    }

    /// The number of a job's lane.
    pub(super) fn lane_of(&self, job: JobId) -> usize {
        self.graph.lane_of.get(index(job)).copied().unwrap_or_default()
    }

    /// The first job of a lane that may start.
    pub(super) fn first_ready(&self, lane: usize) -> Option<JobId> {
        self.ready.get(lane)?.first().copied()
    }

    /// All jobs that may start, lane by lane.
    pub(super) fn ready(&self) -> impl Iterator<Item = JobId> + '_ {
        self.ready.iter().flatten().copied()
    }

    /// The first job that waits for one that is over and not done.
    pub(super) fn blocked(&self) -> Option<JobId> {
        self.blocked.first().copied()
    }

    /// The jobs that wait for `job`.
    pub(super) fn followers(&self, job: JobId) -> &[JobId] {
        self.graph.followers.get(index(job)).map_or(&[], Vec::as_slice)
    }

    /// Puts a job where it belongs.
    fn place(&mut self, job: JobId) {
        let JobStanding { phase, open, undone } = self.jobs[index(job)];
        let waits = phase == Phase::Waiting;
        put(&mut self.ready[self.graph.lane_of[index(job)]], job, waits && open == 0);
        put(&mut self.blocked, job, waits && undone > 0);
    }
}

impl JobGraph {
    fn new(plan: &Plan) -> Self {
        let mut lanes: Vec<Lane> = Vec::new();
        let mut numbers = std::collections::HashMap::new();
        let mut lane_of = Vec::with_capacity(plan.jobs().len());
        let mut followers = vec![Vec::new(); plan.jobs().len()];
        for job in plan.jobs() {
            let lane = plan.lane(job);
            lane_of.push(*numbers.entry(lane.clone()).or_insert_with(|| {
                lanes.push(lane);
                lanes.len() - 1
            }));
            for &before in &job.after {
                followers[index(before)].push(job.id);
            }
        }
        Self { lanes, lane_of, followers }
    }
}

impl Phase {
    fn of(state: &JobState) -> Self {
        match state {
            JobState::Waiting => Self::Waiting,
            JobState::Running { .. } | JobState::BackingOff { .. } => Self::Active,
            JobState::Finished(Outcome::Done { .. }) => Self::Done,
            JobState::Finished(_) => Self::Undone,
        }
    }
}

fn put(set: &mut BTreeSet<JobId>, job: JobId, belongs: bool) {
    if belongs {
        set.insert(job);
    } else {
        set.remove(&job);
    }
}

fn index(job: JobId) -> usize {
    job.0 as usize
}
