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
    pub output: Output,
}

/// Counts an attempt's bytes. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    skipped: AtomicU64,
    total: AtomicU64,
    told: AtomicU64,
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
        self.0.skipped.fetch_add(bytes, Ordering::Relaxed);
        self.advance(bytes);
    }

    /// Whether any bytes were moved.
    #[must_use]
    pub fn moved(&self) -> bool {
        self.0.done.load(Ordering::Relaxed) > self.0.skipped.load(Ordering::Relaxed)
    }

    /// Starts again from 0 of 0.
    pub fn reset(&self) {
        for count in [&self.0.done, &self.0.skipped, &self.0.total, &self.0.told] {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// The bytes done and expected.
    #[must_use]
    pub fn read(&self) -> (u64, u64) {
        (self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }

    /// The same, if any were done since the last call.
    #[must_use]
    pub fn take(&self) -> Option<(u64, u64)> {
        let (done, total) = self.read();
        (self.0.told.swap(done, Ordering::Relaxed) != done).then_some((done, total))
    }
}

/// Lines that a job prints, kept until the next tick. Bounded: what nobody
/// takes in time is counted and dropped.
#[derive(Clone, Debug, Default)]
pub struct Output(Arc<Mutex<Vec<String>>>);

/// How many lines wait for the next tick at most.
const OUTPUT_LIMIT: usize = 10_000;

impl Output {
    /// Adds a line.
    pub fn line(&self, line: impl Into<String>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < OUTPUT_LIMIT {
            lines.push(line.into());
        }
    }

    /// Takes all lines since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
