//! What does the jobs, and how it is heard.

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use super::Inputs;
use crate::{
    model::{Descriptor, Failure, FailureKind, Side},
    plan::Job,
    ports::Desk,
    run::{Bytes, Durable, EventKind},
};

/// Does jobs.
#[async_trait]
pub trait Worker: Send + Sync {
    /// Makes one attempt at `job`. May be dropped at any point.
    async fn attempt(
        &self,
        job: &Job,
        inputs: &Inputs,
        desk: &Desk,
        teller: &Teller,
    ) -> Result<JobDone, Failure>;
}

/// What a job did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobDone {
    /// What it made or staged.
    pub made: Vec<Descriptor>,
    /// Whether all of it was there before.
    pub reused: bool,
    /// What became of its bytes.
    pub bytes: Bytes,
}

/// Tells the run loop facts from within an attempt.
#[derive(Clone)]
pub struct Teller(pub(super) mpsc::Sender<Fact>);

/// A fact on its way to the run loop, and the job's ear where it waits until
/// that is durable.
pub(super) struct Fact {
    pub(super) event: EventKind,
    pub(super) told: Option<oneshot::Sender<Durable>>,
}

impl Teller {
    /// Tells a fact.
    pub async fn tell(&self, event: EventKind) {
        // The run loop outlives its tasks.
        let _ = self.0.send(Fact { event, told: None }).await;
    }

    /// Tells that tags are about to move, and returns once that would survive a
    /// crash. Where it would not, also tells that they stay: the sink was asked for
    /// nothing yet.
    ///
    /// # Errors
    ///
    /// Fails when the journal cannot be written.
    pub async fn tell_moving(&self, moving: Vec<EventKind>) -> Result<(), Failure> {
        let stayed: Vec<EventKind> = moving.iter().filter_map(stayed).collect();
        let Some((last, others)) = moving.split_last() else { return Ok(()) };
        for fact in others {
            self.tell(fact.clone()).await;
        }
        let kept = self.tell_durably(last.clone()).await;
        if kept.is_err() {
            for fact in stayed {
                self.tell(fact).await;
            }
        }
        kept
    }

    /// Tells a fact, and returns once it would survive a crash.
    ///
    /// # Errors
    ///
    /// Fails when the journal cannot be written.
    pub async fn tell_durably(&self, event: EventKind) -> Result<(), Failure> {
        let (told, hears) = oneshot::channel();
        let _ = self.0.send(Fact { event, told: Some(told) }).await;
        let lost = |_| Failure::new(FailureKind::Internal, Side::Local, "the run loop ended");
        hears.await.map_err(lost)?.await
    }
}

/// That a tag which was about to move did not.
fn stayed(moving: &EventKind) -> Option<EventKind> {
    match moving {
        EventKind::TagMoving { job, name, .. } => {
            Some(EventKind::TagStayed { job: *job, name: name.clone() })
        }
        _ => None,
    }
}
