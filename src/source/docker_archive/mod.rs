//! Folders of archives that `docker save`, podman and nix write.
//!
//! An archive is read once, from its beginning to its end: what looks like a
//! layer is hashed and compressed on the way, before it is known which image
//! it belongs to, since `manifest.json` may stand last. What was compressed
//! before is only hashed.

mod inside;
mod names;
mod read;
mod resolve;
mod saved;
mod words;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) use self::{inside::is_docker, names::agree, resolve::names};
pub use saved::Saved;

use async_trait::async_trait;

use self::{
    inside::Inside,
    names::{Listed, Named},
    read::{Reading, Trust},
};
use super::{
    documents::Documents,
    kept::{self, Kept},
    oci_layout,
    work::{self, Work, blocking, named},
};
use crate::{
    archive::{COMPRESSOR, Caps},
    model::{Failure, Origin, Platform, ReleasePlatform, SourceFile, bytes},
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

    fn look(&self, folder: &Path, work: &Work) -> Result<Surveyed, Failure> {
        let mut all: Vec<(ReleasePlatform, PathBuf)> = Vec::new();
        let mut left_out = Vec::new();
        for Listed { path, named } in names::list(folder)? {
            let state = FileState::of(&path)?;
            let found = match &named {
                Named::Platform(platform) => vec![self.planned(&state, platform, None)?],
                Named::Words(words) => {
                    let inside = self.inside(&path, &state, work)?;
                    let shown = |sentence| format!("{}: {sentence}", path.display());
                    left_out.extend(inside.left_out.into_iter().map(shown));
                    for found in &inside.platforms {
                        let agreed = words.agree(&found.platform);
                        agreed.map_err(|failure| failure.context(path.display()))?;
                    }
                    inside.platforms
                }
            };
            for found in found {
                names::refuse_twin(&all, &found.platform, &path)?;
                all.push((found, path.clone()));
            }
        }
        all.sort_by(|a, b| a.0.platform.cmp(&b.0.platform));
        let platforms = all.into_iter().map(|(found, _)| found).collect();
        Ok(Surveyed { left_out, ..Surveyed::of(platforms) })
    }

    /// The platform of an archive in a folder if its name does not say it.
    fn inside(&self, path: &Path, state: &FileState, work: &Work) -> Result<Surveyed, Failure> {
        let documents = oci_layout::documents(self.caps, path, work);
        let documents = documents.map_err(|error| work::failed(path, &error))?;
        self.look_into(state, None, &documents).map_err(|failure| named(path, failure))
    }

    /// What an archive is for that was looked through.
    pub(super) fn look_into(
        &self,
        state: &FileState,
        name: Option<&str>,
        documents: &Documents,
    ) -> Result<Surveyed, Failure> {
        let Inside { platforms, lacking, left_out } = Inside::of(documents, name)?;
        let planned = platforms.iter().map(|platform| self.planned(state, platform, name));
        let platforms = planned.collect::<Result<_, _>>()?;
        Ok(Surveyed { platforms, index: None, lacking, left_out })
    }

    fn planned(
        &self,
        state: &FileState,
        platform: &Platform,
        name: Option<&str>,
    ) -> Result<ReleasePlatform, Failure> {
        let files = std::slice::from_ref(state);
        let kept = kept::recall(&self.store, files, &recipe(platform, name))?;
        let (prepared, attested) = kept.map(|kept| (kept.root, kept.attested)).unzip();
        Ok(ReleasePlatform {
            prepared,
            attested: attested.unwrap_or_default(),
            ..ReleasePlatform::of_files(platform.clone(), vec![state.source()])
        })
    }

    /// Makes the image for one platform; of several images the one that is
    /// called `name`, where one is meant.
    pub(super) fn make_one(
        &self,
        platform: &Platform,
        source: &SourceFile,
        name: Option<&str>,
        force: bool,
        work: &Work,
    ) -> Result<Made, Failure> {
        let path = &source.path;
        let state = FileState::of(path)?;
        state.expect_seen(source)?;
        let recipe = recipe(platform, name);
        let files = std::slice::from_ref(&state);
        if !force && let Some(kept) = kept::recall(&self.store, files, &recipe)? {
            work.desk.output.line(format!("{}: unchanged, nothing to do", path.display()));
            return Ok(made(kept, true));
        }
        work.desk.output.line(format!("{}: reading {}", path.display(), bytes(state.size)));
        let image = self.image(platform, &state, name, force, work);
        // A file that changed explains whatever else is wrong with it.
        state.expect_same(&FileState::of(path)?)?;
        let kept = image.map_err(|failure| named(path, failure))?;
        kept::remember(&self.store, files, &recipe, &kept)?;
        Ok(made(kept, false))
    }

    fn image(
        &self,
        platform: &Platform,
        state: &FileState,
        name: Option<&str>,
        force: bool,
        work: &Work,
    ) -> Result<Kept, Failure> {
        let path = &*state.path;
        let reading =
            Reading { store: &self.store, caps: self.caps, path, state: Some(state), work };
        let trust = if force { Trust::Nothing } else { Trust::Hints };
        let mut contents = reading.read(trust)?;
        if contents.is_none() {
            let line = format!("{}: a layer has changed, reading again", path.display());
            work.desk.output.line(line);
            contents = reading.read(Trust::Nothing)?;
        }
        let contents = contents.ok_or_else(|| super::invalid("it cannot be read"))?;
        resolve::manifest(&reading, &contents, platform, name)
    }
}

fn made(kept: Kept, reused: bool) -> Made {
    Made { root: kept.root, attested: kept.attested, reused }
}

/// What an image depends on besides its archive.
fn recipe(platform: &Platform, name: Option<&str>) -> String {
    let name = name.map(|name| format!(" {name:?}")).unwrap_or_default();
    format!("docker-archive 2 {COMPRESSOR} {platform}{name}")
}

#[async_trait]
impl Maker for DockerArchive {
    fn takes(&self, from: &Origin) -> bool {
        matches!(from, Origin::Archives(_))
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let Origin::Archives(folder) = from.clone() else { return Err(wrong_maker()) };
        let this = self.clone();
        blocking(&Desk::default(), move |work| this.look(&folder, work)).await
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
        blocking(desk, move |work| this.make_one(&platform, &source, None, force, work)).await
    }
}
