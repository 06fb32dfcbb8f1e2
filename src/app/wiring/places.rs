//! Which adapter serves which URL.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

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
    ports::{Catalog, Places, SinkRepository, Sweeper},
    recipe::image_builder,
    registry::{Credentials, RegistryClient, Sessions},
    secret::Keyring,
    sink::{
        Door, EngineDoor, LayoutDoor, ObjectsDoor, PublishingRun, RegistryDoor, cannot_look,
        objects::{PatientObjects, S3Objects, S3Options},
    },
    store::Store,
};

/// What tells one client of a registry from another.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ClientKey {
    host: String,
    insecure: bool,
    /// A file of certificates that are trusted besides the system's.
    ca: Option<PathBuf>,
    /// The payload that says which publisher castoff is there.
    login: Option<PathBuf>,
}

/// The repositories of a sink that were opened.
type Opened = HashMap<(ArtifactKind, Repository), Arc<dyn SinkRepository>>;

/// The places of a plan's sinks.
pub(crate) struct PlacesOf {
    sinks: Vec<SinkSpec>,
    store: Arc<Store>,
    /// What is asked for passwords that are nowhere else.
    keyring: Arc<Keyring>,
    engine: EngineConfig,
    /// What its clients share.
    network: net::Network,
    /// What is left at places for other publishers to see is named so.
    holder: String,
    /// Whether another process began the run.
    is_taken_over: bool,
    /// The tags that are moved in each repository.
    tags: HashMap<(SinkName, Repository), Vec<Tag>>,
    opened: Mutex<Vec<(SinkSpec, Opened)>>,
    doors: Mutex<Vec<(SinkSpec, Arc<dyn Door>)>>,
    clients: Mutex<HashMap<ClientKey, Arc<RegistryClient>>>,
    buckets: Mutex<Vec<Arc<S3Objects>>>,
}

impl PlacesOf {
    pub(crate) fn new(
        plan: &Plan,
        store: Arc<Store>,
        keyring: Arc<Keyring>,
        engine: EngineConfig,
        network: net::Network,
    ) -> Self {
        let mut tags: HashMap<_, Vec<Tag>> = HashMap::new();
        for (sink, TagMove { name, .. }) in plan.moves() {
            let there = tags.entry((sink.clone(), name.repository.clone())).or_default();
            there.push(name.tag.clone());
        }
        let sinks = plan.known_sinks().cloned().collect();
        Self { sinks, tags, ..Self::without_plan(store, keyring, engine, network) }
    }

    /// Places that nothing is released to.
    pub(crate) fn without_plan(
        store: Arc<Store>,
        keyring: Arc<Keyring>,
        engine: EngineConfig,
        network: net::Network,
    ) -> Self {
        Self {
            sinks: Vec::new(),
            store,
            keyring,
            engine,
            network,
            holder: String::new(),
            is_taken_over: false,
            tags: HashMap::new(),
            opened: Mutex::default(),
            doors: Mutex::default(),
            clients: Mutex::default(),
            buckets: Mutex::default(),
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
        for (sink, TagMove { name, .. }) in plan.moves() {
            // What cannot be opened fails where it is needed.
            let _ = places.open(sink, name.kind, &name.repository);
        }
        places
    }

    /// Ends what keeps others from sweeping the places that were opened.
    pub(crate) async fn let_go(&self) -> Result<(), Failure> {
        let opened: Vec<_> = {
            let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.iter().flat_map(|(_, at_sink)| at_sink.values().cloned()).collect()
        };
        for place in opened {
            place.release().await?;
        }
        Ok(())
    }

    /// The client of a registry. Sinks at one host share it, and with it what
    /// is known of the host.
    pub(crate) fn client(
        &self,
        spec: &SinkSpec,
        host: &str,
    ) -> Result<Arc<RegistryClient>, Failure> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let (insecure, ca, login) = (spec.insecure, spec.ca.clone(), spec.login.clone());
        let key = ClientKey { host: host.to_owned(), insecure, ca, login };
        if let Some(client) = clients.get(&key) {
            return Ok(Arc::clone(client));
        }
        let options = net::ClientOptions {
            insecure: spec.insecure,
            ca: spec.ca.clone(),
            connect_timeout: self.engine.connect_timeout,
            idle_timeout: self.engine.idle_timeout,
            patience: patience(&self.engine),
            ..net::ClientOptions::on(self.network.clone())
        };
        let logins = RegistryLogins::new(&self.keyring, self.network.environment());
        let logins: Arc<dyn Credentials> = Arc::new(logins);
        let logins = match &spec.login {
            Some(payload) => build::logins(&image_builder::read(payload)?.registry, logins),
            None => logins,
        };
        let sessions = Arc::new(StoredSessions(Arc::clone(&self.store)));
        let client = Arc::new(RegistryClient::new(host, &options, logins, sessions)?);
        clients.insert(key, Arc::clone(&client));
        Ok(client)
    }

