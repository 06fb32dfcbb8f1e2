//! One job's attempts, as a task.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{Done, Inputs, Teller, Worker};
use crate::{
    model::Failure,
    net::{self, Budget, Hearing, Memory, Patience},
    plan::Job,
    ports::Desk,
    run::{EventKind, Outcome},
};

/// How a job ended, and the permit that it held until then: it travels with
/// the outcome, so that the next job begins only after this one's end was told.
pub(super) type Ended = (Outcome, Option<OwnedSemaphorePermit>);

/// One job's attempts. Dropping its future cancels it: every verb is
/// idempotent, so an interrupted attempt leaves nothing that a later one
/// would trip over.
pub(super) struct JobTask {
    pub(super) job: Job,
    pub(super) inputs: Inputs,
    pub(super) worker: Arc<dyn Worker>,
    pub(super) patience: Patience,
    pub(super) lane: Arc<Semaphore>,
    pub(super) desk: Desk,
    /// What the jobs of this run remember together.
    pub(super) memory: Memory,
    pub(super) teller: Teller,
    /// Cancelled when nothing new may start.
    pub(super) drain: CancellationToken,
}

impl JobTask {
    /// Attempts the job until it succeeds or cannot succeed. Holds a permit
    /// during an attempt, and none while it waits for the next.
    pub(super) async fn run(self) -> Ended {
        let job = self.job.id;
        let mut budget = Budget::new(self.patience);
        for attempt in 1.. {
            let Some(permit) = self.permit().await else { break };
            self.desk.meter.reset();
            self.teller.tell(EventKind::AttemptStarted { job, attempt }).await;
            let failure = match self.attempt().await {
                Ok(Done { made, reused, bytes }) => {
                    return (Outcome::Done { made, reused, bytes }, Some(permit));
                }
                Err(failure) => failure,
            };
            let Some(delay) = budget.next_wait(&failure) else {
                return (Outcome::Failed { failure }, Some(permit));
            };
            self.teller
                .tell(EventKind::AttemptFailed { job, failure, retry_in_ms: millis(delay) })
                .await;
            drop(permit);
            if self.drain.run_until_cancelled(tokio::time::sleep(delay)).await.is_none() {
                break;
            }
        }
        (Outcome::Cancelled, None)
    }

    async fn attempt(&self) -> Result<Done, Failure> {
        let output = self.desk.output.clone();
        let tell = Arc::new(move |line| output.notice(line));
        let hearing = Hearing { tell, memory: self.memory.clone() };
        let work = self.worker.attempt(&self.job, &self.inputs, &self.desk, &self.teller);
        net::heard(hearing, work).await
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.drain.run_until_cancelled(Arc::clone(&self.lane).acquire_owned()).await?.ok()
    }
}

fn millis(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}
