//! What the clients of one wiring share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{clock::Clock, gate::HostGate, transport::Transport};

/// How servers are reached together: how fast each host may be asked, what
/// carries requests there, and what tells the time. Clones are one network.
#[derive(Clone, Debug, Default)]
pub struct Network {
    shared: Arc<NetworkShared>,
    clock: Clock,
}

#[derive(Debug, Default)]
struct NetworkShared {
    /// By `scheme://host:port`.
    gates: Mutex<HashMap<String, Arc<HostGate>>>,
    /// None: that of this machine, as each client's options say.
    transport: Option<Arc<dyn Transport>>,
}

impl Network {
    /// A network on which `transport` carries everything.
    #[must_use]
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        let shared = NetworkShared { transport: Some(transport), ..NetworkShared::default() };
        Self { shared: Arc::new(shared), clock: Clock::default() }
    }

    /// The same, with another clock.
    #[must_use]
    pub fn at(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The gate before `origin`, which all clients of this network share.
    #[must_use]
    pub fn gate(&self, origin: &str) -> Arc<HostGate> {
        let mut gates = self.shared.gates.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(gates.entry(origin.to_owned()).or_default())
    }

    /// What tells the time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) fn transport(&self) -> Option<Arc<dyn Transport>> {
        self.shared.transport.clone()
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Eq for Network {}
