//! What hears of waits while a job works, and remembers what was given up and
//! what was told.
//!
//! It is the task's own rather than a parameter, since every request below a
//! job belongs to it, however deep.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{environment::Environment, model::Failure};

tokio::task_local! {
    static HEARING: Hearing;
}

/// What hears of the waits of requests.
#[derive(Clone)]
pub struct Hearing {
    /// Takes a line for the operator.
    pub tell: Arc<dyn Fn(String) + Send + Sync>,
    /// What all jobs of a run remember.
    pub memory: RunMemory,
}

/// What the jobs of a run remember together.
#[derive(Clone, Debug, Default)]
pub struct RunMemory(Arc<Mutex<Remembered>>);

#[derive(Debug, Default)]
struct Remembered {
    /// What used its budget up, by what it was: a second job that needs the
    /// same does not try it again.
    given_up: HashMap<String, Failure>,
    /// What is told once.
    told: HashSet<String>,
}

impl RunMemory {
    /// Forgets what was given up, since it is to be tried again.
    pub fn forget(&self) {
        self.lock().given_up.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does `work`, and tells `hearing` of its waits.
pub async fn heard<F: Future>(hearing: Hearing, work: F) -> F::Output {
    HEARING.scope(hearing, work).await
}

/// Tells the operator a line; nothing but the log hears of it outside a job.
pub fn tell(line: String) {
    tracing::info!("{line}");
    let _ = HEARING.try_with(|hearing| (hearing.tell)(line));
}

/// Tells the operator a line that is as true for all jobs of a run: once.
pub fn tell_once(line: String) {
    let is_new = HEARING.try_with(|hearing| hearing.memory.lock().told.insert(line.clone()));
    if is_new.unwrap_or(true) {
        tell(line);
    }
}

/// Tells once that a variable which other tools follow is set, and not used;
/// `instead` is what decides. An empty one is not set.
pub fn tell_unused(environment: &Environment, variable: &str, instead: &str) {
    if environment.has(variable) {
        tell_once(format!("{variable} is not used: {instead}"));
    }
}

/// Why `what` was given up in this run, if it was.
#[must_use]
pub fn given_up(what: &str) -> Option<Failure> {
    HEARING.try_with(|hearing| hearing.memory.lock().given_up.get(what).cloned()).ok().flatten()
}

/// Notes that `what` was given up.
pub fn give_up(what: &str, failure: &Failure) {
    let _ = HEARING.try_with(|hearing| {
        hearing.memory.lock().given_up.insert(what.to_owned(), failure.clone());
    });
}
