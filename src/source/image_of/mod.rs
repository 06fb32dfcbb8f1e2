//! Images that are made of nothing but a tree of files.

mod config;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;

use super::{
    platforms,
    tree::{self, TreeFile},
    work::{AttemptWork, blocking, failed},
};
use crate::{
    archive::{COMPRESSOR, GzipWriter, HashingPipe, Packed, Workers, pack},
    model::{
        Descriptor, Digest, Failure, ImageSettings, Manifest, Origin, Platform, ReleasePlatform,
        bytes, media_type,
    },
    ports::{Desk, MadePlatform, Maker, Surveyed, wrong_maker},
    store::{FileState, Store},
};

/// Makes an image of each platform's files: one layer that holds them at `/`.
/// The same files and settings make the same image, anywhere.
#[derive(Clone, Debug)]
pub struct ImageOf {
    store: Arc<Store>,
    epoch: Option<u64>,
}

impl ImageOf {
    /// Puts what it makes into `store`. Images are dated `epoch`, in seconds
    /// since the Unix epoch, as `SOURCE_DATE_EPOCH` says, or not at all.
    #[must_use]
    pub fn new(store: Arc<Store>, epoch: Option<u64>) -> Self {
        Self { store, epoch }
    }

    fn look(&self, root: &Path, settings: &ImageSettings) -> Result<Surveyed, Failure> {
        let mut platforms = Vec::new();
        for (platform, files) in tree::walk(root)? {
            config::check(settings, &files).map_err(|failure| failure.context(&platform))?;
            let states = tree::states(&files);
            let recipe = self.recipe(&platform, settings, &files);
            let prepared = self.store.root_of(&states, &recipe)?;
            let sources = states.iter().map(FileState::source).collect();
            platforms
                .push(ReleasePlatform { prepared, ..ReleasePlatform::of_files(platform, sources) });
        }
        Ok(Surveyed::of(platforms))
    }

    fn make_one(
        &self,
        root: &Path,
        settings: &ImageSettings,
        platform: &ReleasePlatform,
        force: bool,
        work: &AttemptWork,
    ) -> Result<MadePlatform, Failure> {
        let files = tree::find(root, platform)?;
        let platform = &platform.platform;
        let states = tree::states(&files);
        let recipe = self.recipe(platform, settings, &files);
        if !force && let Some(root) = self.store.root_of(&states, &recipe)? {
            work.desk.output.line(format!("{platform}: unchanged, nothing to do"));
            return Ok(MadePlatform::of(root, true));
        }
        config::check(settings, &files)?;
        work.desk.output.line(format!("{platform}: reading {}", tree::summary(&files)));
        work.desk.meter.expect(states.iter().map(|state| state.size).sum());
        let (diff_id, layer) = self.layer(root, &files, work)?;
        for state in &states {
            state.expect_same(&FileState::of(&state.path)?)?;
        }
        work.desk.output.line(format!("{}: compressed to {}", diff_id.short(), bytes(layer.size)));
        let config = config::config(settings, &files, platform, &diff_id, self.epoch)?;
        let (_, inside) = platforms::config_of(&config)?;
        let config = self.store.keep(media_type::CONFIG, &config)?;
        let manifest = Manifest::of_image(config, vec![layer]);
        let root = self.store.keep(media_type::MANIFEST, manifest.raw())?;
        let root = root.on(platforms::agree(platform, &inside)?);
        self.store.set_root_of(&states, &recipe, &root)?;
        Ok(MadePlatform::of(root, false))
    }

    fn layer(
        &self,
        root: &Path,
        files: &[TreeFile],
        work: &AttemptWork,
    ) -> Result<(Digest, Descriptor), Failure> {
        // Many ways to hand on a program lose its mode; a file that is alone
        // can only be meant to run.
        let alone = files.len() == 1;
        let packed: Vec<_> = files
            .iter()
            .map(|file| Packed {
                name: file.name.clone(),
                path: file.state.path.clone(),
                size: file.state.size,
                executable: file.executable || alone,
            })
            .collect();
        let gzip = GzipWriter::new(self.store.writer()?, Workers::shared());
        let out = HashingPipe::new(gzip);
        let write = || {
            let out = pack(&packed, self.epoch.unwrap_or(0), out, |file| work.read(file))?;
            let (hasher, inner) = out.finish();
            Ok((hasher.finish(), inner.finish()?))
        };
        let (diff_id, writer) = write().map_err(|error| failed(root, &error))?;
        let layer = writer.commit(media_type::LAYER_GZIP, None)?;
        self.store.set_layer_of(&diff_id, &layer)?;
        Ok((diff_id, layer))
    }

    fn recipe(&self, platform: &Platform, settings: &ImageSettings, files: &[TreeFile]) -> String {
        let settings = serde_json::to_string(settings).expect("settings always become JSON");
        let (epoch, names) = (self.epoch, tree::names(files));
        format!("image-of 1 {COMPRESSOR} {platform} {epoch:?} {settings} {names}")
    }
}

#[async_trait]
impl Maker for ImageOf {
    fn takes(&self, from: &Origin) -> bool {
        matches!(from, Origin::ImageOf { .. })
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let Origin::ImageOf { files, settings } = from.clone() else { return Err(wrong_maker()) };
        let this = self.clone();
        blocking(&Desk::default(), move |_| this.look(&files, &settings)).await
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<MadePlatform, Failure> {
        let Origin::ImageOf { files, settings } = from.clone() else { return Err(wrong_maker()) };
        let (this, platform) = (self.clone(), platform.clone());
        blocking(desk, move |work| this.make_one(&files, &settings, &platform, force, work)).await
    }
}
