//! How registries are reached that a build takes from.

use std::sync::{Arc, Mutex, PoisonError};

use super::world::patience;
use crate::{
    build::Reach,
    config::EngineConfig,
    model::{Failure, SinkSpec, SinkUrl},
    net::{self, Patience},
    registry::{Client, Credentials, MemorySessions},
};

/// As the sinks at the same hosts are, which say how these are trusted.
pub(super) struct AsSinks {
    engine: EngineConfig,
    sinks: Mutex<Vec<SinkSpec>>,
}

impl AsSinks {
    pub(super) fn new(engine: EngineConfig) -> Self {
        Self { engine, sinks: Mutex::default() }
    }

    /// Learns how more registries are reached.
    pub(super) fn learn<'s>(&self, sinks: impl IntoIterator<Item = &'s SinkSpec>) {
        let mut known = self.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        for sink in sinks {
            if !known.contains(sink) {
                known.push(sink.clone());
            }
        }
    }
}

impl Reach for AsSinks {
    fn client(
        &self,
        host: &str,
        logins: Arc<dyn Credentials>,
        is_patient: bool,
    ) -> Result<Client, Failure> {
        let patience = patience(&self.engine);
        let attempts = if is_patient { patience.attempts } else { 1 };
        let known = self.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        let is_there = |spec: &&SinkSpec| matches!(&spec.url, SinkUrl::Registry { host: of, .. } if of == host);
        let spec = known.iter().rfind(is_there);
        let options = net::Options {
            insecure: spec.is_some_and(|spec| spec.insecure),
            ca: spec.and_then(|spec| spec.ca.clone()),
            connect_timeout: self.engine.connect_timeout,
            idle_timeout: self.engine.idle_timeout,
            patience: Patience { attempts, ..patience },
            ..net::Options::default()
        };
        Client::new(host, &options, logins, Arc::new(MemorySessions::default()))
    }
}
