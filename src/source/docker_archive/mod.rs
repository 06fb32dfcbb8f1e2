//! Folders of archives that `docker save`, podman and nix write.
//!
//! An archive is read once, from its beginning to its end: what looks like a
//! layer is hashed and compressed on the way, before it is known which image
//! it belongs to, since `manifest.json` may stand last. What was compressed
//! before is only hashed.

mod names;
mod read;
mod resolve;
mod saved;

use std::{path::Path, sync::Arc};

pub use saved::Saved;

use async_trait::async_trait;

use self::read::{Reading, Trust};
use super::work::{Work, blocking, named};
use crate::{
    archive::{COMPRESSOR, Caps},
    model::{Descriptor, Failure, Origin, Platform, ReleasePlatform, SourceFile, bytes},
    ports::{Desk, Made, Maker, Surveyed, wrong_maker},
    store::{FileState, Store},
};

/// Makes images of the archives in a folder.
#[derive(Clone, Debug)]
pub struct DockerArchive {
    store: Arc<Store>,
    caps: Caps,
}

impl DockerArchive {
    /// Puts what it makes into `store`.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self::with_caps(store, Caps::default())
    }

    /// The same, with other bounds for what archives inflate to.
    #[must_use]
    pub fn with_caps(store: Arc<Store>, caps: Caps) -> Self {
        Self { store, caps }
    }

    fn look(&self, folder: &Path) -> Result<Surveyed, Failure> {
        let mut platforms = Vec::new();
        for (platform, path) in names::list(folder)? {
            let state = FileState::of(&path)?;
            let source = state.source();
            let prepared = self.store.root_of(&[state], &recipe(&platform))?;
            platforms.push(ReleasePlatform {
                prepared,
                ..ReleasePlatform::of_files(platform, vec![source])
            });
        }
        Ok(Surveyed { platforms, index: None })
    }

    fn make_one(
        &self,
        platform: &Platform,
        source: &SourceFile,
        force: bool,
        work: &Work,
    ) -> Result<Made, Failure> {
        let path = &source.path;
        let state = FileState::of(path)?;
        state.expect_seen(source)?;
        let recipe = recipe(platform);
        if !force && let Some(root) = self.store.root_of(std::slice::from_ref(&state), &recipe)? {
            work.desk.output.line(format!("{}: unchanged, nothing to do", path.display()));
            return Ok(Made { root, reused: true });
        }
        work.desk.output.line(format!("{}: reading {}", path.display(), bytes(state.size)));
        let made = self.image(platform, path, &state, force, work);
        // A file that changed explains whatever else is wrong with it.
        state.expect_same(&FileState::of(path)?)?;
        let root = made.map_err(|failure| named(path, failure))?;
        self.store.set_root_of(&[state], &recipe, &root)?;
        Ok(Made { root, reused: false })
    }

    fn image(
        &self,
        platform: &Platform,
        path: &Path,
        state: &FileState,
        force: bool,
        work: &Work,
    ) -> Result<Descriptor, Failure> {
        let reading =
            Reading { store: &self.store, caps: self.caps, path, state: Some(state), work };
        let trust = if force { Trust::Nothing } else { Trust::Hints };
        let mut contents = reading.read(trust)?;
        if contents.is_none() {
            let line = format!("{}: a layer is not what it was, reading again", path.display());
            work.desk.output.line(line);
            contents = reading.read(Trust::Nothing)?;
        }
        let contents = contents.ok_or_else(|| super::invalid("it cannot be read"))?;
        resolve::manifest(&reading, &contents, platform)
    }
}

/// What an image depends on besides its archive.
fn recipe(platform: &Platform) -> String {
    format!("docker-archive 1 {COMPRESSOR} {platform}")
}

#[async_trait]
impl Maker for DockerArchive {
    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let Origin::Archives(folder) = from.clone() else { return Err(wrong_maker()) };
        let this = self.clone();
        blocking(&Desk::default(), move |_| this.look(&folder)).await
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<Made, Failure> {
        let (Origin::Archives(_), [source]) = (from, &platform.sources[..]) else {
            return Err(wrong_maker());
        };
        let (this, platform, source) = (self.clone(), platform.platform.clone(), source.clone());
        blocking(desk, move |work| this.make_one(&platform, &source, force, work)).await
    }
}
