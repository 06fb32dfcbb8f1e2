//! What happens in a run: the events, and the state that they add up to.
//!
//! [`Run`] is a pure fold over [`Event`]s. The engine, the screen, the batch
//! output and the journal all use this one fold, so they cannot disagree.

mod event;
mod job;
mod signed;
mod state;
mod swept;
mod tag_change;

pub use event::{Bytes, Command, Event, EventKind, FORMAT, JobProgress, Outcome, Stop};
pub use job::{JobState, Summary};
pub use signed::SignedTag;
pub use state::{MovedTag, Run, SeenTag};
pub use swept::Swept;
pub use tag_change::tag_change;

use crate::model::Failure;

/// Something that watches a run.
pub trait Observer: Send {
    /// Takes note of `event`. `run` already includes it.
    fn observe(&mut self, event: &Event, run: &Run);

    /// Whether all facts so far would survive a crash. Asked before a tag moves.
    fn durable(&self) -> Result<(), Failure> {
        Ok(())
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn observe(&mut self, event: &Event, run: &Run) {
        self.0.observe(event, run);
        self.1.observe(event, run);
    }

    fn durable(&self) -> Result<(), Failure> {
        self.0.durable().and_then(|()| self.1.durable())
    }
}

impl<O: Observer + ?Sized> Observer for Box<O> {
    fn observe(&mut self, event: &Event, run: &Run) {
        (**self).observe(event, run);
    }

    fn durable(&self) -> Result<(), Failure> {
        (**self).durable()
    }
}
