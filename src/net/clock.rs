//! The time of day.

use std::{fmt, time::SystemTime};

use jiff::Timestamp;

/// What tells the time of day.
#[derive(Clone, Copy)]
pub struct Clock(fn() -> Timestamp);

impl Clock {
    /// The clock of this machine.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter")]
        Self(Timestamp::now)
    }

    /// A clock that tells what `now` says.
    #[must_use]
    pub fn telling(now: fn() -> Timestamp) -> Self {
        Self(now)
    }

    /// What the time is.
    #[must_use]
    pub fn now(self) -> Timestamp {
        (self.0)()
    }

    /// The same, as files have it.
    #[must_use]
    pub fn file_time(self) -> SystemTime {
        // Only a year that no file system knows has none.
        SystemTime::try_from(self.now()).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
