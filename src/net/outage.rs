//! How an exchange ends without an answer: nothing came, it came too slowly,
//! or the connection broke.

use std::time::Duration;

use tokio::time::timeout;

use super::{address::authority, proxy::proxy_of, trouble::trouble};
use crate::model::{Failure, FailureKind, Side};

/// How many times longer a whole document may take than nothing may move.
const WHOLE: u32 = 10;

/// Nothing moved.
pub(super) fn silence(line: &str, idle: Duration) -> Failure {
    let why = format!("nothing moved for {} s", idle.as_secs());
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

/// The connection did not come about, or broke.
pub(super) fn lost(line: &str, error: reqwest::Error) -> Failure {
    let asked = error.url().cloned();
    let error = error.without_url();
    if let Some(failure) = Failure::find_in(&error) {
        return failure.context(line);
    }
    let mut failure = Failure::from_error(FailureKind::Network, Side::Sink, &error);
    // It says no more than the line does.
    failure.causes.retain(|cause| cause != "error sending request");
    if let Some(trouble) = trouble(&error) {
        let host = asked.as_ref().map(authority).unwrap_or_default();
        return trouble.explain(failure, &host).context(line);
    }
    match asked.as_ref().and_then(proxy_of).filter(|_| error.is_connect()) {
        // It may be the proxy that refuses, of which nothing else is told.
        Some(proxy) => failure.context(format!("through the proxy {proxy}")).context(line),
        None => failure.context(line),
    }
}
