//! Which adapter serves which URL.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    credentials::{BucketKeys, RegistryLogins},
    patience::patience,
};
use crate::{
    build,
    config::EngineConfig,
    model::{
        ArtifactKind, Failure, FailureKind, Repository, S3Url, Side, SinkName, SinkSpec, SinkUrl,
        Tag,
    },
    net,
    plan::{Plan, TagMove},
    ports::{Catalog, Place, Places, Sweeper},
    recipe::image_builder,
    registry::{Client, Credentials, Sessions},
    secret::Keyring,
    sink::{
        engine_daemon::EngineDaemon,
        layout::{LayoutCatalog, LayoutSink},
        objects::{
            ArchiveObjects, FolderObjects, ObjectsCatalog, PatientObjects, S3Objects, S3Options,
        },
        registry::{RegistryCatalog, RegistrySink},
        static_files::StaticFiles,
        static_registry::StaticRegistry,
    },
    store::Store,
};

type Key = (SinkName, ArtifactKind, Repository);

/// A registry's host, whether it is insecure, whom else it trusts, and who says
/// who castoff is there.
type Registry = (String, bool, Option<PathBuf>, Option<PathBuf>);

/// The places of a plan's sinks.
pub(crate) struct PlacesOf {
    sinks: Vec<SinkSpec>,
    store: Arc<Store>,
    /// Who is asked for passwords that nobody else has.
    keyring: Arc<Keyring>,
    engine: EngineConfig,
    /// What is left at places for other publishers to see is named so.
    holder: String,
    /// Whether another process began the run.
    is_taken_over: bool,
    /// The tags that are moved in each repository.
    tags: HashMap<(SinkName, Repository), Vec<Tag>>,
    opened: Mutex<HashMap<Key, Arc<dyn Place>>>,
    clients: Mutex<HashMap<Registry, Arc<Client>>>,
}

impl PlacesOf {
    pub(crate) fn new(
        plan: &Plan,
        store: Arc<Store>,
        keyring: Arc<Keyring>,
        engine: EngineConfig,
    ) -> Self {
        let mut tags: HashMap<_, Vec<Tag>> = HashMap::new();
        for (sink, TagMove { name, .. }) in plan.moves() {
            let there = tags.entry((sink.clone(), name.repository.clone())).or_default();
            there.push(name.tag.clone());
        }
        Self { sinks: plan.sinks.clone(), tags, ..Self::without_plan(store, keyring, engine) }
    }

    /// Places that nothing is released to.
    pub(crate) fn without_plan(
        store: Arc<Store>,
        keyring: Arc<Keyring>,
        engine: EngineConfig,
    ) -> Self {
        Self {
            sinks: Vec::new(),
            store,
            keyring,
            engine,
            holder: String::new(),
            is_taken_over: false,
            tags: HashMap::new(),
            opened: Mutex::default(),
            clients: Mutex::default(),
        }
    }

    /// The same, for a run.
    pub(crate) fn held_by(self, run: &str) -> Self {
        Self { holder: run.to_owned(), ..self }
    }

    /// The same, for the rest of a run that another process began: what that one
    /// left for others to see is removed in the end, wherever `plan` leads.
    pub(crate) fn taking_over(self, plan: &Plan) -> Self {
        let places = Self { is_taken_over: true, ..self };
        let is_bucket = |spec: &SinkSpec| matches!(spec.url, SinkUrl::S3(_));
        for (sink, TagMove { name, .. }) in plan.moves() {
            if name.kind == ArtifactKind::Image && plan.sink(sink).is_some_and(is_bucket) {
                // What cannot be opened fails where it is needed.
                let _ = places.open(sink, name.kind, &name.repository);
            }
        }
        places
    }

    /// Ends what keeps others from sweeping the places that were opened.
    pub(crate) async fn let_go(&self) -> Result<(), Failure> {
        let opened: Vec<_> = {
            let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.values().cloned().collect()
        };
        for place in opened {
            place.let_go().await?;
        }
        Ok(())
    }

