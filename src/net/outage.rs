//! How an exchange ends without an answer: nothing came, or it came too slowly.

use std::time::Duration;

use tokio::time::timeout;

use crate::model::{Failure, FailureKind, Side};

/// How many times longer a whole document may take than nothing may move.
const WHOLE: u32 = 10;

/// Nothing moved.
pub(super) fn silence(line: &str, idle: Duration) -> Failure {
    let why = format!("no data for {} s", idle.as_secs());
    Failure::new(FailureKind::Timeout, Side::Sink, why).context(line)
}

/// How long a document may take that is read whole, where nothing may move for
/// `idle`: one byte now and then is no way to send it.
pub(super) fn whole_time(idle: Duration) -> Duration {
    idle * WHOLE
}

/// Does `work`, which reads a document at `place` whole, where nothing may move
/// for `idle`.
///
/// # Errors
///
/// Fails where that takes longer than a whole document may.
pub async fn whole<T>(
    idle: Duration,
    place: &str,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let most = whole_time(idle);
    timeout(most, work).await.map_err(|_| slow(place, most))
}

/// It came too slowly.
pub(super) fn slow(line: &str, most: Duration) -> Failure {
    let why = format!("the answer did not end within {} s", most.as_secs());
    Failure::new(FailureKind::Timeout, Side::Sink, why).context(line)
}
