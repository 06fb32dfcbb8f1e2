//! What hears of waits, and remembers what was given up, while a job works.
//!
//! It is the task's own rather than a parameter, since every request below a
//! job belongs to it, however deep.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::model::Failure;

tokio::task_local! {
    static HEARING: Hearing;
}

/// What hears of the waits of requests.
#[derive(Clone)]
pub struct Hearing {
    /// Takes a line for the operator.
    pub tell: Arc<dyn Fn(String) + Send + Sync>,
    /// What was given up, for all jobs of a run.
    pub given_up: GivenUp,
}

/// What used its budget up, by what it was: a second job that needs the same
/// does not try it again.
#[derive(Clone, Debug, Default)]
pub struct GivenUp(Arc<Mutex<HashMap<String, Failure>>>);

impl GivenUp {
    /// Forgets all, since it is to be tried again.
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Does `work`, whose waits `hearing` hears of.
pub async fn heard<F: Future>(hearing: Hearing, work: F) -> F::Output {
    HEARING.scope(hearing, work).await
}

/// Tells the operator a line; nothing but the log hears of it outside a job.
pub fn tell(line: String) {
    tracing::info!("{line}");
    let _ = HEARING.try_with(|hearing| (hearing.tell)(line));
}

/// Why `what` was given up in this run, if it was.
#[must_use]
pub fn given_up(what: &str) -> Option<Failure> {
    let look = |hearing: &Hearing| {
        let given_up = hearing.given_up.0.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.get(what).cloned()
    };
    HEARING.try_with(look).ok().flatten()
}

/// Notes that `what` was given up.
pub fn give_up(what: &str, failure: &Failure) {
    let _ = HEARING.try_with(|hearing| {
        let mut given_up = hearing.given_up.0.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.insert(what.to_owned(), failure.clone());
    });
}
