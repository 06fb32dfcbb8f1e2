//! App Container Images, as OCI images or as the files that they are.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;

use super::{
    layers::{self, Layer},
    work::{Work, blocking, copy_hashed, failed},
};
use crate::{
    aci::{
        Blob, Form, ImageStore, Stack, convert,
        convert::{Converted, oci_config, platform_of},
        manifest_of, read,
    },
    archive::{COMPRESSOR, Caps, open_plain},
    model::{
        AciRecipe, ArtifactKind, Descriptor, Digest, Failure, Manifest, Origin, Platform,
        ReleasePlatform, bytes, media_type,
    },
    ports::{Desk, Made, Maker, Surveyed, wrong_maker},
    store::{FileState, Store},
};

/// What signatures of images end in.
const SIGNATURE: &str = ".asc";

/// Makes OCI images of App Container Images, or artifacts that hold them.
#[derive(Clone, Debug)]
pub struct AppContainerImages {
    store: Arc<Store>,
    /// Where images lie that others stand on, unless it is said.
    images: PathBuf,
    caps: Caps,
}

/// An image of one platform, and all that it is read from.
struct Found {
    platform: Platform,
    states: Vec<FileState>,
}

impl AppContainerImages {
    /// Puts what it makes into `store`. Dependencies are looked for in the
    /// store of images at `images`.
    #[must_use]
    pub fn new(store: Arc<Store>, images: &Path, caps: Caps) -> Self {
        Self { store, images: images.to_owned(), caps }
    }

    fn look(&self, recipe: &AciRecipe) -> Result<Surveyed, Failure> {
        let mut platforms: Vec<ReleasePlatform> = Vec::new();
        for path in &recipe.images {
            let Found { platform, states } = self.find(recipe, path)?;
            if let Some(other) = platforms.iter().find(|other| other.platform.is_same(&platform)) {
                let what = format!("it is for {}, and so is another image", other.platform);
                return Err(super::invalid(what).context(path.display()));
            }
            let prepared = self.store.root_of(&states, &key(recipe, &platform))?;
            let sources = states.iter().map(FileState::source).collect();
            platforms
                .push(ReleasePlatform { prepared, ..ReleasePlatform::of_files(platform, sources) });
        }
        platforms.sort_by(|a, b| a.platform.cmp(&b.platform));
        Ok(Surveyed::of(platforms))
    }

    fn find(&self, recipe: &AciRecipe, path: &Path) -> Result<Found, Failure> {
        let mut states = vec![FileState::of(path)?];
        let file = open_plain(path).map_err(|error| failed(path, &error))?;
        let manifest = manifest_of(file, &path.display().to_string(), self.caps)?;
        let platform = platform_of(&manifest.labels)
            .or_else(|| recipe.platform.clone())
            .map_or_else(of_this_machine, Ok)?;
        if recipe.kind == ArtifactKind::Files {
            let signature = signature(path);
            if signature.exists() {
                states.push(FileState::of(&signature)?);
            }
            return Ok(Found { platform, states });
        }
        let below = Stack::below(&self.store_of(recipe), &manifest);
        let below = below.map_err(|failure| failure.context(path.display()))?;
        for path in below.images().iter().filter_map(|image| image.blob.path()) {
            states.push(FileState::of(path)?);
        }
        Ok(Found { platform, states })
    }

    fn store_of(&self, recipe: &AciRecipe) -> ImageStore {
        ImageStore::new(recipe.store.as_ref().unwrap_or(&self.images))
    }

    /// The label `version` of the images, where it is the same for all.
    fn version_of(&self, recipe: &AciRecipe) -> Result<Option<String>, Failure> {
        let mut versions = Vec::new();
        for path in &recipe.images {
            let file = open_plain(path).map_err(|error| failed(path, &error))?;
            let manifest = manifest_of(file, &path.display().to_string(), self.caps)?;
            versions.push(manifest.labels.get("version").map(str::to_owned));
        }
        versions.dedup();
        Ok(if versions.len() == 1 { versions.remove(0) } else { None })
    }

    fn make_one(
        &self,
        recipe: &AciRecipe,
        platform: &ReleasePlatform,
        force: bool,
        work: &Work,
    ) -> Result<Made, Failure> {
        let [first, ..] = &platform.sources[..] else { return Err(wrong_maker()) };
        let path = &first.path;
        let states = platform.sources.iter().map(|source| {
            let state = FileState::of(&source.path)?;
            state.expect_seen(source)?;
            Ok(state)
        });
        let states: Vec<FileState> = states.collect::<Result<_, Failure>>()?;
        let key = key(recipe, &platform.platform);
        if !force && let Some(root) = self.store.root_of(&states, &key)? {
            work.desk.output.line(format!("{}: unchanged, nothing to do", path.display()));
            return Ok(Made::of(root, true));
        }
        work.desk.meter.expect(states.iter().map(|state| state.size).sum());
        let made = match recipe.kind {
            ArtifactKind::Image => self.image(recipe, path, &platform.platform, work),
            ArtifactKind::Files => self.files(&states, work),
        };
        for state in &states {
            state.expect_same(&FileState::of(&state.path)?)?;
        }
        let root = made?.on(platform.platform.clone());
        self.store.set_root_of(&states, &key, &root)?;
        Ok(Made::of(root, false))
    }

