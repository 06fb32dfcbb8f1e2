//! How much is done at once.
//!
//! Each job has one lane with a limit of its own. Requests to one host have a
//! further limit below this one, where they are made.

use std::collections::BTreeSet;

use crate::{
    plan::{JobId, Lane},
    run::Run,
};

/// How many jobs of each lane run at once; at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs that read and compress.
    pub make: usize,
    /// Jobs at one sink.
    pub sink: usize,
}

/// The room in a run's lanes, and the jobs with a due attempt.
pub(super) struct Room(Vec<LaneRoom>);

struct LaneRoom {
    free: usize,
    due: BTreeSet<JobId>,
}

impl Room {
    pub(super) fn new(run: &Run, limits: Limits) -> Self {
        let free = |lane: &Lane| match lane {
            Lane::Make => limits.make,
            Lane::Build(engine) => run.plan().builds_at_once(engine).unwrap_or(limits.make),
            Lane::Sink(_) => limits.sink,
        };
        let room = |lane| LaneRoom { free: free(lane).max(1), due: BTreeSet::new() };
        Self(run.lanes().iter().map(room).collect())
    }

    /// Has a job attempted again as soon as its lane has room.
    pub(super) fn put_due(&mut self, lane: usize, job: JobId) {
        self.0[lane].due.insert(job);
    }

    /// The first job that a lane has room for: one that is due, or ready.
    pub(super) fn next(&self, run: &Run) -> Option<JobId> {
        let open = self.0.iter().zip(0..).filter(|(lane, _)| lane.free > 0);
        let first = |(lane, number): (&LaneRoom, usize)| {
            lane.due.first().copied().into_iter().chain(run.first_ready(number)).min()
        };
        open.filter_map(first).min()
    }

    /// Takes the room for one job of a lane.
    pub(super) fn take(&mut self, lane: usize, job: JobId) {
        self.0[lane].free -= 1;
        self.0[lane].due.remove(&job);
    }

    /// Gives the room of one job back.
    pub(super) fn give_back(&mut self, lane: usize) {
        self.0[lane].free += 1;
    }

    /// Forgets that a job is due.
    pub(super) fn forget(&mut self, lane: usize, job: JobId) {
        self.0[lane].due.remove(&job);
    }
}
