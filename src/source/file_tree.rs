//! Files for each platform, as an artifact of the registry kind.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;

use super::{
    tree::{self, TreeFile},
    work::{AttemptWork, blocking, copy_hashed, failed},
};
use crate::{
    archive::open_plain,
    model::{
        Descriptor, Failure, Manifest, Node, Origin, Platform, ReleasePlatform, bytes, media_type,
    },
    ports::{Desk, MadePlatform, Maker, Surveyed, wrong_maker},
    store::{FileState, Store},
};

/// Makes artifacts of a tree of files. The files are copied into the store,
/// since they may change before every sink has them.
#[derive(Clone, Debug)]
pub struct FileTree {
    store: Arc<Store>,
}

impl FileTree {
    /// Puts what it makes into `store`.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    fn look(&self, root: &Path) -> Result<Surveyed, Failure> {
        let mut platforms = Vec::new();
        for (platform, files) in tree::walk(root)? {
            let states = tree::states(&files);
            let prepared = self.store.root_of(&states, &recipe(&platform, &files))?;
            let sources = states.iter().map(FileState::source).collect();
            platforms
                .push(ReleasePlatform { prepared, ..ReleasePlatform::of_files(platform, sources) });
        }
        Ok(Surveyed::of(platforms))
    }

    fn make_one(
        &self,
        root: &Path,
        platform: &ReleasePlatform,
        force: bool,
        work: &AttemptWork,
    ) -> Result<MadePlatform, Failure> {
        let files = tree::find(root, platform)?;
        let platform = &platform.platform;
        let states = tree::states(&files);
        let recipe = recipe(platform, &files);
        if !force && let Some(root) = self.store.root_of(&states, &recipe)? {
            work.desk.output.line(format!("{platform}: unchanged, nothing to do"));
            if let Ok(node) = Node::parse(self.store.read(&root)?, root.media_type.as_str()) {
                self.mark(&files, node.successors().get(1..).unwrap_or_default())?;
            }
            return Ok(MadePlatform::of(root, true));
        }
        work.desk.output.line(format!("{platform}: reading {}", tree::summary(&files)));
        work.desk.meter.expect(states.iter().map(|state| state.size).sum());
        let layers = files.iter().map(|file| self.keep(file, work)).collect::<Result<_, _>>()?;
        self.store.keep(media_type::EMPTY, b"{}")?;
        let manifest = Manifest::of_artifact(media_type::FILES, layers);
        self.mark(&files, &manifest.layers)?;
        self.store.keep(media_type::MANIFEST, manifest.raw())?;
        let root = manifest.descriptor().on(platform.clone());
        self.store.set_root_of(&states, &recipe, &root)?;
        Ok(MadePlatform::of(root, false))
    }

    /// Notes which files are programs.
    fn mark(&self, files: &[TreeFile], layers: &[Descriptor]) -> Result<(), Failure> {
        let mut programs = files.iter().zip(layers).filter(|(file, _)| file.executable);
        programs.try_for_each(|(_, node)| self.store.make_executable(&node.digest))
    }

    fn keep(&self, file: &TreeFile, work: &AttemptWork) -> Result<Descriptor, Failure> {
        let TreeFile { name, state, .. } = file;
        let mut writer = self.store.writer()?;
        let copy = |writer: &mut _| {
            let open = open_plain(&state.path)?;
            state.expect_same(&FileState::of_open(&state.path, &open)?)?;
            copy_hashed(&mut work.read(open), writer)
        };
        copy(&mut writer).map_err(|error| failed(&state.path, &error))?;
        state.expect_same(&FileState::of(&state.path)?)?;
        let node = writer.commit(media_type::OCTET_STREAM, None)?;
        work.desk.output.line(format!("{name}: kept {}", bytes(node.size)));
        Ok(node.titled(name))
    }
}

fn recipe(platform: &Platform, files: &[TreeFile]) -> String {
    format!("file-tree 1 {platform} {}", tree::names(files))
}

#[async_trait]
impl Maker for FileTree {
    fn takes(&self, from: &Origin) -> bool {
        matches!(from, Origin::Files(_))
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let Origin::Files(root) = from.clone() else { return Err(wrong_maker()) };
        let this = self.clone();
        blocking(&Desk::default(), move |_| this.look(&root)).await
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<MadePlatform, Failure> {
        let Origin::Files(root) = from.clone() else { return Err(wrong_maker()) };
        let (this, platform) = (self.clone(), platform.clone());
        blocking(desk, move |work| this.make_one(&root, &platform, force, work)).await
    }
}
