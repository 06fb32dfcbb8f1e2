//! What is common to sinks that are swept.

use std::time::Duration;

use jiff::Timestamp;

/// How much is removed at once.
pub(super) const PARALLEL: usize = 8;

/// How long ago something was written. What comes from the future is new.
pub(super) fn age(modified: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    let age = now.duration_since(modified?);
    Some(Duration::try_from(age).unwrap_or_default())
}
