//! What the clients of one wiring share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{clock::Clock, gate::HostGate, patience::Random, proxy::Proxies, transport::Transport};
use crate::environment::Environment;

/// How servers are reached together: how fast each host may be asked, what
/// carries requests there, through which proxies, and what tells the time.
/// Clones are one network.
#[derive(Clone, Debug)]
pub struct Network {
    shared: Arc<NetworkShared>,
    environment: Environment,
    clock: Clock,
    random: Random,
}

#[derive(Debug)]
struct NetworkShared {
    /// By `scheme://host:port`.
    gates: Mutex<HashMap<String, Arc<HostGate>>>,
    /// None: that of this machine, as each client's options say.
    transport: Option<Arc<dyn Transport>>,
    proxies: Proxies,
}

impl Network {
    /// The network of this machine, as the environment says that it is reached.
    #[must_use]
    pub fn new(environment: Environment, clock: Clock, random: Random) -> Self {
        let shared = Arc::new(NetworkShared::of(&environment, None));
        Self { shared, environment, clock, random }
    }

    /// A network as this one, on which `transport` carries everything.
    #[must_use]
    pub fn over(self, transport: Arc<dyn Transport>) -> Self {
        let shared = Arc::new(NetworkShared::of(&self.environment, Some(transport)));
        Self { shared, ..self }
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

    /// What says where servers, certificates and logins are.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// What tells the time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What makes this machine's waits and names differ from those of others.
    #[must_use]
    pub fn random(&self) -> Random {
        self.random
    }

    /// The proxies before servers.
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.shared.proxies
    }

    pub(super) fn transport(&self) -> Option<Arc<dyn Transport>> {
        self.shared.transport.clone()
    }
}

impl NetworkShared {
    fn of(environment: &Environment, transport: Option<Arc<dyn Transport>>) -> Self {
        Self { gates: Mutex::default(), transport, proxies: Proxies::of(environment) }
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Eq for Network {}
