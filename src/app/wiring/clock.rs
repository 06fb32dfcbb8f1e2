//! The time of day, where a verb or the console needs it.

use jiff::Timestamp;

use crate::net::Clock;

/// What the time is, by this machine's clock.
pub(crate) fn now() -> Timestamp {
    Clock::system().now()
}
