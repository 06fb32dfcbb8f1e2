//! One attempt at a job, as a task.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Inputs, JobDone, Teller, Worker};
use crate::{
    model::Failure,
    net::{self, Hearing, RunMemory},
    plan::Job,
    ports::Desk,
};

/// How an attempt ended; none: it was cancelled.
pub(super) type Attempted = Option<Result<JobDone, Failure>>;

/// One attempt. Dropping its future cancels it: every verb is idempotent, so an
/// interrupted attempt leaves nothing that a later one would trip over.
pub(super) struct Attempt {
    pub(super) job: Job,
    pub(super) inputs: Inputs,
    pub(super) worker: Arc<dyn Worker>,
    pub(super) desk: Desk,
    /// What the jobs of this run remember together.
    pub(super) memory: RunMemory,
    pub(super) teller: Teller,
    pub(super) cancel: CancellationToken,
}

impl Attempt {
    /// Makes the attempt.
    pub(super) async fn run(self) -> Attempted {
        let output = self.desk.output.clone();
        let tell = Arc::new(move |line| output.notice(line));
        let hearing = Hearing { tell, memory: self.memory };
        let work = self.worker.attempt(&self.job, &self.inputs, &self.desk, &self.teller);
        self.cancel.run_until_cancelled(net::heard(hearing, work)).await
    }
}
