//! Where the facts of a run are kept while it runs.

use std::{future::Future, pin::Pin};

use super::Event;
use crate::model::Failure;

/// The answer whether facts would survive a crash, once that is known.
pub type Durable = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// Keeps the facts of one run, in the order in which they are told, so that a
/// crash loses none.
///
/// A log that cannot be written stays so: the run goes on without it, but moves
/// no tag.
pub trait RunLog: Send {
    /// Takes the next fact, and returns at once. Facts that come while earlier
    /// ones are written are written together.
    fn append(&mut self, fact: &Event);

    /// Answers once all facts so far would survive a crash, or cannot be kept.
    fn durable(&mut self) -> Durable;
}
