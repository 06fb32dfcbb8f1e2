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

mod context;
mod image;
mod progress;
mod session;
mod solve;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
pub use context::Tree;
use secrecy::SecretString;
use tokio::task::spawn_blocking;

use self::{
    image::Image,
    session::{Failed, Offer, Session},
    solve::Solve,
};
use crate::{
    archive::{COMPRESSOR, Caps},
    docker::Engine,
    model::{
        Builder, Digest, EngineUrl, Failure, FailureKind, Origin, Platform, Recipe,
        ReleasePlatform, SecretSource, Side, bytes,
    },
    ports::{Desk, Made, Maker, Surveyed},
    recipe::{self, Blueprint},
    registry::Credentials,
    store::Store,
};

/// Secrets that were found before a run, by where they come from.
pub type OpenSecrets = Arc<Mutex<HashMap<Vec<SecretSource>, SecretString>>>;

/// Builds images.
#[derive(Clone)]
pub struct Builds {
    /// Where they are put.
    pub store: Arc<Store>,
    /// Bounds for what an engine saves.
    pub caps: Caps,
    /// Who castoff is at the registries that a build pulls from.
    pub logins: Arc<dyn Credentials>,
    /// What steps may mount.
    pub secrets: OpenSecrets,
    /// `SOURCE_DATE_EPOCH`, in seconds since the Unix epoch.
    pub epoch: Option<u64>,
    /// How long a build may say nothing.
    pub idle: Duration,
}

/// A recipe with its files listed.
struct Looked {
    blueprint: Blueprint,
    tree: Tree,
    /// Of all that decides how the image comes out.
    digest: Digest,
}

impl Builds {
    async fn look(&self, recipe: &Recipe) -> Result<Looked, Failure> {
        let (recipe, store, epoch) = (recipe.clone(), Arc::clone(&self.store), self.epoch);
        let blueprint = recipe::read(&recipe).await?;
        let look = move || {
            let tree = Tree::list(&blueprint)?;
            let content = context::digest(&tree, &store)?;
            let digest = identity(&blueprint, &recipe, &content, epoch);
            Ok(Looked { blueprint, tree, digest })
        };
        spawn_blocking(look).await.unwrap_or_else(|error| {
            Err(Failure::from_error(FailureKind::Internal, Side::Local, &error))
        })
    }

    /// What the image depends on.
    fn key(digest: &Digest, platform: &Platform) -> String {
        format!("build 1 {COMPRESSOR} {platform} {digest}")
    }

    async fn build(
        &self,
        recipe: &Recipe,
        looked: Looked,
        platform: &Platform,
        builder: &Builder,
        force: bool,
        desk: &Desk,
    ) -> Result<Made, Failure> {
        let Looked { blueprint, tree, .. } = looked;
        let engine = Engine::new(builder.engine.clone());
        let about = engine.about().await?;
        let (count, size) = tree.totals();
        desk.output.line(format!(
            "{platform}: building {} at {} ({}), {count} files, {}",
            blueprint.dockerfile.from,
            engine.url(),
            about.version,
            bytes(size),
        ));
        let image = Image::new(&engine, &self.store);
        image.sweep().await;
        let failed = Failed::default();
        let offer = Offer {
            context: Arc::new(tree),
            dockerfile: blueprint.dockerfile.text.clone(),
            secrets: Arc::new(self.secrets_of(recipe)?),
            logins: Arc::clone(&self.logins),
            epoch: self.epoch,
            desk: desk.clone(),
            failed: failed.clone(),
        };
        let session = Session::begin(&engine, &recipe.to_string(), offer).await?;
        let solve = Solve {
            blueprint: &blueprint,
            platform,
            name: image.name(),
            afresh: force,
            epoch: self.epoch,
            idle: self.idle,
        };
        let solved = solve.run(&engine, &session, desk).await;
        drop(session);
        // Why a file was not sent says more than that the build lacked it.
        solved.map_err(|failure| failed.take().unwrap_or(failure))?;
        let saved = image.save(self, &blueprint, platform, desk).await;
        image.remove().await;
        Ok(Made { root: saved?, reused: false })
    }

