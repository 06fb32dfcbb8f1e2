//! Other publishers that write the same object at the same time.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    model::{Failure, FailureKind, Side},
    net::{Pauses, Random},
};

/// The first wait, to which up to as much is added.
const SHORT: Duration = Duration::from_millis(50);
/// The longest wait but for what is added.
const LONG: Duration = Duration::from_secs(2);
/// How long an object is written again since others write it.
const PATIENCE: Duration = Duration::from_mins(3);

/// The waits of a publisher after others changed its object, ever longer, so that
/// any number of them come to an end.
pub(super) struct Contention {
    waits: Pauses,
    until: Instant,
}

impl Contention {
    pub(super) fn new(random: Random) -> Self {
        let waits = Pauses::between(SHORT, LONG, random);
        Self { waits, until: Instant::now() + PATIENCE }
    }

    /// Whether a write failed since another publisher was there first.
    pub(super) fn caused(failure: &Failure) -> bool {
        failure.kind == FailureKind::Conflict
    }

    /// Waits before the next try at the object `name`; fails where others have
    /// changed it for too long.
    pub(super) async fn wait(&mut self, name: &str) -> Result<(), Failure> {
        if Instant::now() >= self.until {
            let why = format!("other publishers change {name} again and again");
            return Err(Failure::new(FailureKind::Server, Side::Sink, why));
        }
        self.waits.pause().await;
        Ok(())
    }
}