    /// The objects of a bucket. Sinks in one bucket share its client.
    pub(crate) fn bucket(&self, url: &S3Url) -> Arc<PatientObjects> {
        let EngineConfig { connect_timeout, idle_timeout, .. } = self.engine;
        let patience = patience(&self.engine);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let objects = if let Some(objects) = buckets.iter().find_map(|known| known.below(url)) {
            Arc::new(objects)
        } else {
            let network = self.network.clone();
            let options = S3Options { connect_timeout, idle_timeout, patience, network };
            let name = url.credential_name();
            let keys = BucketKeys { keyring: Arc::clone(&self.keyring), name };
            let objects = S3Objects::new(url.clone(), Arc::clone(&self.store), options);
            let objects = Arc::new(objects.with_keys(Arc::new(keys)));
            buckets.push(Arc::clone(&objects));
            objects
        };
        Arc::new(PatientObjects::new(objects, patience).at(url.endpoint.clone()))
    }

    /// The names of what lies at a sink.
    pub(crate) fn catalog(
        &self,
        spec: &SinkSpec,
        kind: ArtifactKind,
    ) -> Result<Box<dyn Catalog>, Failure> {
        self.door(spec)?.catalog(kind)
    }

    /// What serves a sink's URL; the same sink has the same one.
    fn door(&self, spec: &SinkSpec) -> Result<Arc<dyn Door>, Failure> {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, door)) = doors.iter().find(|(known, _)| is_same(known, spec)) {
            return Ok(Arc::clone(door));
        }
        let (store, random) = (|| Arc::clone(&self.store), self.network.random());
        let door: Arc<dyn Door> = match &spec.url {
            SinkUrl::Registry { host, namespace } => {
                let client = self.client(spec, host)?;
                Arc::new(RegistryDoor { client, namespace: namespace.clone() })
            }
            SinkUrl::Layout(path) => Arc::new(LayoutDoor { path: path.clone(), random }),
            SinkUrl::S3(url) => Arc::new(ObjectsDoor::bucket(self.bucket(url), store())),
            SinkUrl::Folder(path) => Arc::new(ObjectsDoor::folder(path.clone(), random, store())),
            SinkUrl::Archives(path) => {
                Arc::new(ObjectsDoor::archives(path.clone(), random, store()))
            }
            SinkUrl::DockerDaemon => {
                let (registry, keeps_all) = (spec.registry.clone(), spec.platform_tags);
                let environment = self.network.environment().clone();
                Arc::new(EngineDoor { environment, store: store(), registry, keeps_all })
            }
        };
        doors.push((spec.clone(), Arc::clone(&door)));
        Ok(door)
    }

    /// A repository of a sink; the same one is the same value.
    fn repository(
        &self,
        spec: &SinkSpec,
        kind: ArtifactKind,
        name: &Repository,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        let door = self.door(spec)?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let sink = opened.iter().position(|(known, _)| known == spec).unwrap_or_else(|| {
            opened.push((spec.clone(), Opened::new()));
            opened.len() - 1
        });
        let key = (kind, name.clone());
        if let Some(place) = opened[sink].1.get(&key) {
            return Ok(Arc::clone(place));
        }
        let tags = self.tags.get(&(spec.name.clone(), name.clone())).cloned().unwrap_or_default();
        let holder = self.holder.clone();
        let place = door.repository(
            kind,
            name,
            PublishingRun {
                holder,
                // What is only read was never held.
                is_taken_over: self.is_taken_over && self.sinks.contains(spec),
                tags,
                clock: self.network.clock(),
            },
        )?;
        opened[sink].1.insert(key, Arc::clone(&place));
        Ok(place)
    }
}

/// Whether two sinks are one, whatever they are called.
fn is_same(one: &SinkSpec, other: &SinkSpec) -> bool {
    let named = |spec: &SinkSpec| SinkSpec { name: SinkName(String::new()), ..spec.clone() };
    named(one) == named(other)
}

impl Places for PlacesOf {
    fn open(
        &self,
        sink: &SinkName,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        let unknown = || {
            Failure::new(
                FailureKind::Internal,
                Side::Local,
                format!("there is no sink named `{sink}`"),
            )
        };
        let spec = self.sinks.iter().find(|spec| spec.name == *sink).ok_or_else(unknown)?;
        self.repository(spec, kind, repository)
    }

    fn shelf(
        &self,
        at: &SinkSpec,
        kind: ArtifactKind,
        repository: &Repository,
    ) -> Result<Arc<dyn Sweeper>, Failure> {
        let opened = self.repository(at, kind, repository)?;
        opened.shelf().ok_or_else(|| cannot_look(&at.url))
    }
}

/// Open uploads, kept in the store. Losing one costs bytes and nothing else.
struct StoredSessions(Arc<Store>);

#[async_trait]
impl Sessions for StoredSessions {
    async fn get(&self, key: &str) -> Option<String> {
        self.0.noted(key).await.ok().flatten()
    }

    async fn put(&self, key: &str, url: &str) {
        if let Err(failure) = self.0.note(key, url).await {
            tracing::warn!(%failure, "an upload cannot be recorded");
        }
    }

    async fn remove(&self, key: &str) {
        if let Err(failure) = self.0.forget_note(key).await {
            tracing::warn!(%failure, "the record of an upload cannot be removed");
        }
    }
}
