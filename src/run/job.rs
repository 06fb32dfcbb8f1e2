//! Where one job is.

use super::{EventKind, Outcome};
use crate::model::Failure;

/// Where a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Not begun.
    Waiting,
    /// An attempt is under way.
    Running {
        /// Which attempt, from 1.
        attempt: u32,
        /// Bytes done in this attempt.
        done: u64,
        /// Bytes to do in this attempt, as far as is known.
        total: u64,
        /// How many steps are done and known, of a job that has steps.
        steps: Option<(u32, u32)>,
    },
    /// An attempt failed; the next has not begun.
    BackingOff {
        /// Which attempt failed, from 1.
        attempt: u32,
        /// Why.
        failure: Failure,
        /// When the next begins.
        until: jiff::Timestamp,
    },
    /// Over.
    Finished(Outcome),
}

impl JobState {
    /// The state after `event`, or none where `event` cannot happen here.
    pub(super) fn next(&self, event: &EventKind, at: jiff::Timestamp) -> Option<Self> {
        match (self, event) {
            (Self::Finished(_), _) => None,
            (
                Self::Waiting | Self::BackingOff { .. },
                EventKind::AttemptStarted { attempt, .. },
            ) => Some(Self::Running { attempt: *attempt, done: 0, total: 0, steps: None }),
            (
                Self::Running { attempt, .. },
                EventKind::AttemptFailed { failure, retry_in_ms, .. },
            ) => {
                let wait = jiff::SignedDuration::from_millis(
                    i64::try_from(*retry_in_ms).unwrap_or(i64::MAX),
                );
                let until = at.saturating_add(wait).unwrap_or(jiff::Timestamp::MAX);
                Some(Self::BackingOff { attempt: *attempt, failure: failure.clone(), until })
            }
            (_, EventKind::JobFinished { outcome, .. }) => Some(Self::Finished(outcome.clone())),
            _ => None,
        }
    }
}
