//! What a tag names before it is replaced: kept, so that it can be put back,
//! and so that a move that was cut off is known as one of this machine's.

use std::collections::BTreeSet;

use super::{StaticFiles, documents::PREFIX, release::FilesRelease};
use crate::{
    model::{Descriptor, Digest, Failure, Side, Tag, media_type},
    ports::{Chunks, Store as _, blocking},
};

impl StaticFiles {
    /// Whether each file under `tag` is one of the release that we are moving
    /// to or from, as after a move that was cut off.
    pub(super) async fn is_ours(
        &self,
        tag: &Tag,
        present: Option<&FilesRelease>,
        to: Option<&Descriptor>,
    ) -> Result<bool, Failure> {
        let noted = self.store.noted(&self.note(tag)).await?;
        let Some(present) = present else { return Ok(noted.is_some()) };
        let mut known: BTreeSet<Digest> = BTreeSet::new();
        if let Some(to) = to {
            known.extend(self.files_of(to).await?.into_iter().map(|file| file.digest));
        }
        let Some(before) = noted else { return Ok(false) };
        known.extend(before.lines().filter_map(|digest| digest.parse().ok()));
        Ok(present.files.iter().all(|file| known.contains(&file.digest)))
    }

    fn note(&self, tag: &Tag) -> String {
        format!("files {} {tag}", self.objects.show(&format!("{PREFIX}/{}", self.name)))
    }

    /// Keeps what a tag names before it is replaced, so that it can be put
    /// back: afterwards its files lie nowhere else.
    pub(super) async fn remember(&self, tag: &Tag, release: &FilesRelease) -> Result<(), Failure> {
        let index = release.index.descriptor();
        self.store.put(&index, release.index.raw()).await?;
        for manifest in &release.manifests {
            self.store.put(&manifest.descriptor(), manifest.raw()).await?;
        }
        self.store.put(&Descriptor::of(media_type::EMPTY, b"{}"), b"{}").await?;
        for file in &release.files {
            let key = self.file(tag.as_str(), file)?;
            if !self.store.holds(file).await? && self.lies_at(&key, file).await? {
                self.fetch(&key, file).await?;
            }
        }
        let digests: Vec<&str> = release.files.iter().map(|file| file.digest.as_str()).collect();
        self.store.note(&self.note(tag), &digests.join("\n")).await
    }

    async fn fetch(&self, key: &str, file: &Descriptor) -> Result<(), Failure> {
        let content = self.objects.open(key, file).await?;
        let digest = file.digest.clone();
        let mut writer = self.store.blocking(move |store| store.writer_of(&digest)).await?;
        let mut chunks = Chunks::of(&*content, 0..file.size).await?;
        while let Some(chunk) = chunks.next().await? {
            let chunk = chunk.to_vec();
            writer = blocking(move || {
                let written = std::io::Write::write_all(&mut writer, &chunk);
                written.map_err(|error| Failure::from_io(Side::Local, "content store", &error))?;
                Ok(writer)
            })
            .await?;
        }
        let digest = file.digest.clone();
        blocking(move || writer.commit(media_type::OCTET_STREAM, Some(&digest))).await?;
        if content.is_executable() {
            self.store.note_executable(&file.digest).await
        } else {
            Ok(())
        }
    }
}
