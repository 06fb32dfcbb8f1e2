//! What happens in a run: the events, and the state that they add up to.
//!
//! [`Run`] is a pure fold over [`Event`]s. The engine, the screen, the batch
//! output and the journal all use this one fold, so they cannot disagree.

mod event;
mod fold;
mod frontier;
mod job;
mod log;
mod signed;
mod state;
mod swept;
mod tag_change;
mod tags;

pub use event::{Bytes, Command, Event, EventKind, FORMAT, JobProgress, Outcome, Stop};
pub use job::{JobState, Summary};
pub use log::{Durable, RunLog};
pub use signed::SignedTag;
pub use state::Run;
pub use swept::Swept;
pub use tag_change::tag_change;
pub use tags::{MovedTag, SeenTag};

/// Something that watches a run.
pub trait Observer: Send {
    /// Takes note of `event`. `run` already includes it.
    fn observe(&mut self, event: &Event, run: &Run);
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn observe(&mut self, event: &Event, run: &Run) {
        self.0.observe(event, run);
        self.1.observe(event, run);
    }
}

impl<O: Observer + ?Sized> Observer for Box<O> {
    fn observe(&mut self, event: &Event, run: &Run) {
        (**self).observe(event, run);
    }
}
