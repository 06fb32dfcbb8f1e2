//! How the jobs of a cell stand together.

use jiff::Timestamp;

use crate::{
    model::FailureKind,
    plan::JobId,
    run::{Bytes, JobState, Outcome, Run},
};

/// How the jobs of a cell stand together: as the worst of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellState {
    /// All are done.
    Done,
    /// None has begun, or not all are done and none is at work.
    Waiting,
    /// One was stopped by the user.
    Stopped,
    /// One waits for what is not done.
    Blocked,
    /// One is at work.
    Running,
    /// One waits to be tried again.
    Again,
    /// One failed.
    Failed,
}

/// The jobs of a cell, added up.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// How they stand.
    pub standing: CellState,
    /// How many there are.
    pub jobs: usize,
    /// How many are done.
    pub done: usize,
    /// Bytes done and to be done, of those at work.
    pub progress: (u64, u64),
    /// Steps done and known, of one at work that has steps.
    pub steps: Option<(u32, u32)>,
    /// The highest number of an attempt at work, from 1; 0: there is none.
    pub attempt: u32,
    /// When the next attempt begins.
    pub until: Option<Timestamp>,
    /// Why the first that failed did.
    pub failed: Option<FailureKind>,
    /// What became of the bytes of those that are done.
    pub bytes: Bytes,
    /// Whether all that are done found everything in place.
    pub reused: bool,
}

impl Cell {
    /// The cell of `jobs`; none where there are none.
    #[must_use]
    pub fn of(run: &Run, jobs: &[JobId]) -> Option<Self> {
        let mut cell = Self {
            standing: CellState::Done,
            jobs: 0,
            done: 0,
            progress: (0, 0),
            steps: None,
            attempt: 0,
            until: None,
            failed: None,
            bytes: Bytes::default(),
            reused: true,
        };
        for state in jobs.iter().filter_map(|&job| run.state(job)) {
            cell.add(state);
        }
        (cell.jobs > 0).then_some(cell)
    }

    fn add(&mut self, state: &JobState) {
        self.jobs += 1;
        let standing = match state {
            JobState::Waiting => CellState::Waiting,
            JobState::Running { attempt, done, total, steps } => {
                self.steps = self.steps.or(*steps);
                self.progress = (self.progress.0 + done, self.progress.1 + total);
                self.attempt = self.attempt.max(*attempt);
                CellState::Running
            }
            JobState::BackingOff { attempt, failure, until } => {
                self.attempt = self.attempt.max(*attempt);
                self.until = Some(self.until.map_or(*until, |before| before.min(*until)));
                self.failed.get_or_insert(failure.kind);
                CellState::Again
            }
            JobState::Finished(Outcome::Done { reused, bytes, .. }) => {
                self.done += 1;
                self.reused &= reused;
                self.bytes += *bytes;
                CellState::Done
            }
            JobState::Finished(Outcome::Failed { failure }) => {
                self.failed.get_or_insert(failure.kind);
                CellState::Failed
            }
            JobState::Finished(Outcome::Blocked { .. }) => CellState::Blocked,
            JobState::Finished(Outcome::Cancelled) => CellState::Stopped,
        };
        self.standing = self.standing.max(standing);
    }
}
