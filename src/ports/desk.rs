//! What a worker has at hand: a meter, and somewhere to print.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// What a worker has at hand during one attempt.
#[derive(Clone, Default)]
pub struct Desk {
    /// Counts bytes for the progress display.
    pub meter: Meter,
    /// Takes lines of output.
    pub output: JobOutput,
}

/// Counts an attempt's bytes. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    total: AtomicU64,
    told: AtomicU64,
    /// Steps done and known, packed into one number; none has none known.
    steps: AtomicU64,
    steps_told: AtomicU64,
}

impl Meter {
    /// Expects `bytes` more.
    pub fn expect(&self, bytes: u64) {
        self.0.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts `bytes` more as done.
    pub fn advance(&self, bytes: u64) {
        self.0.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts `bytes` more as done that did not have to be moved.
    pub fn skip(&self, bytes: u64) {
        self.advance(bytes);
    }

    /// Sets how many steps are done, of those that are known.
    pub fn steps(&self, done: u32, known: u32) {
        self.0.steps.store(u64::from(done) << 32 | u64::from(known), Ordering::Relaxed);
    }

    /// Starts again from 0 of 0.
    pub fn reset(&self) {
        let Counts { done, total, told, steps, steps_told } = &*self.0;
        for count in [done, total, told, steps, steps_told] {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// The bytes done and expected.
    #[must_use]
    pub fn read(&self) -> (u64, u64) {
        (self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }

    /// The steps done and known, of a job that has steps.
    #[must_use]
    pub fn read_steps(&self) -> Option<(u32, u32)> {
        let steps = self.0.steps.load(Ordering::Relaxed);
        let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        (steps > 0).then(|| (half(steps >> 32), half(steps)))
    }

    /// The bytes done and expected, if anything was done since the last call.
    #[must_use]
    pub fn take(&self) -> Option<(u64, u64)> {
        let ((done, total), steps) = (self.read(), self.0.steps.load(Ordering::Relaxed));
        let moved = self.0.told.swap(done, Ordering::Relaxed) != done;
        let stepped = self.0.steps_told.swap(steps, Ordering::Relaxed) != steps;
        (moved || stepped).then_some((done, total))
    }
}

/// Lines that a job prints, kept until the next tick. Bounded: what is
/// not taken in time is counted and dropped.
#[derive(Clone, Debug, Default)]
pub struct JobOutput {
    lines: Arc<Mutex<Vec<String>>>,
    notices: Arc<Mutex<Vec<String>>>,
    /// Whether they are those of a program that the job runs.
    is_within: bool,
}

/// What lines begin with that a job passes on from a program that it runs.
pub const WITHIN: &str = "| ";

/// How many lines wait for the next tick at most.
const OUTPUT_LIMIT: usize = 10_000;

impl JobOutput {
    /// Adds a line.
    pub fn line(&self, line: impl Into<String>) {
        let line = line.into();
        add(&self.lines, if self.is_within { format!("{WITHIN}{line}") } else { line });
    }

    /// Adds a line that every operator is to see, such as why the job waits.
    pub fn notice(&self, line: impl Into<String>) {
        add(&self.notices, line.into());
    }

    /// The same output for a program that the job runs: its lines can be told
    /// from the job's own.
    #[must_use]
    pub fn within(&self) -> Self {
        Self { is_within: true, ..self.clone() }
    }

    /// Takes all lines since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        take(&self.lines)
    }

    /// Takes all notices since the last call.
    #[must_use]
    pub fn take_notices(&self) -> Vec<String> {
        take(&self.notices)
    }
}

fn add(to: &Mutex<Vec<String>>, line: String) {
    let mut lines = to.lock().unwrap_or_else(PoisonError::into_inner);
    if lines.len() < OUTPUT_LIMIT {
        lines.push(line);
    }
}

fn take(from: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut *from.lock().unwrap_or_else(PoisonError::into_inner))
}
