//! The steps for one architecture.

use std::{fs::File, io, path::PathBuf};

use super::{
    Archives,
    identity::identity,
    lines,
    record::{Done, Record, write},
    step::VeeaStep,
};
use crate::{
    model::{
        Descriptor, Digest, Failure, FailureKind, Recipe, ReleasePlatform, Side, Signing, VeeaArch,
        VeeaRecipe,
    },
    ports::Desk,
    recipe::veea::Project,
    release_archive::{About, archive_name},
    source::copy_hashed,
    store::FileState,
};

/// The steps of a directory for one architecture.
pub(super) struct Chain<'a> {
    pub(super) archives: &'a Archives,
    pub(super) recipe: &'a VeeaRecipe,
    pub(super) project: Project,
    pub(super) arch: VeeaArch,
    /// Of all that decides how the image comes out.
    pub(super) identity: Digest,
    /// What the image is called.
    pub(super) reference: String,
    pub(super) dockerfile: String,
    pub(super) conf: String,
    /// What is worth knowing of the service file.
    pub(super) warnings: Vec<String>,
    /// The signer, as far as that is known without opening a key.
    pub(super) seal: Digest,
    pub(super) record: Record,
    pub(super) files: Files,
}

/// What is made for one architecture.
pub(super) struct Files {
    pub(super) folder: PathBuf,
    /// What the image is that was built.
    pub(super) built: PathBuf,
    pub(super) unsigned: PathBuf,
    pub(super) signed: PathBuf,
    /// The signed archive as it goes into the release archive.
    pub(super) image: PathBuf,
    pub(super) metadata: PathBuf,
    /// The metadata as they go into the release archive.
    pub(super) sealed: PathBuf,
    pub(super) archive: PathBuf,
}

/// The recipe of the image alone.
pub(super) fn recipe_of(recipe: &VeeaRecipe) -> Recipe {
    Recipe::Veea(recipe.clone())
}

impl<'a> Chain<'a> {
    pub(super) fn new(
        archives: &'a Archives,
        recipe: &'a VeeaRecipe,
        project: Project,
        arch: VeeaArch,
        identity: Digest,
    ) -> Result<Self, Failure> {
        let (conf, warnings) = project.swarm()?;
        let (app, version) = (&project.config.app, &project.config.version);
        let (folder, reference) = (project.folders.arch(arch), project.reference(arch));
        let files = Files {
            built: folder.join(format!("{reference}.image.json")),
            unsigned: folder.join(format!("{reference}.unsigned.tar")),
            signed: folder.join(format!("{reference}.signed.tar")),
            image: folder.join(format!("{reference}.signed.tgz")),
            metadata: folder.join(format!("{app}-{arch}-metadata-{version}.json")),
            sealed: folder.join(format!("{app}-{arch}-metadata-{version}.cms")),
            archive: folder.join(archive_name(app, arch, version)),
            folder,
        };
        Ok(Self {
            seal: seal_of(recipe),
            dockerfile: project.dockerfile()?,
            record: Record::read(&files.folder),
            archives,
            recipe,
            project,
            arch,
            identity,
            reference,
            conf,
            warnings,
            files,
        })
    }

    /// The digest of all that decides what the archive holds.
    pub(super) fn identity(&self) -> Result<Digest, Failure> {
        identity(self.recipe, &self.project, &self.identity)
    }

    /// Fails where this is not what the survey saw.
    pub(super) fn refuse_changed(&self, platform: &ReleasePlatform) -> Result<(), Failure> {
        if platform.built_from.as_ref() == Some(&self.identity()?) {
            return Ok(());
        }
        let what = format!("{} has changed since the run began", self.recipe.folder.display());
        Err(Failure::new(FailureKind::Changed, Side::Source, what).hint("begin a new run"))
    }

    /// Fails where a step before the last is not done: another process has changed
    /// what it made.
    pub(super) fn refuse_unfinished(&self) -> Result<(), Failure> {
        // By their times, files may be older than those of the future.
        let left = if self.recipe.mtime { Vec::new() } else { self.stale()? };
        match left.first() {
            Some(first) if *first != VeeaStep::Release => {
                let what = format!("the output of the step {first} has changed since");
                let failure = Failure::new(FailureKind::Changed, Side::Source, what);
                Err(failure.context(self.files.folder.display()).hint("begin a new run"))
            }
            _ => Ok(()),
        }
    }

