//! What a command works with: the store, the makers and the sinks.

use std::sync::Arc;

use super::{places::PlacesOf, secrets::RegistryLogins, user_paths};
use crate::{
    archive::Caps,
    build::{Builds, OpenSecrets},
    config::{EngineConfig, Paths},
    engine::{Engine, Limits, RetryPolicy, Worker},
    error::Error,
    journal::History,
    plan::Plan,
    ports::Makers,
    secret::{Ask, Keyring, Terminal},
    source,
    store::Store,
};

/// What a command works with.
pub(super) struct World {
    pub(super) paths: Paths,
    pub(super) engine: EngineConfig,
    pub(super) store: Arc<Store>,
    pub(super) makers: Makers,
    /// What builds may mount, found before a run.
    pub(super) secrets: OpenSecrets,
    pub(super) keyring: Arc<Keyring>,
    /// Who is asked for passphrases that nobody else has.
    pub(super) ask: Arc<dyn Ask>,
}

impl World {
    pub(super) fn new(engine: EngineConfig) -> Result<Self, Error> {
        let paths = user_paths()?;
        let store = Arc::new(Store::open(&paths.cache, engine.store_limit)?);
        let caps = Caps {
            inflated: engine.inflate_limit,
            ratio: engine.inflate_ratio.into(),
            ..Caps::default()
        };
        let keyring = Arc::new(super::secrets::keyring()?);
        let epoch = source_date_epoch()?;
        let secrets = OpenSecrets::default();
        let makers = Makers {
            archives: Arc::new(source::DockerArchive::with_caps(Arc::clone(&store), caps)),
            layout: Arc::new(source::OciLayout::with_caps(Arc::clone(&store), caps)),
            files: Arc::new(source::FileTree::new(Arc::clone(&store))),
            image_of: Arc::new(source::ImageOf::new(Arc::clone(&store), epoch)),
            build: Arc::new(Builds {
                store: Arc::clone(&store),
                caps,
                logins: Arc::new(RegistryLogins(Arc::clone(&keyring))),
                secrets: OpenSecrets::clone(&secrets),
                epoch,
                idle: engine.build_timeout,
            }),
        };
        Ok(Self { paths, engine, store, makers, secrets, keyring, ask: Arc::new(Terminal) })
    }

    pub(super) fn history(&self) -> History {
        History::new(self.paths.runs())
    }

    pub(super) fn places(&self, plan: &Plan) -> PlacesOf {
        PlacesOf::new(plan, Arc::clone(&self.store), Arc::clone(&self.keyring), self.engine)
    }

    /// Places that are only looked at.
    pub(super) fn places_to_look(&self) -> PlacesOf {
        PlacesOf::without_plan(Arc::clone(&self.store), Arc::clone(&self.keyring), self.engine)
    }

    pub(super) fn engine(&self, worker: Arc<dyn Worker>) -> Engine {
        let config = &self.engine;
        Engine {
            worker,
            retry: RetryPolicy {
                attempts: config.attempts,
                min: config.delay,
                max: config.max_delay,
            },
            limits: Limits { make: config.prepare as usize, sink: config.jobs as usize },
            now: jiff::Timestamp::now,
        }
    }
}

/// The time that images are dated, after the reproducible-builds specification.
fn source_date_epoch() -> Result<Option<u64>, Error> {
    let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let seconds = value.to_str().and_then(|value| value.parse().ok());
    seconds.map(Some).ok_or_else(|| Error::usage("$SOURCE_DATE_EPOCH is no number of seconds"))
}
