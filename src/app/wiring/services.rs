//! What a command works with: the store, the makers and the sinks.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    build_registries::AsSinks,
    credentials::{RegistryLogins, keyring},
    patience::patience,
    places::PlacesOf,
    project::{Workplace, user_paths},
    sinks::NamedSinks,
};
use crate::{
    archive::Caps,
    build::{Builds, OpenSecrets},
    config::{Config, EngineConfig, Paths},
    engine::{Engine, Limits, Worker},
    environment::Environment,
    error::Error,
    git::Git,
    journal::{History, ProjectId},
    net::{Clock, Network, Random},
    plan::Plan,
    ports::Makers,
    recipe::{
        Readers,
        dockerfile::{self},
        image_builder::{self},
        linuxkit::{self},
    },
    run::Run,
    secret::{Ask, FoundSecret, Keyring, Secrets, Terminal},
    source,
    store::Store,
    veea::{self, Archives, OpenSealers},
};

/// What a command works with.
pub(crate) struct Services {
    pub(crate) paths: Paths,
    /// The configuration at hand.
    pub(crate) known: NamedSinks,
    /// What the runs belong to that begin here.
    pub(crate) project: ProjectId,
    pub(crate) engine: EngineConfig,
    pub(crate) store: Arc<Store>,
    pub(crate) makers: Makers,
    /// What builds may mount, found before a run.
    pub(crate) build_secrets: OpenSecrets,
    /// How registries are reached that builds take from.
    pub(crate) reach: Arc<AsSinks>,
    /// Makes release archives.
    pub(crate) archives: Arc<Archives>,
    pub(crate) keyring: Arc<Keyring>,
    /// The variables that castoff was started with.
    pub(crate) environment: Environment,
    /// What all its clients of servers share.
    pub(crate) network: Network,
    /// The prompt for passphrases that no other source has.
    ask: Arc<dyn Ask>,
    /// What was found for the runs that are not done, by their names.
    found: Arc<Mutex<HashMap<String, FoundSecret>>>,
    /// Where the store is, where it is only for now.
    _room: Option<tempfile::TempDir>,
}

impl Services {
    pub(crate) fn new(
        known: NamedSinks,
        project: ProjectId,
        environment: Environment,
    ) -> Result<Self, Error> {
        let paths = user_paths()?;
        let store = Store::open(&paths.cache, known.engine().store_limit)?;
        Self::with(known, project, paths, Arc::new(store), environment)
    }

    /// The same services with the configuration as it is now. What was typed for
    /// runs before is known in it.
    pub(crate) fn reconfigured(&self, at: &Workplace) -> Result<(Arc<Config>, Self), Error> {
        let config = Arc::new(at.configuration()?);
        let known = at.named(Arc::clone(&config));
        let project = at.project()?;
        let (paths, store) = (self.paths.clone(), Arc::clone(&self.store));
        let (ask, found) = (Arc::clone(&self.ask), Arc::clone(&self.found));
        let services = Self::with(known, project, paths, store, at.environment.clone())?;
        Ok((config, Self { ask, found, ..services }))
    }

    /// The same for what only looks: where nothing can be kept, nothing is.
    pub(crate) fn to_look(
        known: NamedSinks,
        project: ProjectId,
        environment: Environment,
    ) -> Result<Self, Error> {
        let limit = known.engine().store_limit;
        let kept = Paths::of_user().ok().and_then(|paths| {
            let store = Store::open(&paths.cache, limit).and_then(Store::writable);
            let store = store.inspect_err(|failure| tracing::info!("nothing is stored: {failure}"));
            Some((paths, store.ok()?))
        });
        if let Some((paths, store)) = kept {
            return Self::with(known, project, paths, Arc::new(store), environment);
        }
        let room = tempfile::tempdir()?;
        let below = |name| room.path().join(name);
        let elsewhere =
            Paths { config: below("config.toml"), state: below("state"), cache: below("cache") };
        let paths = Paths::of_user().unwrap_or_else(|_| elsewhere.clone());
        let store = Store::open(&elsewhere.cache, limit)?;
        let services = Self::with(known, project, paths, Arc::new(store), environment)?;
        Ok(Self { _room: Some(room), ..services })
    }

