//! The image: built, saved and signed.

use std::{io, pin::Pin};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    chain::{Chain, image_of},
    record::write,
};
use crate::{
    build::CacheUse,
    model::{Failure, FailureKind, ReleasePlatform, Side},
    ports::Desk,
    store::saved,
    veea::archive::{
        Fresh,
        image::{self, ExpectedImage, SignedOutputs},
    },
};

/// How much is copied at once, in bytes.
const CHUNK: usize = 256 << 10;

impl Chain<'_> {
    pub(super) async fn compile(
        &self,
        platform: &ReleasePlatform,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let Self { reference, project, arch, files, .. } = self;
        let known = files.built.exists();
        let say = |line: String| desk.output.line(line);
        if known {
            let dockerfile = project.folders.dockerfile.display();
            say(format!("{dockerfile} is newer than the {reference} docker image."));
        }
        say(format!("Compiling image: {} {arch}", project.config.app));
        if known {
            say("Pruning previous instance of the same image".to_owned());
        }
        say(project.docker_command(*arch));
        let of_image =
            ReleasePlatform { built_from: Some(self.identity.clone()), ..platform.clone() };
        let wish = CacheUse { again: true, afresh: false };
        let within = Desk { meter: desk.meter.clone(), output: desk.output.within() };
        let builds = &self.archives.builds;
        let made = builds.compile(&image_of(self.recipe), &of_image, wish, &within).await?;
        let root = serde_json::to_vec(&made.root).expect("a descriptor always becomes JSON");
        write(&files.built, &root)
    }

    pub(super) async fn save(&self, desk: &Desk) -> Result<(), Failure> {
        let Self { reference, project, arch, archives, files, .. } = self;
        desk.output.line(format!("Saving: {} {arch}", project.config.app));
        desk.output.line(format!("  Writing {reference}.unsigned.tar"));
        let root = self.image()?.ok_or_else(|| {
            let what = format!("the image {reference} is no longer in the store");
            Failure::new(FailureKind::Changed, Side::Local, what).hint("begin a new run")
        })?;
        let manifest = archives.store.manifest(&root)?;
        let total = manifest.layers.iter().map(|layer| layer.size).sum();
        desk.meter.expect(total);
        let names = [reference.clone()];
        let mut archive = saved(&archives.store, &root, &manifest, &names).await?;
        let fresh = Fresh::begin(&files.unsigned)?;
        let file = tokio::fs::File::from_std(fresh.writer()?);
        copy(&mut archive, file, desk, total)
            .await
            .map_err(|error| Failure::find_in(&error).unwrap_or_else(|| fresh.failed(&error)))?;
        fresh.put()
    }

    pub(super) async fn sign(&self, desk: &Desk) -> Result<(), Failure> {
        let Self { reference, project, arch, files, .. } = self;
        let say = |line: String| desk.output.line(line);
        let sealer = self.archives.sealer(self.recipe)?;
        let app = &project.config.app;
        say(format!("Signing: {app} {arch}"));
        say("  Verifying unsigned image".to_owned());
        say("  Signing unsigned image".to_owned());
        say(format!("    Writing {}", files.signed.display()));
        let wanted = ExpectedImage {
            reference: reference.clone(),
            architecture: *arch,
            persistent_uuid: project.uuid(),
            labels: project.labels_for(*arch),
        };
        let targets = SignedOutputs { tar: files.signed.clone(), archive: files.image.clone() };
        let now = self.archives.builds.network.clock().now();
        let signed = image::sign(&files.unsigned, &wanted, &*sealer, &targets, now).await?;
        say(format!("Verifying: {app} {arch}"));
        say("  Verifying signed image".to_owned());
        desk.meter.expect(signed.archive.size);
        desk.meter.advance(signed.archive.size);
        let found = self.digest_of(&files.signed)?;
        let written = signed.tar.expect(found.as_ref());
        written.map_err(|failure| failure.context(files.signed.display()))
    }
}

async fn copy(
    from: &mut Pin<Box<dyn tokio::io::AsyncRead + Send>>,
    mut to: tokio::fs::File,
    desk: &Desk,
    total: u64,
) -> io::Result<()> {
    let (mut buffer, mut counted) = (vec![0; CHUNK], 0);
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        to.write_all(&buffer[..read]).await?;
        // The archive has a few bytes more than the layers.
        let more = (read as u64).min(total - counted);
        counted += more;
        desk.meter.advance(more);
    }
    to.sync_data().await
}
