//! Other publishers that write the same object at the same time.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::{Instant, sleep};

use crate::model::{Failure, FailureKind, Side};

/// The first wait, to which up to as much is added.
const SHORT: Duration = Duration::from_millis(50);
/// The longest wait but for what is added.
const LONG: Duration = Duration::from_secs(2);
/// How long an object is written again since others write it.
const PATIENCE: Duration = Duration::from_mins(3);

/// The waits of a publisher whose object others change, ever longer, so that
/// any number of them come to an end.
pub(super) struct Contention {
    waits: ExponentialBackoff,
    until: Instant,
}

impl Default for Contention {
    fn default() -> Self {
        let waits = ExponentialBuilder::new().with_min_delay(SHORT).with_max_delay(LONG);
        let waits = waits.with_jitter().without_max_times().build();
        Self { waits, until: Instant::now() + PATIENCE }
    }
}

impl Contention {
    /// Whether a write failed since another publisher was there first.
    pub(super) fn caused(failure: &Failure) -> bool {
        failure.kind == FailureKind::Conflict
    }

    /// Waits before the next try at the object `name`; fails where others have
    /// changed it for too long.
    pub(super) async fn wait(&mut self, name: &str) -> Result<(), Failure> {
        if Instant::now() >= self.until {
            let why = format!("{name} is changed again and again by other publishers");
            return Err(Failure::new(FailureKind::Server, Side::Sink, why));
        }
        sleep(self.waits.next().unwrap_or(LONG)).await;
        Ok(())
    }
}