    fn secrets_of(&self, recipe: &Recipe) -> Result<BTreeMap<String, SecretString>, Failure> {
        let open = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |(id, sources): (&String, &Vec<SecretSource>)| {
            let found = open.get(sources).cloned();
            let missing = || {
                let what = format!("the build's secret `{id}` was not opened before the run");
                Failure::new(FailureKind::Internal, Side::Local, what)
            };
            Ok((id.clone(), found.ok_or_else(missing)?))
        };
        recipe.secrets().iter().map(find).collect()
    }
}

/// The digest of all that decides how an image comes out.
fn identity(
    blueprint: &Blueprint,
    recipe: &Recipe,
    content: &Digest,
    epoch: Option<u64>,
) -> Digest {
    let Blueprint { context: _, dockerfile, target, args, labels, annotations, network, cache: _ } =
        blueprint;
    let secrets: Vec<&String> = recipe.secrets().keys().collect();
    let all = serde_json::json!([
        content,
        dockerfile.text,
        target,
        args,
        labels,
        annotations,
        network,
        secrets,
        epoch,
    ]);
    Digest::of(all.to_string().as_bytes())
}

#[async_trait]
impl Maker for Builds {
    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let Origin::Build { recipe, platforms } = from else { return Err(wrong_maker()) };
        let looked = self.look(recipe).await?;
        let own = [host()];
        let asked = if platforms.is_empty() { &own[..] } else { &platforms[..] };
        let mut surveyed = Vec::new();
        for platform in asked {
            let prepared = self.store.root_of(&[], &Self::key(&looked.digest, platform))?;
            surveyed.push(ReleasePlatform {
                prepared,
                built_from: Some(looked.digest.clone()),
                ..ReleasePlatform::of_files(platform.clone(), Vec::new())
            });
        }
        Ok(Surveyed { platforms: surveyed, index: None })
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<Made, Failure> {
        let Origin::Build { recipe, .. } = from else { return Err(wrong_maker()) };
        let looked = self.look(recipe).await?;
        if platform.built_from.as_ref() != Some(&looked.digest) {
            let what = format!("{recipe} changed since the run began");
            return Err(
                Failure::new(FailureKind::Integrity, Side::Source, what).hint("begin a new run")
            );
        }
        let key = Self::key(&looked.digest, &platform.platform);
        if !force && let Some(root) = self.store.root_of(&[], &key)? {
            let line =
                format!("{}: unchanged since it was built, not built again", platform.platform);
            desk.output.line(line);
            return Ok(Made { root, reused: true });
        }
        let local = || Builder::at(EngineUrl::Local);
        let builder = platform.builder.clone().unwrap_or_else(local);
        let made = self.build(recipe, looked, &platform.platform, &builder, force, desk).await?;
        self.store.set_root_of(&[], &key, &made.root)?;
        Ok(made)
    }
}

/// Fails where an engine cannot build for one of `platforms`.
///
/// # Errors
///
/// As it says, and where it cannot be reached.
pub async fn check(builder: &Builder, platforms: &[Platform]) -> Result<(), Failure> {
    let engine = Engine::new(builder.engine.clone());
    let about = engine.about().await?;
    if about.is_podman {
        return Ok(());
    }
    let known = solve::platforms(&engine).await?;
    let own = &about.platform;
    let can = |asked: &Platform| {
        asked.matches(own) || known.iter().any(|known| known.matches(asked) || asked.matches(known))
    };
    let missing: Vec<String> =
        platforms.iter().filter(|asked| !can(asked)).map(ToString::to_string).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what =
        format!("{} runs {own}, and cannot build for {}", builder.engine, missing.join(", "));
    Err(Failure::new(FailureKind::Invalid, Side::Source, what).hint(
        "add emulation there (on Debian: apt install qemu-user-static binfmt-support), or name \
         another engine for it in [builders]",
    ))
}

/// What this machine runs, or rather its engine's containers.
fn host() -> Platform {
    let architecture = std::env::consts::ARCH;
    Platform::new("linux", architecture, None)
        .unwrap_or_else(|_| Platform::new("linux", "amd64", None).expect("it is known"))
}

/// The failure of a maker that is given another maker's origin.
fn wrong_maker() -> Failure {
    Failure::new(FailureKind::Internal, Side::Local, "this origin belongs to another maker")
}
