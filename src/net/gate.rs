//! How fast one host may be asked, by all clients of one network together.
//!
//! A gate lets a window of requests through at once. The window grows by one
//! whenever as many answers as it has places came in without complaint, and
//! halves when the host says that it is too much. A wait that the host asks
//! for shuts the gate for all until it is over.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::RETRY_AFTER_LIMIT;

/// How many requests a host gets at once before it is known better.
const FIRST_WINDOW: usize = 8;
/// How many requests a host gets at once at most.
const WINDOW_LIMIT: usize = 64;

/// After how many closed connections none is kept any more.
const STALE_LIMIT: u32 = 2;

/// What all requests to one host pass.
#[derive(Debug)]
pub struct HostGate {
    state: Mutex<GateState>,
    changed: Notify,
}

#[derive(Debug)]
struct GateState {
    window: usize,
    in_flight: usize,
    clean: usize,
    shut_until: Option<Instant>,
    /// Whether the host ever answered.
    answered: bool,
    /// Whether there ever was a connection to it.
    reached: bool,
    /// How many kept connections the host had closed when they were used.
    stale: u32,
}

/// Lets one request through. Its place is free again when this is dropped,
/// which is when its answer begins.
#[derive(Debug)]
pub struct Permit(Arc<HostGate>);

impl Default for HostGate {
    fn default() -> Self {
        let state = GateState {
            window: FIRST_WINDOW,
            in_flight: 0,
            clean: 0,
            shut_until: None,
            answered: false,
            reached: false,
            stale: 0,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }
}

impl HostGate {
    /// Waits until the gate is open and a place is free.
    pub async fn enter(self: &Arc<Self>) -> Permit {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            match self.try_enter() {
                GateDecision::Open => return Permit(Arc::clone(self)),
                GateDecision::Full => changed.await,
                GateDecision::ShutUntil(time) => sleep_until(time).await,
            }
        }
    }

    /// How many requests pass at once now.
    #[must_use]
    pub fn window(&self) -> usize {
        self.state().window
    }

    /// Whether the host ever answered.
    #[must_use]
    pub fn has_answered(&self) -> bool {
        self.state().answered
    }

    /// Whether there ever was a connection to the host.
    #[must_use]
    pub fn was_reached(&self) -> bool {
        self.state().reached
    }

    /// Whether the host closes the connections that it seems to keep.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.state().stale >= STALE_LIMIT
    }

    fn try_enter(&self) -> GateDecision {
        let mut state = self.state();
        if let Some(time) = state.shut_until.filter(|time| *time > Instant::now()) {
            return GateDecision::ShutUntil(time);
        }
        if state.in_flight >= state.window {
            return GateDecision::Full;
        }
        state.in_flight += 1;
        GateDecision::Open
    }

    fn state(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum GateDecision {
    Open,
    Full,
    ShutUntil(Instant),
}

impl Permit {
    /// Tells that the host had closed a connection that was kept.
    pub fn stale(&self) {
        self.0.state().stale += 1;
    }

    /// Tells that the host answered, whatever it said.
    pub fn answered(&self) {
        let mut state = self.0.state();
        (state.answered, state.reached) = (true, true);
    }

    /// Tells that there was a connection to the host.
    pub fn reached(&self) {
        self.0.state().reached = true;
    }

    /// Tells that the host answered without complaint.
    pub fn clean(&self) {
        let mut state = self.0.state();
        state.clean += 1;
        if state.clean >= state.window {
            state.window = (state.window + 1).min(WINDOW_LIMIT);
            state.clean = 0;
            drop(state);
            self.0.changed.notify_waiters();
        }
    }

    /// Tells that the host asked for fewer requests, and for how long for none.
    pub fn throttled(&self, wait: Option<Duration>) {
        let mut state = self.0.state();
        state.window = (state.window / 2).max(1);
        state.clean = 0;
        // Nothing waits for longer: what asks for it fails at once.
        if let Some(wait) = wait.filter(|wait| *wait <= RETRY_AFTER_LIMIT) {
            let until = Instant::now() + wait;
            state.shut_until = state.shut_until.max(Some(until));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
        self.0.changed.notify_waiters();
    }
}
