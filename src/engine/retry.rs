//! When a failed attempt is made again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::model::{Failure, FailureKind};

/// How many attempts without progress a job gets, and how long it waits
/// between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all; 1 means that nothing is retried.
    pub attempts: u32,
    /// The wait before the second attempt. Each later wait is twice the last,
    /// and up to as much again is added at random.
    pub min: Duration,
    /// The longest wait that we choose ourselves.
    pub max: Duration,
}

/// The longest wait that the other side may ask for.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// How many times the allowed attempts are made at the most, if each moves
/// some bytes or was told to wait.
const PATIENCE: u32 = 20;

/// The waits of one job.
pub(super) struct Delays {
    policy: RetryPolicy,
    backoff: backon::ExponentialBackoff,
    attempts: u32,
}

impl RetryPolicy {
    pub(super) fn delays(self, seed: u64) -> Delays {
        Delays { policy: self, backoff: self.backoff(seed), attempts: 1 }
    }

    fn backoff(self, seed: u64) -> backon::ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.min)
            .with_max_delay(self.max)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }
}

impl Delays {
    /// The wait before the next attempt; none when it is not worth one.
    ///
    /// An attempt that moved bytes starts the count again, so that a large
    /// layer gets through a line that breaks; one that the other side put off
    /// does not count.
    pub(super) fn after(&mut self, failure: &Failure, moved: bool, seed: u64) -> Option<Duration> {
        self.attempts += 1;
        if !failure.is_transient() || self.attempts > self.policy.attempts.saturating_mul(PATIENCE)
        {
            return None;
        }
        let asked =
            failure.retry_after_ms.map(Duration::from_millis).map(|asked| asked.min(LONGEST_WAIT));
        if let (FailureKind::RateLimited | FailureKind::Server, Some(asked)) = (failure.kind, asked)
        {
            return (self.policy.attempts > 1).then_some(asked);
        }
        if moved {
            self.backoff = self.policy.backoff(seed);
        }
        self.backoff.next()
    }
}