    fn with(
        known: NamedSinks,
        project: ProjectId,
        paths: Paths,
        store: Arc<Store>,
        environment: Environment,
    ) -> Result<Self, Error> {
        let engine = known.engine();
        let caps = Caps {
            inflated: engine.inflate_limit,
            ratio: engine.inflate_ratio.into(),
            ..Caps::default()
        };
        let keyring = Arc::new(keyring(&environment)?);
        let epoch = source_date_epoch(&environment)?;
        let build_secrets = OpenSecrets::default();
        let network = Network::new(environment.clone(), Clock::system(), Random::System);
        let reach = Arc::new(AsSinks::new(engine, network.clone()));
        let builds = Builds {
            store: Arc::clone(&store),
            readers: readers(&Git::new(environment.clone())),
            caps,
            reach: Arc::clone(&reach) as _,
            logins: Arc::new(RegistryLogins::new(&keyring, &environment)),
            secrets: OpenSecrets::clone(&build_secrets),
            network: network.clone(),
            epoch,
            idle: engine.build_timeout,
        };
        let archives = Arc::new(Archives::new(builds.clone(), OpenSealers::default()));
        let stored = || Arc::clone(&store);
        let makers = Makers(vec![
            Arc::new(source::DockerArchive::with_caps(stored(), caps)),
            Arc::new(source::LayoutOrArchive::with_caps(stored(), caps)),
            Arc::new(source::FileTree::new(stored())),
            Arc::new(source::ImageOf::new(stored(), epoch)),
            Arc::new(builds),
            Arc::clone(&archives) as _,
            Arc::new(source::AppContainerImages::new(stored(), &paths.images(), caps)),
        ]);
        let (ask, found) = (Arc::new(Terminal), Arc::default());
        Ok(Self {
            paths,
            known,
            project,
            engine,
            store,
            makers,
            build_secrets,
            reach,
            archives,
            keyring,
            environment,
            network,
            ask,
            found,
            _room: None,
        })
    }

    /// castoff's logins at registries.
    pub(crate) fn logins(&self) -> Arc<RegistryLogins> {
        Arc::new(RegistryLogins::new(&self.keyring, &self.environment))
    }

    /// The same, with another prompt.
    pub(crate) fn asking(self, ask: Arc<dyn Ask>) -> Self {
        Self { ask, ..self }
    }

    /// Where secrets come from; commands run in `root`.
    pub(crate) fn secrets(&self, root: PathBuf) -> Secrets {
        let (keyring, ask) = (Arc::clone(&self.keyring), Arc::clone(&self.ask));
        Secrets::new(keyring, self.environment.clone(), ask, root)
    }

    /// Secrets of a run, which remember what was found for it before. Commands
    /// run in the project's folder, wherever a journal says that it was.
    pub(crate) fn secrets_of(&self, run: &Run) -> Secrets {
        let found = self.found().entry(run.id().to_owned()).or_default().clone();
        self.secrets(self.project.root.clone()).with(found)
    }

    /// Forgets what was found for a run.
    pub(crate) fn forget_secrets(&self, run: &Run) {
        self.found().remove(run.id());
    }

    fn found(&self) -> MutexGuard<'_, HashMap<String, FoundSecret>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn history(&self) -> History {
        History::new(self.paths.runs())
    }

    pub(crate) fn places(&self, plan: &Plan) -> PlacesOf {
        self.reach.learn(plan.known_sinks());
        let (store, keyring) = (Arc::clone(&self.store), Arc::clone(&self.keyring));
        PlacesOf::new(plan, store, keyring, self.engine, self.network.clone())
    }

    /// Places that are only looked at.
    pub(crate) fn places_to_look(&self) -> PlacesOf {
        let (store, keyring) = (Arc::clone(&self.store), Arc::clone(&self.keyring));
        PlacesOf::without_plan(store, keyring, self.engine, self.network.clone())
    }

    pub(crate) fn engine(&self, worker: Arc<dyn Worker>) -> Engine {
        let config = &self.engine;
        Engine {
            worker,
            patience: patience(config),
            limits: Limits { make: config.prepare as usize, sink: config.jobs as usize },
            by: super::publisher::publisher(&self.environment),
            now: super::clock::now,
        }
    }
}

impl Workplace {
    /// What a command works with, by the configuration in force.
    pub(crate) fn services(&self) -> Result<Services, Error> {
        Services::new(self.known()?, self.project()?, self.environment.clone())
    }

    /// The same for what only looks, which needs no room to write to.
    pub(crate) fn services_to_look(&self) -> Result<Services, Error> {
        Services::to_look(self.known()?, self.project()?, self.environment.clone())
    }
}

/// The time that images are dated, after the reproducible-builds specification.
fn source_date_epoch(environment: &Environment) -> Result<Option<u64>, Error> {
    let Some(value) = environment.raw("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let seconds = value.to_str().and_then(|value| value.parse().ok());
    seconds.map(Some).ok_or_else(|| Error::usage("$SOURCE_DATE_EPOCH is not a number of seconds"))
}

/// What reads recipes of images, a source each.
fn readers(git: &Git) -> Readers {
    Readers(vec![
        Arc::new(dockerfile::Dockerfiles),
        Arc::new(linuxkit::LinuxkitPackages { git: git.clone() }),
        Arc::new(image_builder::ImageBuilderPayloads { git: git.clone() }),
        Arc::new(veea::recipe::VeeaImages),
    ])
}
