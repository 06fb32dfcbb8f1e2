//! The jobs that have begun and are not over.

use std::{
    collections::BTreeMap,
    task::{Context, Poll},
    time::Duration,
};

use tokio_util::time::{DelayQueue, delay_queue};

use crate::{
    model::Failure,
    net::{Budget, Patience},
    plan::JobId,
    ports::Desk,
    run::{EventKind, JobProgress},
};

/// The jobs that have begun and are not over: each is being attempted, or waits
/// for its next attempt, or for room to make it.
#[derive(Default)]
pub(super) struct LiveJobs {
    jobs: BTreeMap<JobId, LiveJob>,
    waits: DelayQueue<JobId>,
}

struct LiveJob {
    desk: Desk,
    budget: Budget,
    /// How many attempts were begun.
    attempts: u32,
    /// The wait for the next one.
    wait: Option<delay_queue::Key>,
    /// Whether one is being made.
    is_attempted: bool,
}

impl LiveJobs {
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = JobId> {
        self.jobs.keys().copied()
    }

    /// Begins an attempt at a job, and returns its number, from 1.
    pub(super) fn begin(&mut self, job: JobId, patience: Patience) -> (u32, Desk) {
        let live = self.jobs.entry(job).or_insert_with(|| LiveJob {
            desk: Desk::default(),
            budget: Budget::new(patience),
            attempts: 0,
            wait: None,
            is_attempted: false,
        });
        live.attempts += 1;
        live.is_attempted = true;
        live.desk.meter.reset();
        (live.attempts, live.desk.clone())
    }

    /// Ends an attempt that failed. Returns how long to wait before the next one,
    /// where one is worth making.
    pub(super) fn fail(&mut self, job: JobId, failure: &Failure) -> Option<Duration> {
        let live = self.jobs.get_mut(&job)?;
        live.is_attempted = false;
        live.budget.next_wait(failure)
    }

    /// Has a job wait for its next attempt.
    pub(super) fn wait(&mut self, job: JobId, delay: Duration) {
        if let Some(live) = self.jobs.get_mut(&job) {
            live.wait = Some(self.waits.insert(job, delay));
        }
    }

    /// The next job after its wait; ready with none where none waits.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<Option<JobId>> {
        self.waits.poll_expired(cx).map(|due| {
            let job = due?.into_inner();
            self.jobs.get_mut(&job)?.wait = None;
            Some(job)
        })
    }

    /// The jobs that no attempt is made at right now.
    pub(super) fn resting(&self) -> impl Iterator<Item = JobId> {
        self.jobs.iter().filter(|(_, live)| !live.is_attempted).map(|(job, _)| *job)
    }

    /// Takes out a job that is over, and its wait.
    pub(super) fn end(&mut self, job: JobId) {
        if let Some(wait) = self.jobs.remove(&job).and_then(|live| live.wait) {
            self.waits.remove(&wait);
        }
    }

    /// How far the jobs came that moved since this was asked last.
    pub(super) fn progress(&self) -> Vec<JobProgress> {
        let moved = |(job, live): (&JobId, &LiveJob)| {
            let meter = &live.desk.meter;
            let steps = meter.read_steps();
            let (done, total) = meter.take()?;
            Some(JobProgress { job: *job, done, total, steps })
        };
        self.jobs.iter().filter_map(moved).collect()
    }

    /// What a job printed, and what is to be noticed, since this was asked last.
    pub(super) fn printed(&self, job: JobId) -> Vec<EventKind> {
        let Some(LiveJob { desk: Desk { output, .. }, .. }) = self.jobs.get(&job) else {
            return Vec::new();
        };
        let (lines, notices) = (output.take(), output.take_notices());
        let lines = (!lines.is_empty()).then_some(EventKind::Output { job, lines });
        let notices = (!notices.is_empty()).then_some(EventKind::Notice { job, lines: notices });
        lines.into_iter().chain(notices).collect()
    }
}
