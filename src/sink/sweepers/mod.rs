//! The sinks, to be swept.

mod files;
mod layout;
mod objects;
mod registry;

use std::time::Duration;

use jiff::Timestamp;

/// How much is removed at once.
const PARALLEL: usize = 8;

/// How long ago something was written. What comes from the future is new.
fn age(modified: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    let age = now.duration_since(modified?);
    Some(Duration::try_from(age).unwrap_or_default())
}
