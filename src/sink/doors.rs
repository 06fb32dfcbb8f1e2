//! A sink as a whole: what opens its repositories, and lists their names.

use std::{path::PathBuf, sync::Arc};

use super::{
    engine_daemon::EngineDaemon,
    layout::{LayoutCatalog, LayoutSink},
    objects::{ArchiveObjects, FolderObjects, Objects, ObjectsCatalog},
    registry::{RegistryCatalog, RegistrySink},
    static_files::StaticFiles,
    static_registry::StaticRegistry,
};
use crate::{
    model::{ArtifactKind, Failure, FailureKind, Repository, Side, Tag},
    net::Clock,
    ports::{Catalog, SinkRepository},
    registry::Client,
    store::Store,
};

/// The publisher for which a repository is opened.
#[derive(Clone, Debug, Default)]
pub struct Publisher {
    /// What it leaves at sinks for other publishers to see is named so; empty
    /// where it publishes nothing.
    pub holder: String,
    /// Whether another process began its run.
    pub is_taken_over: bool,
    /// The tags that it moves in the repository.
    pub tags: Vec<Tag>,
    /// What tells it how old content is.
    pub clock: Clock,
}

/// A sink. Opening anything there touches no network.
pub trait Door: Send + Sync {
    /// One repository.
    ///
    /// # Errors
    ///
    /// Fails where the sink can hold nothing of that name.
    fn repository(
        &self,
        kind: ArtifactKind,
        name: &Repository,
        by: Publisher,
    ) -> Result<Arc<dyn SinkRepository>, Failure>;

    /// The names of what is there.
    ///
    /// # Errors
    ///
    /// Fails where the sink cannot be looked at.
    fn catalog(&self, kind: ArtifactKind) -> Result<Box<dyn Catalog>, Failure>;
}

/// An OCI registry.
pub struct RegistryDoor {
    /// Its client.
    pub client: Arc<Client>,
    /// What its repositories' names begin with; may be empty.
    pub namespace: String,
}

/// An OCI image layout.
pub struct LayoutDoor(pub PathBuf);

/// A bucket, or a folder that is used like one.
pub struct ObjectsDoor {
    objects: Arc<dyn Objects>,
    store: Arc<Store>,
    form: Form,
}

/// How a place of objects keeps files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Bucket,
    Folder,
    Archives,
}

/// The local Docker Engine.
pub struct EngineDoor {
    /// Where what is pushed is read.
    pub store: Arc<Store>,
    /// The registry that its names begin with.
    pub registry: Option<String>,
    /// Whether images are kept that the engine does not run.
    pub keeps_all: bool,
}

impl ObjectsDoor {
    /// A bucket, which holds images too.
    #[must_use]
    pub fn bucket(objects: Arc<dyn Objects>, store: Arc<Store>) -> Self {
        Self { objects, store, form: Form::Bucket }
    }

    /// A folder of files.
    #[must_use]
    pub fn folder(path: PathBuf, store: Arc<Store>) -> Self {
        Self { objects: Arc::new(FolderObjects::new(path)), store, form: Form::Folder }
    }

    /// A folder of release archives.
    #[must_use]
    pub fn archives(path: PathBuf, store: Arc<Store>) -> Self {
        Self { objects: Arc::new(ArchiveObjects::new(path)), store, form: Form::Archives }
    }

    fn files(&self, name: &Repository, by: Publisher) -> Result<StaticFiles, Failure> {
        let (objects, store) = (Arc::clone(&self.objects), Arc::clone(&self.store));
        let files = match self.form {
            Form::Bucket => StaticFiles::in_bucket(objects, name, by.tags, store)?,
            Form::Folder => StaticFiles::in_folder(objects, name, by.tags, store)?,
            Form::Archives => StaticFiles::in_folder(objects, name, by.tags, store)?.without_sums(),
        };
        Ok(files.held_by(&by.holder).timed_by(by.clock))
    }
}

impl Door for RegistryDoor {
    fn repository(
        &self,
        _kind: ArtifactKind,
        name: &Repository,
        _by: Publisher,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        Ok(Arc::new(RegistrySink::new(Arc::clone(&self.client), name.clone())))
    }

    fn catalog(&self, _kind: ArtifactKind) -> Result<Box<dyn Catalog>, Failure> {
        Ok(Box::new(RegistryCatalog::new(Arc::clone(&self.client), self.namespace.clone())))
    }
}

impl Door for LayoutDoor {
    fn repository(
        &self,
        _kind: ArtifactKind,
        name: &Repository,
        _by: Publisher,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        Ok(Arc::new(LayoutSink::new(self.0.clone(), name.clone())))
    }

    fn catalog(&self, _kind: ArtifactKind) -> Result<Box<dyn Catalog>, Failure> {
        let any = "any".parse().expect("it is in the grammar");
        Ok(Box::new(LayoutCatalog(LayoutSink::new(self.0.clone(), any))))
    }
}

impl Door for ObjectsDoor {
    fn repository(
        &self,
        kind: ArtifactKind,
        name: &Repository,
        by: Publisher,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        if (self.form, kind) != (Form::Bucket, ArtifactKind::Image) {
            return Ok(Arc::new(self.files(name, by)?));
        }
        let objects = Arc::clone(&self.objects);
        let images = StaticRegistry::new(objects, name.clone(), &by.holder);
        let images = images.moving(by.tags).timed_by(by.clock);
        Ok(Arc::new(if by.is_taken_over { images.taken_over() } else { images }))
    }

    fn catalog(&self, kind: ArtifactKind) -> Result<Box<dyn Catalog>, Failure> {
        Ok(Box::new(ObjectsCatalog::new(Arc::clone(&self.objects), kind)))
    }
}

impl Door for EngineDoor {
    fn repository(
        &self,
        _kind: ArtifactKind,
        name: &Repository,
        _by: Publisher,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        let engine = EngineDaemon::new(name.clone(), Arc::clone(&self.store));
        Ok(Arc::new(engine.at(self.registry.clone()).keeping_all(self.keeps_all)))
    }

    fn catalog(&self, _kind: ArtifactKind) -> Result<Box<dyn Catalog>, Failure> {
        Err(cannot_look("docker-daemon:"))
    }
}

/// The failure of a look at a sink that shows only what its tags name.
#[must_use]
pub fn cannot_look(url: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Local, format!("castoff cannot read {url}"))
        .hint("use docker image ls; castoff reads registries, buckets, layouts and folders")
}