    /// The client of a registry. Sinks at one host share it, and with it what
    /// is known of the host.
    pub(crate) fn client(&self, spec: &SinkSpec, host: &str) -> Result<Arc<Client>, Failure> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (host.to_owned(), spec.insecure, spec.ca.clone(), spec.login.clone());
        if let Some(client) = clients.get(&key) {
            return Ok(Arc::clone(client));
        }
        let options = net::Options {
            insecure: spec.insecure,
            ca: spec.ca.clone(),
            connect_timeout: self.engine.connect_timeout,
            idle_timeout: self.engine.idle_timeout,
            patience: patience(&self.engine),
            ..net::Options::default()
        };
        let logins: Arc<dyn Credentials> = Arc::new(RegistryLogins(Arc::clone(&self.keyring)));
        let logins = match &spec.login {
            Some(payload) => build::logins(&image_builder::read(payload)?.registry, logins),
            None => logins,
        };
        let sessions = Arc::new(StoredSessions(Arc::clone(&self.store)));
        let client = Arc::new(Client::new(host, &options, logins, sessions)?);
        clients.insert(key, Arc::clone(&client));
        Ok(client)
    }

    /// The objects of a bucket.
    pub(crate) fn bucket(&self, url: &S3Url) -> Arc<PatientObjects> {
        let EngineConfig { connect_timeout, idle_timeout, .. } = self.engine;
        let patience = patience(&self.engine);
        let options = S3Options { connect_timeout, idle_timeout, patience };
        let keys = BucketKeys { keyring: Arc::clone(&self.keyring), name: url.credential_name() };
        let objects = S3Objects::new(url.clone(), Arc::clone(&self.store), options);
        let objects = Arc::new(objects.with_keys(Arc::new(keys)));
        Arc::new(PatientObjects::new(objects, patience).at(url.endpoint.clone()))
    }

    /// The names of what lies at a sink.
    pub(crate) fn catalog(
        &self,
        spec: &SinkSpec,
        kind: ArtifactKind,
    ) -> Result<Box<dyn Catalog>, Failure> {
        Ok(match &spec.url {
            SinkUrl::Registry { host, namespace } => {
                Box::new(RegistryCatalog::new(self.client(spec, host)?, namespace.clone()))
            }
            SinkUrl::Layout(path) => {
                let any = "any".parse().expect("it is in the grammar");
                Box::new(LayoutCatalog(LayoutSink::new(path.clone(), any)))
            }
            SinkUrl::S3(url) => Box::new(ObjectsCatalog::new(self.bucket(url), kind)),
            SinkUrl::Folder(path) => {
                Box::new(ObjectsCatalog::new(Arc::new(FolderObjects::new(path.clone())), kind))
            }
            SinkUrl::Archives(path) => {
                Box::new(ObjectsCatalog::new(Arc::new(ArchiveObjects::new(path.clone())), kind))
            }
            SinkUrl::DockerDaemon => return Err(cannot_look(&spec.url)),
        })
    }

    fn make(
        &self,
        spec: &SinkSpec,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn Place>, Failure> {
        let tags =
            || self.tags.get(&(spec.name.clone(), repository.clone())).cloned().unwrap_or_default();
        let store = || Arc::clone(&self.store);
        Ok(match &spec.url {
            SinkUrl::Layout(path) => Arc::new(LayoutSink::new(path.clone(), repository.clone())),
            SinkUrl::S3(url) => {
                let objects = self.bucket(url);
                match kind {
                    ArtifactKind::Image => {
                        let place = StaticRegistry::new(objects, repository.clone(), &self.holder);
                        let place = place.moving(tags());
                        Arc::new(if self.is_taken_over { place.taken_over() } else { place })
                    }
                    ArtifactKind::Files => {
                        let files = StaticFiles::in_bucket(objects, repository, tags(), store())?;
                        Arc::new(files.held_by(&self.holder))
                    }
                }
            }
            SinkUrl::Folder(path) => {
                let objects = Arc::new(FolderObjects::new(path.clone()));
                Arc::new(
                    StaticFiles::in_folder(objects, repository, tags(), store())?
                        .held_by(&self.holder),
                )
            }
            SinkUrl::Archives(path) => {
                let objects = Arc::new(ArchiveObjects::new(path.clone()));
                Arc::new(
                    StaticFiles::in_folder(objects, repository, tags(), store())?
                        .held_by(&self.holder),
                )
            }
            SinkUrl::Registry { host, .. } => {
                Arc::new(RegistrySink::new(self.client(spec, host)?, repository.clone()))
            }
            SinkUrl::DockerDaemon => Arc::new(
                EngineDaemon::new(repository.clone(), store())
                    .at(spec.registry.clone())
                    .keeping_all(spec.platform_tags),
            ),
        })
    }
}

