//! How registries are reached that a build takes from.

use std::sync::{Arc, Mutex, PoisonError};

use super::patience::patience;
use crate::{
    build::Reach,
    config::EngineConfig,
    model::{Failure, SinkSpec, SinkUrl},
    net::{self, Http, Network, Patience},
    registry::{Credentials, MemorySessions, RegistryClient},
};

/// As the sinks at the same hosts are, which say how these are trusted.
pub(crate) struct AsSinks {
    engine: EngineConfig,
    network: Network,
    sinks: Mutex<Vec<SinkSpec>>,
}

impl AsSinks {
    pub(crate) fn new(engine: EngineConfig, network: Network) -> Self {
        Self { engine, network, sinks: Mutex::default() }
    }

    fn options(&self, attempts: u32) -> net::ClientOptions {
        net::ClientOptions {
            connect_timeout: self.engine.connect_timeout,
            idle_timeout: self.engine.idle_timeout,
            patience: Patience { attempts, ..patience(&self.engine) },
            ..net::ClientOptions::on(self.network.clone())
        }
    }

    /// Learns how more registries are reached.
    pub(crate) fn learn<'s>(&self, sinks: impl IntoIterator<Item = &'s SinkSpec>) {
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
    ) -> Result<RegistryClient, Failure> {
        let attempts = if is_patient { patience(&self.engine).attempts } else { 1 };
        let known = self.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        let is_there = |spec: &&SinkSpec| matches!(&spec.url, SinkUrl::Registry { host: of, .. } if of == host);
        let spec = known.iter().rfind(is_there);
        let options = net::ClientOptions {
            insecure: spec.is_some_and(|spec| spec.insecure),
            ca: spec.and_then(|spec| spec.ca.clone()),
            ..self.options(attempts)
        };
        RegistryClient::new(host, &options, logins, Arc::new(MemorySessions::default()))
    }

    fn web(&self, is_plain: bool) -> Result<Http, Failure> {
        Http::new(&net::ClientOptions { insecure: is_plain, ..self.options(1) })
    }
}
