//! Runs a plan.
//!
//! [`Engine::run`] is the only task that changes a [`Run`]. Workers tell it
//! facts over a channel; it numbers them, folds them, hands them to the
//! [`RunLog`] and shows them to an [`Observer`], in that order, so every
//! observer sees the same history.
//!
//! The engine knows plans and ports, and nothing of archives and registries.

mod again;
mod attempt;
mod copy;
mod dispatcher;
mod inputs;
mod limits;
mod work;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

pub use copy::{Copier, graph};
pub use inputs::Inputs;
pub use limits::Limits;
pub use work::{
    Elsewhere, ReleaseWorker, Signers, lost_makes, moved, notices, old_checks, signed_over,
};

use crate::{
    model::{Descriptor, Failure, FailureKind, Side},
    net::Patience,
    plan::{Job, JobId},
    ports::Desk,
    run::{Bytes, Command, Durable, EventKind, Observer, Run, RunLog},
};

/// What the engine needs besides a run.
pub struct Engine {
    /// Does the jobs.
    pub worker: Arc<dyn Worker>,
    /// How often a failed attempt is made again, and when.
    pub patience: Patience,
    /// How much is done at once.
    pub limits: Limits,
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
    ) -> Result<Done, Failure>;
}

/// What a job did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// What it made or staged.
    pub made: Vec<Descriptor>,
    /// Whether all of it was there before.
    pub reused: bool,
    /// What became of its bytes.
    pub bytes: Bytes,
}

/// Tells the run loop facts from within an attempt.
#[derive(Clone)]
pub struct Teller(mpsc::Sender<Fact>);

/// A fact on its way to the run loop, and the job's ear where it waits until
/// that is durable.
struct Fact {
    event: EventKind,
    told: Option<oneshot::Sender<Durable>>,
}

/// Where events go: what keeps them, and what watches.
struct Kept<'a> {
    log: &'a mut dyn RunLog,
    observer: &'a mut dyn Observer,
}

impl Engine {
    /// Runs what is left of `run` until nothing can be done any more. A retry
    /// after that is another call with the same run.
    pub async fn run(
        self,
        run: Run,
        start: Start,
        commands: &mut mpsc::Receiver<Command>,
        log: &mut dyn RunLog,
        observer: &mut dyn Observer,
    ) -> Run {
        let (teller, facts) = mpsc::channel(256);
        let kept = Kept { log, observer };
        dispatcher::Dispatcher::new(self, run, kept, teller).run(start, facts, commands).await
    }
}

impl Teller {
    /// Tells a fact.
    pub async fn tell(&self, event: EventKind) {
        // The run loop outlives its tasks.
        let _ = self.0.send(Fact { event, told: None }).await;
    }

    /// Tells a fact, and returns once it would survive a crash.
    ///
    /// # Errors
    ///
    /// Fails when the journal cannot be written.
    pub async fn tell_durably(&self, event: EventKind) -> Result<(), Failure> {
        let (told, hears) = oneshot::channel();
        let _ = self.0.send(Fact { event, told: Some(told) }).await;
        let lost = |_| Failure::new(FailureKind::Internal, Side::Local, "the run loop is gone");
        hears.await.map_err(lost)?.await
    }
}
