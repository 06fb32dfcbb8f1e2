//! How much patience castoff has with servers of others: one budget for each
//! request, and what is known of writes that are not shown yet.
//!
//! The registry's client, the bucket's and the engine count alike: a try that
//! the other side may answer better next time is made again after a wait that
//! grows, and only what the other side has *accepted* starts the count anew.
//! A failure that has used its budget up says so ([`Effort::Spent`]), so that
//! nothing above tries for the same reason again.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use super::{RETRY_AFTER_LIMIT, hearing};
use crate::model::{Effort, Failure, FailureKind};

/// How often a server is asked that could never be reached.
const UNREACHED: u32 = 3;
/// How often a request is sent that nothing came of but silence.
const SILENT: u32 = 2;
/// How many times the allowed tries are made at the most, if each has more
/// accepted than the last or was told to wait.
const LIMIT: u32 = 20;
/// How long a request is put off in all, as its server asks.
const PUT_OFF_LIMIT: Duration = Duration::from_mins(15);

/// How much patience castoff has with the servers of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often one request is sent without progress; 1 means once.
    pub attempts: u32,
    /// The wait before the second try. Each later wait is twice the last, and
    /// up to as much again is added at random.
    pub delay: Duration,
    /// The longest wait that castoff chooses itself.
    pub max_delay: Duration,
    /// How long after a write that succeeded a read may not show it yet.
    pub visible: Duration,
    /// What makes the waits of two machines differ.
    pub random: Random,
}

/// A source of randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Random {
    /// The operating system's.
    System,
    /// Always the same number, for tests.
    Fixed(u64),
}

/// What is left of one request's tries.
#[derive(Debug)]
pub struct Budget {
    patience: Patience,
    tried: u32,
    all: u32,
    waits: u32,
    accepted: u64,
    /// How long it was put off, as the other side asked.
    put_off: Duration,
}

impl Patience {
    /// The patience that castoff has where nothing else is said.
    #[must_use]
    pub fn usual(random: Random) -> Self {
        Self {
            attempts: 5,
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            visible: Duration::from_mins(1),
            random,
        }
    }

    /// The wait after `waits` others, without what is added at random.
    pub(super) fn wait(&self, waits: u32) -> Duration {
        self.delay.saturating_mul(1 << waits.min(20)).min(self.max_delay)
    }
}

impl Random {
    /// A time from none to `most`.
    #[must_use]
    pub fn up_to(self, most: Duration) -> Duration {
        let share = f64::from(u32::try_from(self.number() >> 32).unwrap_or_default());
        most.mul_f64(share / f64::from(u32::MAX))
    }

    /// A number.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the adapter")]
            // Its keys are the operating system's random numbers.
            Self::System => RandomState::new().hash_one(std::process::id()),
            Self::Fixed(number) => number,
        }
    }
}

impl Budget {
    /// The budget of one request.
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        Self { patience, tried: 0, all: 0, waits: 0, accepted: 0, put_off: Duration::ZERO }
    }

    /// Hears that the other side has `bytes` in all. More than ever is
    /// progress, and starts the count anew.
    pub fn accepted(&mut self, bytes: u64) {
        if bytes > self.accepted {
            (self.accepted, self.tried, self.waits) = (bytes, 0, 0);
        }
    }

    /// The wait before the next try after `failure`; none where it is not
    /// worth one, or the budget is used up.
    pub fn next_wait(&mut self, failure: &Failure) -> Option<Duration> {
        let Patience { attempts, random, .. } = self.patience;
        if !failure.is_transient() || failure.effort == Effort::Spent {
            return None;
        }
        let asked = failure.retry_after_ms.map(Duration::from_millis);
        if asked.is_some_and(|asked| asked > RETRY_AFTER_LIMIT) || self.put_off > PUT_OFF_LIMIT {
            return None;
        }
        self.all += 1;
        // One that is put off has not been tried.
        if asked.is_none() {
            self.tried += 1;
        }
        let limit = match (failure.unreached, failure.kind) {
            (true, _) => attempts.min(UNREACHED),
            (_, FailureKind::Timeout) => attempts.min(SILENT),
            _ => attempts,
        };
        if attempts < 2 || self.tried >= limit || self.all >= attempts.saturating_mul(LIMIT) {
            return None;
        }
        let own = self.patience.wait(self.waits);
        self.waits += 1;
        // What was asked for is never cut short, and never ends for all at once.
        let (least, spread) = asked.map_or((own, own), |asked| (asked, own.max(asked / 10)));
        let wait = least + random.up_to(spread);
        if asked.is_some() {
            self.put_off += wait;
        }
        Some(wait)
    }

    /// Waits before the next try, and tells so.
    ///
    /// # Errors
    ///
    /// Gives `failure` back where there is no next try.
    pub async fn wait(&mut self, failure: Failure) -> Result<(), Failure> {
        let Some(wait) = self.next_wait(&failure) else { return Err(failure.spent()) };
        self.pause(&failure, wait).await;
        Ok(())
    }

    pub(super) async fn pause(&self, failure: &Failure, wait: Duration) {
        let wait_s = wait.as_secs_f64();
        hearing::tell(format!("{failure}; next attempt in {wait_s:.1} s"));
        tokio::time::sleep(wait).await;
    }
}

/// Does `work` until it succeeds or its budget is used up.
///
/// # Errors
///
/// Returns the last failure.
pub async fn patiently<T, F: Future<Output = Result<T, Failure>>>(
    patience: Patience,
    mut work: impl FnMut() -> F,
) -> Result<T, Failure> {
    let mut budget = Budget::new(patience);
    loop {
        match work().await {
            Err(failure) => budget.wait(failure).await?,
            done => return done,
        }
    }
}
