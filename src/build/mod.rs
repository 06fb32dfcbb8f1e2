//! Builds images at Docker Engines.
//!
//! One platform is one build: BuildKit is given the context, file by file and
//! only what it lacks; its steps are told while they run; and the image is read
//! from the engine into the content store as it is saved, hashed and compressed
//! once, and removed from the engine.
//!
//! What decides how an image comes out (the blueprint and the content of its
//! context) has a digest. An image that was built from the same is not built
//! again.

mod archive;
mod bases;
mod builds;
mod check;
mod context;
mod depends;
mod downloads;
mod image;
mod logins;
mod maker;
mod podman;
mod progress;
mod registry_access;
mod request;
mod session;
mod solve;
mod triggers;

pub use builds::{Builds, OpenSecrets};

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use secrecy::SecretString;

use self::{
    image::EngineImage,
    request::{BuildRequest, identity},
    session::{BuildOffer, BuildSession, Failed},
};
use crate::{
    archive::COMPRESSOR,
    docker::DockerEngine,
    model::{
        Bases, Builder, Descriptor, Digest, EngineUrl, Failure, FailureKind, Platform, Recipe,
        ReleasePlatform, SecretSource, Side, bytes, counted,
    },
    ports::{Desk, MadePlatform, blocking},
    recipe::{Blueprint, Cache, HeldFolder},
    registry::Credentials,
};

pub use check::check;
pub use context::ContextTree;
pub use logins::logins;
pub use registry_access::Reach;
pub use triggers::triggers;

/// How much of a build is done although it was done before.
#[derive(Clone, Copy, Debug)]
pub struct CacheUse {
    /// Whether an image is built that is there.
    pub again: bool,
    /// Whether the engine does all steps.
    pub afresh: bool,
}

/// A recipe with its files listed.
struct ListedRecipe {
    blueprint: Blueprint,
    tree: ContextTree,
    /// Keeps what was fetched.
    _held: Option<HeldFolder>,
    /// Of all that decides how the image comes out, on whatever bases.
    digest: Digest,
    bases: Bases,
}

impl ListedRecipe {
    /// The digest of all that decides how the image comes out.
    fn of(&self, platform: &Platform) -> Digest {
        bases::identity_on(&self.bases, &self.blueprint, &self.digest, platform)
    }
}

impl Builds {
    /// The digest of all that decides how an image comes out.
    ///
    /// # Errors
    ///
    /// Fails where the recipe or its files cannot be read.
    pub async fn identity(&self, recipe: &Recipe, platform: &Platform) -> Result<Digest, Failure> {
        Ok(self.look(recipe).await?.of(platform))
    }

    /// The image that was built of what has this digest, if the store has it.
    ///
    /// # Errors
    ///
    /// Fails where the store cannot be read.
    pub fn built(
        &self,
        digest: &Digest,
        platform: &Platform,
    ) -> Result<Option<Descriptor>, Failure> {
        self.store.root_of(&[], &Self::key(digest, platform))
    }

    /// Builds an image for a platform, unless it is there and is not to be
    /// built `again`. With `afresh`, the engine leaves out no step.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Changed`] where the recipe is not what the
    /// survey saw, and where the build does.
    pub async fn compile(
        &self,
        recipe: &Recipe,
        platform: &ReleasePlatform,
        CacheUse { again, afresh }: CacheUse,
        desk: &Desk,
    ) -> Result<MadePlatform, Failure> {
        let looked = self.look(recipe).await?;
        let digest = looked.of(&platform.platform);
        if platform.built_from.as_ref() != Some(&digest) {
            let what = format!("{recipe} has changed since the run began");
            return Err(
                Failure::new(FailureKind::Changed, Side::Source, what).hint("begin a new run")
            );
        }
        looked.bases.told().for_each(|line| desk.output.line(format!("warning: {line}")));
        let key = Self::key(&digest, &platform.platform);
        // What may have changed unseen, the engine looks at.
        let again = again || !looked.bases.are_known();
        if !again && let Some(root) = self.store.root_of(&[], &key)? {
            let line =
                format!("{}: unchanged since it was built, not built again", platform.platform);
            desk.output.line(line);
            return Ok(MadePlatform::of(root, true));
        }
        let local = || Builder::at(EngineUrl::Local);
        let builder = platform.builder.as_ref().and_then(crate::model::ConfigEntry::spec);
        let builder = builder.cloned().unwrap_or_else(local);
        // It is large, and what waits for it is not to be.
        let build = self.build(recipe, looked, &platform.platform, &builder, afresh, desk);
        let made = Box::pin(build).await?;
        self.store.set_root_of(&[], &key, &made.root)?;
        Ok(made)
    }

    async fn look(&self, recipe: &Recipe) -> Result<ListedRecipe, Failure> {
        let (blueprint, held) = self.readers.of(recipe)?.blueprint(recipe, &self.cache()).await?;
        let (recipe, store, epoch) = (recipe.clone(), Arc::clone(&self.store), self.epoch);
        let look = move || {
            let tree = ContextTree::list(&blueprint)?;
            let content = context::digest(&tree, &store)?;
            let digest = identity(&blueprint, &recipe, &content, epoch);
            let bases = recipe.bases.clone();
            Ok(ListedRecipe { blueprint, tree, _held: held, digest, bases })
        };
        blocking(look).await
    }

