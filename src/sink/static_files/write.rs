//! A tag that is written: files first, then what lies beside them, then its
//! document.

use std::collections::BTreeSet;

use super::{
    StaticFiles,
    documents::{Flavor, TagDocument},
    release::FilesRelease,
};
use crate::{
    model::{Descriptor, Failure, FailureKind, Tag, media_type},
    ports::{Meter, Source},
};

impl StaticFiles {
    /// Puts each file to its place, then the document, and removes what the
    /// tag named before and names no more.
    pub(super) async fn put_release(
        &self,
        tag: &Tag,
        to: &Descriptor,
        present: Option<&FilesRelease>,
    ) -> Result<(), Failure> {
        let mut keys = BTreeSet::new();
        let files = self.files_of(to).await?;
        for file in &files {
            self.refuse_taken_at(tag, file).await?;
        }
        for file in files {
            let key = self.file(tag.as_str(), &file)?;
            if !self.lies_at(&key, &file).await? {
                self.place(&key, &file).await?;
            }
            keys.insert(key);
        }
        let placed = self.place_beside(tag, &to.digest).await?;
        self.clear_beside(tag, &placed).await?;
        let document = self.document(to).await?.to_bytes();
        let (key, seen) =
            (self.document_key(tag.as_str()), present.map(|present| &present.version));
        self.objects.replace(&key, seen, &document, "application/json").await?;
        for file in present.iter().flat_map(|release| &release.files) {
            let key = self.file(tag.as_str(), file)?;
            if !keys.contains(&key) {
                self.objects.delete(&key).await?;
            }
        }
        Ok(())
    }

    /// Copies a file from where it lies. Another publisher's end may take away
    /// what was staged, even between the look and the copy.
    async fn place(&self, key: &str, file: &Descriptor) -> Result<(), Failure> {
        let Some(from) = self.find(file).await? else { return self.send(key, file).await };
        match self.objects.copy(&from, key).await {
            Err(failure) if failure.kind == FailureKind::NotFound => self.send(key, file).await,
            copied => copied,
        }
    }

    /// Sends what was staged once and is not there any more.
    async fn send(&self, key: &str, file: &Descriptor) -> Result<(), Failure> {
        let content = self.store.open(file).await?;
        self.objects
            .put_content(key, file, content, media_type::OCTET_STREAM, &Meter::default())
            .await
    }

    /// Returns how many bytes that freed.
    pub(super) async fn remove_release(
        &self,
        tag: &Tag,
        present: Option<&FilesRelease>,
    ) -> Result<u64, Failure> {
        let mut freed = 0;
        if let Some(present) = present {
            let key = self.document_key(tag.as_str());
            self.objects.remove(&key, &present.version).await?;
        }
        for file in present.iter().flat_map(|release| &release.files) {
            self.objects.delete(&self.file(tag.as_str(), file)?).await?;
            freed += file.size;
        }
        self.clear_beside(tag, &[]).await?;
        Ok(freed)
    }

    pub(super) async fn files_of(&self, index: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        let mut files = Vec::new();
        for root in self.store.successors(index).await? {
            let platform = root.platform.clone();
            let layers = self.store.read_manifest(&root).await?.layers.into_iter();
            files.extend(layers.map(|file| Descriptor { platform: platform.clone(), ..file }));
        }
        Ok(files)
    }

    async fn document(&self, index: &Descriptor) -> Result<TagDocument, Failure> {
        let mut flavors = Vec::new();
        for root in self.store.read_index(index).await?.manifests {
            if let Some(platform) = &root.platform {
                flavors.push(Flavor::new(platform, &self.store.read_manifest(&root).await?.layers));
            }
        }
        Ok(TagDocument { flavors })
    }
}
