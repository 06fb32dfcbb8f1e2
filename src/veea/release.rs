//! The metadata, and the archive of all parts.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{chain::Chain, record::write, step::VeeaStep};
use crate::{
    model::{Failure, FailureKind, Side},
    ports::{Desk, blocking},
    veea::archive::{self, METADATA_LIMIT, Part, Parts, ReleaseMetadata, image::Signed},
};

impl Chain<'_> {
    pub(super) fn metadata(&self, desk: &Desk) -> Result<(), Failure> {
        let Self { project, arch, files, archives, .. } = self;
        desk.output.line(format!("Building metadata: {} {arch}", project.config.app));
        let image = self.image()?.ok_or_else(|| gone("the image"))?;
        let config = archives.store.manifest(&image)?.config.digest;
        let part = |path: &PathBuf| self.part(path);
        let signed = Signed { archive: part(&files.image)?, tar: part(&files.signed)?, config };
        let signed_by = match &self.recipe.signer {
            Some(_) => Some(archives.sealer(self.recipe)?.signed_by()),
            None => None,
        };
        let (conf, now) = (self.conf.as_bytes(), archives.now());
        let metadata =
            ReleaseMetadata::new(self.about(), &signed, Some(image.digest), conf, signed_by, now);
        write(&files.metadata, &metadata.to_json())
    }

    fn part(&self, path: &PathBuf) -> Result<Part, Failure> {
        let digest = self.digest_of(path)?.ok_or_else(|| gone(&path.display().to_string()))?;
        let size = fs::metadata(path).map(|found| found.len());
        let size = size.map_err(|error| Failure::from_io(Side::Source, path.display(), &error))?;
        Ok(Part { digest, size })
    }

    pub(super) async fn release(&self, desk: &Desk) -> Result<(), Failure> {
        let Self { project, arch, files, archives, .. } = self;
        let say = |line: String| desk.output.line(line);
        let app = &project.config.app;
        let sealer = archives.sealer(self.recipe)?;
        say(format!("Releasing:  {app} {arch}"));
        say(format!("  Reading metadata: {app} {arch}"));
        if !self.is_unedited(VeeaStep::Metadata)? {
            let failure = Failure::new(FailureKind::Changed, Side::Local, "it was edited by hand");
            return Err(failure.context(files.metadata.display()).hint("begin a new run"));
        }
        let json = read(&files.metadata)?;
        let metadata = ReleaseMetadata::parse(&json)
            .map_err(|failure| failure.context(files.metadata.display()))?;
        say(format!("  Reading manifest: {app} {arch}"));
        let image = self.image()?.ok_or_else(|| gone("the image"))?;
        if metadata.image.manifest.as_ref() != Some(&image.digest) {
            return Err(gone("the image that the metadata name"));
        }
        say(format!("  Creating metadata CMS: {app} {arch}"));
        say("  Signing metadata".to_owned());
        let cms = sealer.seal(&json, archives.builds.network.clock().now()).await?;
        say(format!("  Creating release archive: {app} {arch}"));
        desk.meter.expect(metadata.image.archive.size);
        let size = metadata.image.archive.size;
        let parts = Parts {
            metadata,
            sealed: cms.clone(),
            conf: self.conf.clone().into_bytes(),
            image: files.image.clone(),
        };
        let target = files.archive.clone();
        blocking(move || archive::write(&target, &parts)).await?;
        desk.meter.advance(size);
        write(&files.sealed, &cms)
    }
}

fn gone(what: &str) -> Failure {
    let what = format!("{what} no longer exists");
    Failure::new(FailureKind::Changed, Side::Local, what).hint("begin a new run")
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let limit = io::Error::new(io::ErrorKind::InvalidData, "it is too large");
        if fs::metadata(path)?.len() > METADATA_LIMIT {
            return Err(limit);
        }
        fs::read(path)
    };
    read().map_err(|error| Failure::from_io(Side::Source, path.display(), &error))
}
