//! Input for tests.

pub(crate) mod git;
pub(crate) mod images;
pub(crate) mod network;
pub(crate) mod plans;
pub(crate) mod project;
pub(crate) mod tars;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use castoff::{
    model::{Descriptor, Failure, ImageConfig, Manifest, Node, Origin},
    ports::{Desk, MadePlatform, Maker, Surveyed},
    store::Store,
};
use tempfile::TempDir;

/// A folder for sources beside a store.
pub(crate) struct Lab {
    folder: TempDir,
    pub(crate) store: Arc<Store>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("store"), 1 << 30).expect("a store");
        Self { folder, store: Arc::new(store) }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file below the folder, and the folders above it.
    pub(crate) fn write(&self, below: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, content).expect("a file");
        path
    }

    pub(crate) fn link(&self, target: impl AsRef<Path>, below: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::os::unix::fs::symlink(target, path).expect("a link");
    }

    pub(crate) fn manifest(&self, root: &Descriptor) -> Manifest {
        let raw = self.store.read(root).expect("a manifest");
        match Node::parse(raw, root.media_type.as_str()).expect("a manifest") {
            Node::Manifest(manifest) => *manifest,
            Node::Index(_) => panic!("an index"),
        }
    }

    pub(crate) fn config(&self, root: &Descriptor) -> ImageConfig {
        let raw = self.store.read(&self.manifest(root).config).expect("a configuration");
        serde_json::from_slice(&raw).expect("a configuration")
    }

    /// How many files are being written.
    pub(crate) fn temporary(&self) -> usize {
        fs::read_dir(self.path("store/temp")).expect("a folder").count()
    }

    /// The failure as people see it, without where the folder lies.
    pub(crate) fn shown(&self, failure: &Failure) -> String {
        let hint = castoff::error::advice(failure).unwrap_or_else(|| "none".to_owned());
        format!("{failure}\nhint: {hint}").replace(&self.folder.path().display().to_string(), "…")
    }
}

/// Surveys, and makes the first platform.
pub(crate) async fn make(maker: &dyn Maker, from: &Origin) -> Result<MadePlatform, Failure> {
    let surveyed = maker.survey(from).await?;
    make_nth(maker, from, &surveyed, 0).await
}

pub(crate) async fn make_nth(
    maker: &dyn Maker,
    from: &Origin,
    surveyed: &Surveyed,
    place: usize,
) -> Result<MadePlatform, Failure> {
    maker.make(from, &surveyed.platforms[place], false, &Desk::default()).await
}
