//! What the engine needs, and why it starts.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Limits, Worker};
use crate::{model::Publisher, net::Patience, plan::JobId};

/// What the engine needs besides a run.
pub struct Engine {
    /// Does the jobs.
    pub worker: Arc<dyn Worker>,
    /// How often a failed attempt is made again, and when.
    pub patience: Patience,
    /// How much is done at once.
    pub limits: Limits,
    /// The publisher for which it works.
    pub by: Publisher,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// Why the engine starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing has happened yet.
    Fresh,
    /// The run is taken up again.
    Resume {
        /// Just these jobs and what they blocked; none: all that is not done.
        jobs: Option<Vec<JobId>>,
        /// Jobs that are done, and that must be done again first: the store
        /// has lost what they made, or they looked long ago.
        again: Vec<JobId>,
    },
}
