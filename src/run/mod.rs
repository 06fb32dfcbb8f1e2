//! What happens in a run: the events, and the state that they add up to.
//!
//! [`Run`] is a pure fold over [`Event`]s. The engine, the screen, the batch
//! output and the journal all use this one fold, so they cannot disagree.

mod event;
mod fold;
mod frontier;
mod job;
mod log;
mod moving;
mod outcome;
mod signed;
mod state;
mod summary;
mod swept;
mod tag_change;
mod tags;

pub use event::{Command, Event, EventKind, FORMAT, JobProgress, Stop};
pub use job::JobState;
pub use log::{Durable, RunLog};
pub use outcome::{Bytes, Outcome};
pub use state::Run;
pub use summary::Summary;
pub use tag_change::tag_change;
pub use tags::{MovedTag, SeenTag, SignedTag, Swept};

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
