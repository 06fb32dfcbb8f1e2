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
    environment::Environment,
    model::{ArtifactKind, Failure, FailureKind, Repository, Side, Tag},
    net::{Clock, Random},
    ports::{Catalog, SinkRepository},
    registry::RegistryClient,
    store::Store,
};

/// The publisher for which a repository is opened.
#[derive(Clone, Debug, Default)]
pub struct PublishingRun {
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
        by: PublishingRun,
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
    pub client: Arc<RegistryClient>,
    /// What its repositories' names begin with; may be empty.
    pub namespace: String,
}

/// An OCI image layout.
pub struct LayoutDoor {
    /// Its folder, or its tar.
    pub path: PathBuf,
    /// What makes the waits for other publishers there differ.
    pub random: Random,
}

/// A bucket, or a folder that is used like one.
pub struct ObjectsDoor {
    objects: Arc<dyn Objects>,
    store: Arc<Store>,
    form: ObjectsForm,
}

/// How a place of objects keeps files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ObjectsForm {
    Bucket,
    Folder,
    Archives,
}

/// The local Docker Engine.
pub struct EngineDoor {
    /// What says where it is.
    pub environment: Environment,
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
        Self { objects, store, form: ObjectsForm::Bucket }
    }

    /// A folder of files.
    #[must_use]
    pub fn folder(path: PathBuf, random: Random, store: Arc<Store>) -> Self {
        let objects = Arc::new(FolderObjects::new(path, random));
        Self { objects, store, form: ObjectsForm::Folder }
    }

    /// A folder of release archives.
    #[must_use]
    pub fn archives(path: PathBuf, random: Random, store: Arc<Store>) -> Self {
        let objects = Arc::new(ArchiveObjects::new(path, random));
        Self { objects, store, form: ObjectsForm::Archives }
    }

    fn files(&self, name: &Repository, by: PublishingRun) -> Result<StaticFiles, Failure> {
        let (objects, store) = (Arc::clone(&self.objects), Arc::clone(&self.store));
        let files = match self.form {
            ObjectsForm::Bucket => StaticFiles::in_bucket(objects, name, by.tags, store)?,
            ObjectsForm::Folder => StaticFiles::in_folder(objects, name, by.tags, store)?,
            ObjectsForm::Archives => {
                StaticFiles::in_folder(objects, name, by.tags, store)?.without_sums()
            }
        };
        Ok(files.held_by(&by.holder).timed_by(by.clock))
    }
}

impl Door for RegistryDoor {
    fn repository(
        &self,
        _kind: ArtifactKind,
        name: &Repository,
        _by: PublishingRun,
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
        _by: PublishingRun,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        Ok(Arc::new(LayoutSink::new(self.path.clone(), name.clone(), self.random)))
    }

    fn catalog(&self, _kind: ArtifactKind) -> Result<Box<dyn Catalog>, Failure> {
        let any = "any".parse().expect("it is in the grammar");
        Ok(Box::new(LayoutCatalog(LayoutSink::new(self.path.clone(), any, self.random))))
    }
}

impl Door for ObjectsDoor {
    fn repository(
        &self,
        kind: ArtifactKind,
        name: &Repository,
        by: PublishingRun,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        if (self.form, kind) != (ObjectsForm::Bucket, ArtifactKind::Image) {
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
        _by: PublishingRun,
    ) -> Result<Arc<dyn SinkRepository>, Failure> {
        let engine =
            EngineDaemon::new(name.clone(), Arc::clone(&self.store), self.environment.clone());
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
