//! The fold: how each event changes a run.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use super::{Event, EventKind, JobProgress, JobState, Outcome, Run};
use crate::plan::JobId;

impl Run {
    /// The run that `events` tell of, or none if they do not begin with a plan.
    pub fn replay<'e>(events: impl IntoIterator<Item = &'e Event>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let EventKind::RunStarted { plan, run, .. } = &first.event else { return None };
        let mut run = Self::new(run.clone(), Arc::clone(plan));
        run.apply(first);
        events.for_each(|event| run.apply(event));
        Some(run)
    }

    /// Takes in one event. One that cannot follow the events so far is ignored.
    pub fn apply(&mut self, event: &Event) {
        if let Some(seq) = event.seq {
            self.next_seq = seq + 1;
            self.times = Some((self.times.map_or(event.at, |(began, _)| began), event.at));
        }
        match &event.event {
            EventKind::RunStarted { format, by, .. } => {
                self.format = *format;
                self.by = by.clone();
            }
            EventKind::Output { .. } | EventKind::Notice { .. } | EventKind::Unknown => {}
            EventKind::RunFinished { .. } => self.finished = true,
            EventKind::RunResumed { jobs, .. } => self.resume(jobs.as_deref()),
            EventKind::StopRequested { stop } => self.stop = self.stop.max(Some(*stop)),
            EventKind::JobReset { job } => self.reset(*job),
            EventKind::Progress { jobs } => jobs.iter().for_each(|moved| self.progress(moved)),
            EventKind::TagSeen { job, name, target, .. } => {
                self.on_seen(*job, name, target.as_ref());
            }
            EventKind::TagSigning { job, name, before, after } => {
                self.on_signing(*job, name, (before.as_ref(), after.as_ref()));
            }
            EventKind::TagMoving { job, name, before, after, beside, rank } => {
                let ends = (before.as_ref(), after.as_ref());
                self.on_moving(*job, name, ends, (beside, rank.as_ref()));
            }
            EventKind::Sweeping { job, kept, untagged } => {
                self.on_sweeping(*job, kept, untagged);
            }
            EventKind::TagMoved { name, job, .. } => self.on_moved(*job, name),
            EventKind::TagStayed { name, job } => self.on_stayed(*job, name),
            kind @ (EventKind::AttemptStarted { job, .. }
            | EventKind::AttemptFailed { job, .. }
            | EventKind::JobFinished { job, .. }) => self.on_job(*job, kind, event.at),
        }
    }

    fn progress(&mut self, moved: &JobProgress) {
        if let Some(JobState::Running { done, total, steps, .. }) =
            self.jobs.get_mut(moved.job.0 as usize)
        {
            (*done, *total, *steps) = (moved.done, moved.total, moved.steps);
        }
    }

    fn on_job(&mut self, job: JobId, event: &EventKind, at: Timestamp) {
        if let (EventKind::AttemptStarted { .. }, Some(begun)) =
            (event, self.begun.get_mut(job.0 as usize))
        {
            *begun = begun.saturating_add(1);
        }
        let Some(next) = self.state(job).and_then(|state| state.next(event, at)) else { return };
        self.set(job, next);
        if let EventKind::JobFinished { outcome: Outcome::Done { made, .. }, .. } = event {
            self.made.insert(job, Arc::clone(made));
        }
    }

    /// The only way in which a job's state changes, but for its progress.
    fn set(&mut self, job: JobId, state: JobState) {
        if let Some(of) = self.jobs.get_mut(job.0 as usize) {
            *of = state;
            self.frontier.set(job, of);
        }
    }

    fn resume(&mut self, jobs: Option<&[JobId]>) {
        self.stop = None;
        self.finished = false;
        let all = || (0..).map(JobId).take(self.jobs.len());
        let Some(jobs) = jobs else {
            let undone: Vec<JobId> = all().filter(|&job| !self.is_done(job)).collect();
            for job in undone {
                self.set(job, JobState::Waiting);
            }
            return;
        };
        // What could have started was not asked for; what waits for a job that
        // is tried again goes on when that is done.
        let mut left: BTreeSet<JobId> = self.ready().collect();
        left.extend(all().filter(|&job| self.is_active(job)));
        for job in left {
            self.set(job, JobState::Finished(Outcome::Cancelled));
        }
        for &job in jobs {
            self.reset(job);
        }
    }

    /// Makes a job wait again, and what it blocked.
    fn reset(&mut self, job: JobId) {
        let mut resets = vec![job];
        while let Some(job) = resets.pop() {
            if !matches!(self.state(job), Some(JobState::Finished(_))) {
                continue;
            }
            self.set(job, JobState::Waiting);
            let is_blocked = |id: &&JobId| {
                matches!(self.state(**id),
                    Some(JobState::Finished(Outcome::Blocked { by })) if *by == job)
            };
            resets.extend(self.frontier.followers(job).iter().filter(is_blocked));
        }
    }
}