    /// What is said of the image.
    pub(super) fn about(&self) -> About {
        let config = &self.project.config;
        let targets = config.arches.iter().find(|(arch, _)| *arch == self.arch);
        About {
            app: config.app.clone(),
            description: config.description.clone(),
            version: config.version.clone(),
            architecture: self.arch,
            platforms: targets.map(|(_, targets)| targets.clone()).unwrap_or_default(),
            partner: self.project.partner.as_ref().map(|partner| partner.id),
            persistent_uuid: self.project.uuid(),
        }
    }

    /// The image, if the store has it.
    pub(super) fn image(&self) -> Result<Option<Descriptor>, Failure> {
        self.archives.builds.built(&self.identity, &self.arch.platform())
    }

    /// The digest of a file; none where there is none. One that looks as it
    /// did is not read again.
    pub(super) fn digest_of(&self, path: &PathBuf) -> Result<Option<Digest>, Failure> {
        let store = &self.archives.store;
        let state = match FileState::of(path) {
            Ok(state) => state,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let text = serde_json::to_vec(&state).expect("a look always becomes JSON");
        let looks = Digest::of(&text);
        if let Some(known) = store.content_of(&looks)? {
            return Ok(Some(known));
        }
        let hash = || Ok(copy_hashed(&mut File::open(path)?, &mut io::sink())?.finish());
        let digest = hash()
            .map_err(|error: io::Error| Failure::from_io(Side::Source, path.display(), &error))?;
        state.expect_same(&FileState::of(path)?)?;
        store.set_content_of(&looks, &digest)?;
        Ok(Some(digest))
    }

    /// Does a step, unless it is done. Returns whether it was.
    pub(super) async fn step(
        &mut self,
        stage: VeeaStep,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<bool, Failure> {
        if !force && self.is_fresh(stage)? {
            desk.output.line(lines::skipping(stage));
            if stage == VeeaStep::Swarm {
                // Another architecture may have written it.
                self.note(stage)?;
            }
            return Ok(true);
        }
        // What follows is done again, even where this comes out the same.
        self.record.forget_from(stage);
        self.record.write(&self.files.folder)?;
        match stage {
            VeeaStep::Generate => self.generate(desk)?,
            VeeaStep::Compile => self.compile(platform, desk).await?,
            VeeaStep::Save => self.save(desk).await?,
            VeeaStep::Sign => self.sign(desk).await?,
            VeeaStep::Swarm => self.swarm(desk)?,
            VeeaStep::Metadata => self.metadata(desk)?,
            VeeaStep::Release => self.release(desk).await?,
        }
        self.note(stage)?;
        Ok(false)
    }

    fn generate(&self, desk: &Desk) -> Result<(), Failure> {
        let path = &self.project.folders.dockerfile;
        desk.output.line(format!("Generating: {}", path.display()));
        for license in &self.project.licenses {
            let path = license.path.display();
            desk.output.line(format!("  - Adding contents of license file {path}"));
        }
        for warning in &self.project.warnings {
            desk.output.line(format!("warning: {warning}"));
        }
        write(path, self.dockerfile.as_bytes())
    }

    fn swarm(&self, desk: &Desk) -> Result<(), Failure> {
        let path = &self.project.folders.swarm;
        desk.output.line(format!("Generating: {}", path.display()));
        for warning in &self.warnings {
            desk.output.line(format!("warning: {warning}"));
        }
        self.archives.set_written(path);
        write(path, self.conf.as_bytes())
    }

    /// Notes that a step is done.
    fn note(&mut self, stage: VeeaStep) -> Result<(), Failure> {
        let mut files = std::collections::BTreeMap::new();
        for path in self.outputs(stage) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.extend(self.digest_of(&path)?.map(|digest| (name, digest)));
        }
        if let Some(of) = self.made_of(stage)? {
            self.record.set(stage, Done { of, files });
        }
        self.record.write(&self.files.folder)
    }
}

/// The signer, without opening a key: the subject of its certificate, or else its name
/// in the configuration.
fn seal_of(recipe: &VeeaRecipe) -> Digest {
    let certificate = match recipe.signer.as_deref().map(|signer| &signer.with) {
        Some(Signing::Cms { certificate, .. }) => std::fs::read(certificate).ok(),
        _ => None,
    };
    match certificate {
        Some(bytes) => Digest::of(&bytes),
        None => Digest::of(serde_json::json!(recipe.signer).to_string().as_bytes()),
    }
}