fn cannot_look(url: &SinkUrl) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Local, format!("{url} cannot be looked at"))
        .hint("see docker image ls; castoff looks at registries, buckets, layouts and folders")
}

impl Places for PlacesOf {
    fn open(
        &self,
        sink: &SinkName,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn Place>, Failure> {
        let key = (sink.clone(), kind, repository.clone());
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = opened.get(&key) {
            return Ok(Arc::clone(place));
        }
        let unknown = || {
            Failure::new(FailureKind::Internal, Side::Local, format!("no sink is named `{sink}`"))
        };
        let spec = self.sinks.iter().find(|spec| spec.name == *sink).ok_or_else(unknown)?;
        let place = self.make(spec, kind, repository)?;
        opened.insert(key, Arc::clone(&place));
        Ok(place)
    }

    fn shelf(
        &self,
        at: &SinkSpec,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn Sweeper>, Failure> {
        let (name, store) = (repository.clone(), || Arc::clone(&self.store));
        Ok(match (&at.url, kind) {
            (SinkUrl::Registry { host, .. }, _) => {
                Arc::new(RegistrySink::new(self.client(at, host)?, name))
            }
            (SinkUrl::Layout(path), _) => Arc::new(LayoutSink::new(path.clone(), name)),
            (SinkUrl::S3(url), ArtifactKind::Image) => {
                Arc::new(StaticRegistry::new(self.bucket(url), name, &self.holder))
            }
            (SinkUrl::S3(url), ArtifactKind::Files) => {
                let bucket = self.bucket(url);
                let files = StaticFiles::in_bucket(bucket, repository, Vec::new(), store())?;
                Arc::new(files.held_by(&self.holder))
            }
            (SinkUrl::Folder(path), _) => {
                let folder = Arc::new(FolderObjects::new(path.clone()));
                let files = StaticFiles::in_folder(folder, repository, Vec::new(), store())?;
                Arc::new(files.held_by(&self.holder))
            }
            (SinkUrl::Archives(path), _) => {
                let folder = Arc::new(ArchiveObjects::new(path.clone()));
                let files = StaticFiles::in_folder(folder, repository, Vec::new(), store())?;
                Arc::new(files.held_by(&self.holder))
            }
            (SinkUrl::DockerDaemon, _) => return Err(cannot_look(&at.url)),
        })
    }
}

/// Open uploads, kept in the store. Losing one costs bytes and nothing else.
struct StoredSessions(Arc<Store>);

impl Sessions for StoredSessions {
    fn get(&self, key: &str) -> Option<String> {
        self.0.session_get(key).ok().flatten()
    }

    fn put(&self, key: &str, url: &str) {
        if let Err(failure) = self.0.session_put(key, url) {
            tracing::warn!(%failure, "an upload cannot be noted");
        }
    }

    fn remove(&self, key: &str) {
        if let Err(failure) = self.0.session_remove(key) {
            tracing::warn!(%failure, "an upload cannot be forgotten");
        }
    }
}