    fn image(
        &self,
        recipe: &AciRecipe,
        path: &Path,
        platform: &Platform,
        work: &Work,
    ) -> Result<Descriptor, Failure> {
        let name = path.display().to_string();
        let file = open_plain(path).map_err(|error| failed(path, &error))?;
        let mut plain = self.store.temporary()?;
        // What acido built is released as well.
        let form = Form::RootlessAci;
        let contents = read(work.read(file), &name, form, self.caps, &mut plain)?;
        work.desk.output.line(format!("{name}: read {}", bytes(contents.size)));
        let (key, manifest) = (contents.id.key(), contents.manifest);
        let blob = Blob::of(plain, &name);
        let stack = Stack::upon(&self.store_of(recipe), key, manifest.clone(), blob)?;
        let layers = self.layers(&stack, recipe.flatten, work)?;
        let diff_ids: Vec<Digest> = layers.iter().map(|layer| layer.diff_id.clone()).collect();
        let Converted { config, lost } = oci_config(&manifest, platform, &diff_ids);
        for field in lost {
            work.desk.output.line(format!("{name}: `{field}` has no counterpart in an OCI image"));
        }
        let config = self.store.keep(media_type::CONFIG, &config)?;
        let layers = layers.into_iter().map(|layer| layer.node).collect();
        self.store.keep(media_type::MANIFEST, Manifest::of_image(config, layers).raw())
    }

    fn layers(&self, stack: &Stack, flatten: bool, work: &Work) -> Result<Vec<Layer>, Failure> {
        let (halt, mut made) = (work.halt(), Vec::new());
        for layer in convert::layers(stack, flatten)? {
            work.check()?;
            let written = layers::written(&self.store, |out| layer.write(out, &halt).map(drop))?;
            let short = written.diff_id.short();
            work.desk.output.line(format!("{short}: {} of {}", written.how, layer.key.short()));
            made.push(written);
        }
        Ok(made)
    }

    /// An artifact with the files as they are.
    fn files(&self, states: &[FileState], work: &Work) -> Result<Descriptor, Failure> {
        let keep = |state: &FileState| {
            let path = &state.path;
            let mut writer = self.store.writer()?;
            let file = open_plain(path).map_err(|error| failed(path, &error))?;
            copy_hashed(&mut work.read(file), &mut writer).map_err(|error| failed(path, &error))?;
            let node = writer.commit(media_type::OCTET_STREAM, None)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            work.desk.output.line(format!("{name}: kept {}", bytes(node.size)));
            Ok(node.titled(&name))
        };
        let layers = states.iter().map(keep).collect::<Result<_, Failure>>()?;
        self.store.keep(media_type::EMPTY, b"{}")?;
        let manifest = Manifest::of_artifact(media_type::FILES, layers);
        self.store.keep(media_type::MANIFEST, manifest.raw())?;
        Ok(manifest.descriptor())
    }
}

/// Where the signature of an image lies.
fn signature(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(SIGNATURE);
    name.into()
}

/// What is made depends on, besides its files.
fn key(recipe: &AciRecipe, platform: &Platform) -> String {
    let (kind, flatten) = (recipe.kind, recipe.flatten);
    format!("aci 1 {COMPRESSOR} {kind} {flatten} {platform}")
}

/// The platform of an image that names none, where none is configured.
fn of_this_machine() -> Result<Platform, Failure> {
    Platform::new("linux", std::env::consts::ARCH, None).map_err(super::invalid)
}

#[async_trait]
impl Maker for AppContainerImages {
    fn takes(&self, from: &Origin) -> bool {
        matches!(from, Origin::Aci(_))
    }

    async fn version(&self, from: &Origin) -> Result<Option<String>, Failure> {
        let Origin::Aci(recipe) = from.clone() else { return Err(wrong_maker()) };
        let this = self.clone();
        blocking(&Desk::default(), move |_| this.version_of(&recipe)).await
    }

    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure> {
        let Origin::Aci(recipe) = from.clone() else { return Err(wrong_maker()) };
        let this = self.clone();
        blocking(&Desk::default(), move |_| this.look(&recipe)).await
    }

    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<Made, Failure> {
        let Origin::Aci(recipe) = from.clone() else { return Err(wrong_maker()) };
        let (this, platform) = (self.clone(), platform.clone());
        blocking(desk, move |work| this.make_one(&recipe, &platform, force, work)).await
    }
}
