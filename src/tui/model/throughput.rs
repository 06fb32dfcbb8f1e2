//! How fast bytes move, and how long it will take.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::{plan::JobId, run::JobProgress};

/// Older movement counts less: after so many seconds, about a third.
const WINDOW: f64 = 4.0;

/// The rate of each job that moves bytes.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    jobs: HashMap<JobId, Rate>,
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    done: u64,
    at: Timestamp,
    /// Bytes a second; none before a second look.
    per_second: Option<f64>,
}

impl Pace {
    /// Takes note of how far jobs are.
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than a few digits")]
    pub fn note(&mut self, progress: &[JobProgress], at: Timestamp) {
        for &JobProgress { job, done, .. } in progress {
            let rate = self.jobs.entry(job).or_insert(Rate { done, at, per_second: None });
            let seconds = at.duration_since(rate.at).as_secs_f64();
            if done < rate.done {
                *rate = Rate { done, at, per_second: None };
            } else if seconds > 0.0 {
                let now = (done - rate.done) as f64 / seconds;
                let weight = 1.0 - (-seconds / WINDOW).exp();
                let before = rate.per_second.unwrap_or(now);
                *rate = Rate { done, at, per_second: Some(before + weight * (now - before)) };
            }
        }
    }

    /// Forgets a job that is over.
    pub fn forget(&mut self, job: JobId) {
        self.jobs.remove(&job);
    }

    /// Bytes a second that a job moves.
    #[must_use]
    pub fn of(&self, job: JobId, now: Timestamp) -> Option<f64> {
        let rate = self.jobs.get(&job)?;
        let idle = now.duration_since(rate.at).as_secs_f64().max(0.0);
        // What has not been heard of for a while stands still.
        rate.per_second.map(|rate| if idle > 1.0 { rate * (-idle / WINDOW).exp() } else { rate })
    }

    /// Bytes a second that all jobs move together.
    #[must_use]
    pub fn total(&self, now: Timestamp) -> f64 {
        self.jobs.keys().filter_map(|&job| self.of(job, now)).sum()
    }

    /// How long `bytes` take at the present rate; none where nothing moves.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "it is a guess")]
    pub fn left(&self, bytes: u64, now: Timestamp) -> Option<SignedDuration> {
        let rate = self.total(now);
        (rate >= 1.0).then(|| SignedDuration::try_from_secs_f64(bytes as f64 / rate).ok()).flatten()
    }
}