    /// For what a recipe is built: what it is asked for, or what it says itself,
    /// or what this machine runs.
    fn platforms_of(&self, recipe: &Recipe) -> Result<Vec<Platform>, Failure> {
        if !recipe.platforms.is_empty() {
            return Ok(recipe.platforms.clone());
        }
        Ok(self.readers.of(recipe)?.platforms(recipe)?.unwrap_or_else(|| vec![host()]))
    }

    /// castoff's login where a build pulls from.
    fn logins_of(&self, recipe: &Recipe) -> Result<Arc<dyn Credentials>, Failure> {
        let otherwise = Arc::clone(&self.logins);
        Ok(match self.readers.of(recipe)?.registry(recipe)? {
            Some(registry) => logins(&registry, otherwise),
            None => otherwise,
        })
    }

    /// What was fetched from elsewhere.
    fn cache(&self) -> Cache {
        Cache::new(self.store.root().join("fetched"), self.network.clone())
    }

    /// What the image depends on.
    fn key(digest: &Digest, platform: &Platform) -> String {
        format!("build 1 {COMPRESSOR} {platform} {digest}")
    }

    async fn build(
        &self,
        recipe: &Recipe,
        looked: ListedRecipe,
        platform: &Platform,
        builder: &Builder,
        force: bool,
        desk: &Desk,
    ) -> Result<MadePlatform, Failure> {
        let digest = looked.of(platform);
        let ListedRecipe { blueprint, mut tree, bases, _held, .. } = looked;
        let engine = DockerEngine::new(builder.engine.clone(), self.network.environment().clone());
        let about = engine.about().await?;
        let depends = self.depends(&blueprint.depends, platform, desk).await?;
        if let Some(depends) = &depends {
            tree.cover(&depends.folder)?;
        }
        // Podman is given the Dockerfile as it lies in the context.
        let blueprint =
            if about.is_podman { blueprint } else { bases::named(blueprint, &bases, platform) };
        let (count, size) = tree.totals();
        desk.output.line(format!(
            "{platform}: building {} at {} ({}), {}, {}",
            blueprint.dockerfile.from,
            engine.url(),
            about.version,
            counted(count, "file"),
            bytes(size),
        ));
        let image = EngineImage::new(&engine, &self.store, self.network.random());
        image.sweep().await;
        let asked = BuildRequest {
            blueprint: &blueprint,
            digest,
            context: Arc::new(tree),
            platform,
            name: image.name(),
            afresh: force,
            pulls: !bases.known.is_empty() && bases.unseen.is_empty(),
            epoch: self.epoch,
            idle: self.idle,
            network: &self.network,
        };
        if about.is_podman {
            asked.of_podman(&engine, desk).await?;
        } else {
            self.solve(recipe, &asked, &engine, desk).await?;
        }
        let saved = image.save(self, &blueprint, platform, desk).await;
        if let (Ok(_), Some(name)) =
            (&saved, blueprint.of(platform).and_then(|of| of.name.as_ref()))
        {
            image.keep_as(name).await;
        }
        image.remove().await;
        Ok(MadePlatform::of(saved?, false))
    }

    /// Has BuildKit build, and gives it what it asks for meanwhile.
    async fn solve(
        &self,
        recipe: &Recipe,
        asked: &BuildRequest<'_>,
        engine: &DockerEngine,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let failed = Failed::default();
        let offer = BuildOffer {
            context: Arc::clone(&asked.context),
            dockerfile: asked.blueprint.dockerfile.text.clone(),
            secrets: Arc::new(self.secrets_of(recipe)?),
            logins: Arc::new(logins::ForImages {
                images: asked.blueprint.images(asked.platform, &recipe.bases.more),
                otherwise: self.logins_of(recipe)?,
                desk: desk.clone(),
            }),
            epoch: self.epoch,
            desk: desk.clone(),
            failed: failed.clone(),
        };
        let session = BuildSession::begin(engine, asked, offer).await?;
        let solved = asked.of_buildkit(engine, &session, desk).await;
        // Why a file was not sent says more than that the build lacked it.
        solved.map_err(|failure| failed.take().unwrap_or(failure))
    }

    fn secrets_of(&self, recipe: &Recipe) -> Result<BTreeMap<String, SecretString>, Failure> {
        let open = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |(id, sources): (&String, &Vec<SecretSource>)| {
            let found = open.get(sources).cloned();
            let missing = || {
                let what = format!("the build's secret `{id}` was not read before the run");
                Failure::new(FailureKind::Internal, Side::Local, what)
            };
            Ok((id.clone(), found.ok_or_else(missing)?))
        };
        recipe.secrets.iter().map(find).collect()
    }
}

/// What this machine runs, or rather its engine's containers.
fn host() -> Platform {
    let architecture = std::env::consts::ARCH;
    Platform::new("linux", architecture, None)
        .unwrap_or_else(|_| Platform::new("linux", "amd64", None).expect("it is known"))
}
