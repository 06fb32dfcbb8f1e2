//! How the jobs of a run stand together.

use serde::{Deserialize, Serialize};

use super::Bytes;

/// Counts of jobs by how they stand, and of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Jobs that have not begun.
    pub waiting: usize,
    /// Jobs that have begun and are not over.
    pub active: usize,
    /// Jobs that are done.
    pub done: usize,
    /// Jobs that are done and found everything there.
    pub reused: usize,
    /// Jobs that failed.
    pub failed: usize,
    /// Jobs that were blocked or cancelled.
    pub left: usize,
    /// What became of the bytes of the jobs that are done.
    pub bytes: Bytes,
}
