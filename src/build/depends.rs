//! Images that a build finds in its context as archives: those of the platform
//! that is built, by their digests.
//!
//! They come from their registries through the content store, and not from an
//! engine, which has one platform of an image at a time. So an archive has the
//! same bytes wherever it is made.

use std::{io::Write, path::Path, sync::Arc};

use tokio::io::AsyncReadExt;

use super::Builds;
use crate::{
    model::{Descriptor, Failure, FailureKind, Manifest, Node, Platform, Side},
    ports::Desk,
    recipe::{
        Held,
        linuxkit::{Dependency, Depends},
    },
    registry::{Client, ManifestName},
    store::{Store, all_saved},
};

/// How much is copied at once, in bytes.
const CHUNK: usize = 256 << 10;

impl Builds {
    /// Fetches what a build for `platform` depends on, into a folder that lies
    /// as the context will have it; none where it depends on nothing.
    pub(super) async fn depends(
        &self,
        depends: &Depends,
        platform: &Platform,
        desk: &Desk,
    ) -> Result<Option<Held>, Failure> {
        let archives = depends.archives();
        if archives.is_empty() {
            return Ok(None);
        }
        let mut fetched = Vec::new();
        for (name, images) in archives {
            let mut found = Vec::new();
            for image in images {
                let shown = image.file_name();
                let shown = shown.trim_end_matches(".tar");
                desk.output.line(format!("Adding \"{shown}\" as dependency for {platform}"));
                let one = self.fetched(image, platform, desk).await;
                found.push(one.map_err(|failure| failure.context(pulling(image, platform)))?);
            }
            fetched.push((name, found));
        }
        let store = Arc::clone(&self.store);
        let fill = async move |folder: &Path| write(&store, &fetched, folder).await;
        let text = serde_json::to_string(depends).expect("a text always becomes JSON");
        self.cache().get(&format!("depends 1 {platform} {text}"), fill).await.map(Some)
    }

    /// Brings the image of a platform into the store.
    async fn fetched(
        &self,
        wanted: &Dependency,
        platform: &Platform,
        desk: &Desk,
    ) -> Result<(Descriptor, Manifest), Failure> {
        let client = self.reach.client(&wanted.image.host, Arc::clone(&self.logins), true)?;
        let named = Descriptor::new("", wanted.digest.clone(), 0);
        let (root, node) = self.manifest(&client, wanted, &named).await?;
        let (root, manifest) = match node {
            Node::Manifest(manifest) => (root, *manifest),
            Node::Index(index) => {
                let fits = |node: &&Descriptor| {
                    node.platform.as_ref().is_some_and(|of| of.matches(platform))
                };
                let of = index.manifests.iter().filter(fits).max_by_key(|of| &of.platform);
                let of = of.ok_or_else(|| none_for(platform))?;
                match self.manifest(&client, wanted, of).await? {
                    (root, Node::Manifest(manifest)) => (root, *manifest),
                    (root, _) => return Err(no_image(&root)),
                }
            }
        };
        for part in [&manifest.config].into_iter().chain(&manifest.layers) {
            self.blob(&client, wanted, part, desk).await?;
        }
        self.refuse_other(&manifest, platform)?;
        Ok((root, manifest))
    }

    async fn manifest(
        &self,
        client: &Client,
        wanted: &Dependency,
        node: &Descriptor,
    ) -> Result<(Descriptor, Node), Failure> {
        let name = ManifestName::Digest(&node.digest);
        let found = client.manifest(&wanted.image.repository, name).await?;
        let (root, bytes) = found.ok_or_else(|| {
            let what = format!("its registry does not have {}", node.digest);
            Failure::new(FailureKind::NotFound, Side::Source, what)
        })?;
        let root = self.store.keep(root.media_type.as_str(), &bytes)?;
        let parsed = Node::parse(bytes.to_vec(), root.media_type.as_str());
        let parsed = parsed
            .map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Source, &error))?;
        Ok((Descriptor { platform: node.platform.clone(), ..root }, parsed))
    }

    async fn blob(
        &self,
        client: &Client,
        wanted: &Dependency,
        part: &Descriptor,
        desk: &Desk,
    ) -> Result<(), Failure> {
        if self.store.has(part)? {
            return Ok(());
        }
        let repository = &wanted.image.repository;
        let mut from = client.read_blob(repository, &part.digest, 0..part.size).await?;
        let failed = |error: std::io::Error| Failure::from_io(Side::Source, &part.digest, &error);
        let (mut writer, mut buffer) = (self.store.writer_of(&part.digest)?, vec![0; CHUNK]);
        loop {
            let count = from.read(&mut buffer).await.map_err(failed)?;
            if count == 0 {
                break;
            }
            writer.write_all(&buffer[..count]).map_err(failed)?;
            desk.meter.advance(count as u64);
        }
        writer.commit(part.media_type.as_str(), Some(&part.digest)).map(drop)
    }

    /// Refuses an image that is of another platform: a digest may name that of
    /// one platform alone.
    fn refuse_other(&self, manifest: &Manifest, platform: &Platform) -> Result<(), Failure> {
        let text = self.store.read(&manifest.config)?;
        let config: Result<crate::model::ImageConfig, _> = serde_json::from_slice(&text);
        match config.map(|config| config.platform()) {
            Ok(Ok(of)) if !of.matches(platform) && !platform.matches(&of) => {
                Err(none_for(platform).because(format!("it is only for {of}")))
            }
            _ => Ok(()),
        }
    }
}

fn pulling(image: &Dependency, platform: &Platform) -> String {
    format!("failed to pull {}@{} for {platform}", image.image.name(), image.digest)
}

/// Writes archives below a folder, each of these images.
async fn write(
    store: &Store,
    archives: &[(String, Vec<(Descriptor, Manifest)>)],
    folder: &Path,
) -> Result<(), Failure> {
    for (name, images) in archives {
        let file = folder.join(name);
        let failed = |error: std::io::Error| Failure::from_io(Side::Local, file.display(), &error);
        let above = file.parent().unwrap_or(folder);
        tokio::fs::create_dir_all(above).await.map_err(failed)?;
        let mut archive = all_saved(store, images, &[]).await?;
        let mut to = tokio::fs::File::create(&file).await.map_err(failed)?;
        tokio::io::copy(&mut archive, &mut to).await.map_err(failed)?;
        to.sync_data().await.map_err(failed)?;
    }
    Ok(())
}

fn none_for(platform: &Platform) -> Failure {
    let what = format!("it has nothing for {platform}");
    Failure::new(FailureKind::NotFound, Side::Source, what)
        .hint("use the digest of an index that has all platforms of the package")
}

fn no_image(root: &Descriptor) -> Failure {
    let what = format!("{} is not an image", root.digest);
    Failure::new(FailureKind::Invalid, Side::Source, what)
}
