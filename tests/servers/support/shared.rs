//! A server that is shared by all tests that run while it does.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Starts a server for the first test that asks, and lets it end with the
/// last one. A static value is never dropped, so it must not hold the server.
pub(crate) struct Shared<T>(Mutex<Weak<T>>);

impl<T> Shared<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    /// The server that runs, or a new one.
    pub(crate) fn get(&self, start: impl FnOnce() -> T) -> Arc<T> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(start());
            *running = Arc::downgrade(&started);
            started
        })
    }
}
