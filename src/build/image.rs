//! The image that a build leaves at its engine: read, and removed.

use std::collections::HashMap;

use bollard::{
    errors::Error,
    query_parameters::{
        ListImagesOptionsBuilder, RemoveImageOptionsBuilder, TagImageOptionsBuilder,
    },
};
use futures_util::TryStreamExt;
use rustix::process::{Pid, test_kill_process};
use tokio_util::io::StreamReader;

use super::{Builds, session::random_id};
use crate::{
    docker::{DockerEngine, failure},
    model::{Descriptor, Digest, Failure, Platform, escape},
    net::{self, Random},
    ports::Desk,
    recipe::Blueprint,
    source::{DockerArchive, SavedDocuments},
    store::Store,
};

/// What images are called that castoff builds, until they are saved. No
/// registry has this name (RFC 2606).
const REPOSITORY: &str = "castoff.invalid/build";

/// An image at an engine, under a name of its own.
pub(super) struct EngineImage<'e> {
    engine: &'e DockerEngine,
    /// What the names of this machine's images begin with.
    ours: String,
    name: String,
}

impl<'e> EngineImage<'e> {
    /// A name for an image that is to be built at `engine`.
    pub(super) fn new(engine: &'e DockerEngine, store: &Store, random: Random) -> Self {
        let machine =
            format!("{:?} {}", rustix::system::uname().nodename(), store.root().display());
        let ours = format!("{REPOSITORY}:{}-", &Digest::of(machine.as_bytes()).hex()[..12]);
        let name = format!("{ours}{}-{}", std::process::id(), &random_id(random)[..12]);
        Self { engine, ours, name }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Removes what castoff left here when it was killed. That it could not is
    /// no reason not to build.
    pub(super) async fn sweep(&self) {
        let filters = HashMap::from([("reference", vec![REPOSITORY])]);
        let options = ListImagesOptionsBuilder::default().filters(&filters).build();
        let Ok(docker) = self.engine.docker().await else { return };
        let Ok(found) = docker.list_images(Some(options)).await else { return };
        for name in found.iter().flat_map(|image| &image.repo_tags) {
            if self.is_orphan(name) {
                self.forget(name).await;
            }
        }
    }

    /// Whether an image is of a castoff on this machine that runs no more.
    fn is_orphan(&self, name: &str) -> bool {
        let process = name.strip_prefix(&self.ours).and_then(|rest| rest.split('-').next());
        let process = process.and_then(|process| Pid::from_raw(process.parse().ok()?));
        process.is_some_and(|process| test_kill_process(process) == Err(rustix::io::Errno::SRCH))
    }

    /// Takes the name away, and with it the image, unless others use it too.
    pub(super) async fn remove(&self) {
        self.forget(&self.name).await;
    }

    /// Leaves the image at the engine under `name`, and takes away the image
    /// that was called so before, unless others use it. That it could not is no
    /// reason to fail: the image is in the store.
    pub(super) async fn keep_as(&self, name: &str) {
        let Ok(docker) = self.engine.docker().await else { return };
        let id = async |name: &str| docker.inspect_image(name).await.ok().and_then(|of| of.id);
        let before = id(name).await;
        let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
        let options = TagImageOptionsBuilder::default().repo(repository).tag(tag).build();
        if let Err(error) = docker.tag_image(&self.name, Some(options)).await {
            net::tell(format!("the image is not named {} at the engine: {error}", escape(name)));
            return;
        }
        if let Some(before) = before
            && Some(&before) != id(&self.name).await.as_ref()
        {
            let options = RemoveImageOptionsBuilder::default().noprune(false).build();
            // It stays where a container uses it, or another name.
            let _ = docker.remove_image(&before, Some(options), None).await;
        }
    }

    async fn forget(&self, name: &str) {
        let Ok(docker) = self.engine.docker().await else { return };
        let options = RemoveImageOptionsBuilder::default().noprune(false).build();
        match docker.remove_image(name, Some(options), None).await {
            Ok(_) | Err(Error::DockerResponseServerError { status_code: 404, .. }) => {}
            Err(error) => {
                net::tell(format!("the image {} stays at the engine: {error}", escape(name)));
            }
        }
    }

    /// Reads the image into the store.
    pub(super) async fn save(
        &self,
        builds: &Builds,
        blueprint: &Blueprint,
        platform: &Platform,
        desk: &Desk,
    ) -> Result<Descriptor, Failure> {
        let describe = |error: &Error| {
            failure(error).context(format!("saving the image from {}", self.engine.url()))
        };
        let docker = self.engine.docker().await?;
        let found = docker.inspect_image(&self.name).await.map_err(|error| describe(&error))?;
        let layers = found.root_fs.and_then(|root| root.layers).unwrap_or_default();
        let mut known = false;
        for diff_id in layers.iter().filter_map(|layer| layer.parse::<Digest>().ok()) {
            known |= builds.store.layer_of(&diff_id)?.is_some();
        }
        let size = found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        desk.meter.reset();
        desk.meter.expect(size);
        let docker = docker.clone().with_timeout(builds.idle);
        let stream = docker.export_image(&self.name);
        let stream = stream.map_err(|error| std::io::Error::other(failure(&error)));
        let saved = SavedDocuments {
            name: "the image that the engine saves".to_owned(),
            platform: platform.clone(),
            known,
            epoch: builds.epoch,
            annotations: blueprint.annotations.clone(),
        };
        let archive = DockerArchive::with_caps(std::sync::Arc::clone(&builds.store), builds.caps);
        archive.read_saved(saved, Box::pin(StreamReader::new(stream)), desk).await
    }
}
