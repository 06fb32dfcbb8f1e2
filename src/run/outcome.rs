//! How a job ended, and what became of its bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    model::{Descriptor, Failure},
    plan::JobId,
};

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// It did what it was to do.
    Done {
        /// What it made or staged.
        made: Arc<[Descriptor]>,
        /// Whether all of it was there before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reused: bool,
        /// What became of its bytes.
        #[serde(default, skip_serializing_if = "Bytes::is_zero")]
        bytes: Bytes,
    },
    /// Every attempt failed.
    Failed {
        /// Why the last one did.
        failure: Failure,
    },
    /// A job that it waits for is over and not done.
    Blocked {
        /// Which one.
        by: JobId,
    },
    /// The run was stopped before the job was over.
    Cancelled,
}

/// What became of the bytes of content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bytes {
    /// Bytes sent.
    pub sent: u64,
    /// Bytes that were there.
    pub present: u64,
    /// Bytes that the sink took from another of its repositories.
    pub mounted: u64,
    /// Bytes removed.
    #[serde(skip_serializing_if = "is_zero")]
    pub removed: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

impl Bytes {
    /// Whether there were none.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl std::ops::AddAssign for Bytes {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.present += other.present;
        self.mounted += other.mounted;
        self.removed += other.removed;
    }
}
