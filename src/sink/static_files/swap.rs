//! A tag that moves: files first, then its document, then the list.

use std::collections::{BTreeSet, HashSet};

use super::{
    StaticFiles,
    documents::{Flavor, PREFIX, TagDocument},
    release::Release,
};
use async_trait::async_trait;

use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side, Tag, media_type},
    ports::{Meter, Source, Store as _, Swap, each_chunk, ranked},
    sink::{failures::moved, objects::Listing, tag_list},
};

impl StaticFiles {
    /// Moves a tag, and leaves the list as it was. Returns how many bytes that
    /// freed.
    pub(super) async fn swap_tag(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
    ) -> Result<u64, Failure> {
        let mut freed = 0;
        let present = self.read_release(tag).await.map_err(Failure::undone)?;
        let now = present.as_ref().map(|release| release.index.descriptor().digest);
        let wanted = to.map(|to| &to.digest);
        if now.as_ref() != wanted {
            // A move that was cut off leaves a mixture, which is nobody's.
            if now.as_ref() != expected && !self.is_ours(tag, present.as_deref(), to).await? {
                return Err(moved(now.as_ref()).undone());
            }
            if let Some(present) = &present {
                self.remember(tag, present).await.map_err(Failure::undone)?;
            }
            freed = self.exchange(tag, to, present.as_deref()).await?;
            let after = self.read_release(tag).await.map_err(Failure::unsure)?;
            let after = after.map(|release| release.index.descriptor().digest);
            if after.as_ref() != wanted {
                return Err(moved(after.as_ref()));
            }
        } else if let Some(to) = to {
            self.complete(tag, to, present.as_deref()).await?;
        }
        Ok(freed)
    }

    /// Puts `to` in the place of what a tag names, or removes that. A tag that
    /// is a name for another one is first no such name any more: what the other
    /// one has stays. Returns how many bytes that freed.
    async fn exchange(
        &self,
        tag: &Tag,
        to: Option<&Descriptor>,
        present: Option<&Release>,
    ) -> Result<u64, Failure> {
        let folder = self.folder(tag);
        let is_link = self.objects.is_link(&folder).await?;
        if is_link {
            self.objects.unlink(&folder).await?;
        }
        match to {
            Some(to) => self.write(tag, to, present).await.map(|()| 0),
            None if is_link => Ok(0),
            None => self.remove(tag, present).await,
        }
    }

    /// Puts what was staged for `to` beside the files of `tag`, which names it.
    async fn complete(
        &self,
        tag: &Tag,
        to: &Descriptor,
        present: Option<&Release>,
    ) -> Result<(), Failure> {
        if self.objects.is_link(&self.folder(tag)).await? {
            if !self.names_staged(&to.digest).await?.is_empty() {
                self.exchange(tag, Some(to), present).await?;
            }
            return Ok(());
        }
        self.place_beside(tag, &to.digest).await.map(drop)
    }

    /// Whether `tag` names `to` already, with all that was staged for it.
    pub(super) async fn is_swapped(
        &self,
        tag: &Tag,
        to: Option<&Descriptor>,
    ) -> Result<bool, Failure> {
        let now = self.read_release(tag).await?.map(|release| release.index.descriptor().digest);
        match to {
            _ if now.as_ref() != to.map(|to| &to.digest) => Ok(false),
            Some(to) => Ok(self.names_staged(&to.digest).await?.is_empty()),
            None => Ok(true),
        }
    }

    /// Whether each file under `tag` is one of the release that we are moving
    /// to or from, as after a move that was cut off.
    async fn is_ours(
        &self,
        tag: &Tag,
        present: Option<&Release>,
        to: Option<&Descriptor>,
    ) -> Result<bool, Failure> {
        let noted = self.store.session_get(&self.note(tag))?;
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
    async fn remember(&self, tag: &Tag, release: &Release) -> Result<(), Failure> {
        let index = release.index.descriptor();
        self.store.put(&index, release.index.raw()).await?;
        for manifest in &release.manifests {
            self.store.put(&manifest.descriptor(), manifest.raw()).await?;
        }
        self.store.put(&Descriptor::of(media_type::EMPTY, b"{}"), b"{}").await?;
        for file in &release.files {
            let key = self.file(tag.as_str(), file)?;
            if !self.store.has(file)? && self.lies_at(&key, file).await? {
                self.fetch(&key, file).await?;
            }
        }
        let digests: Vec<&str> = release.files.iter().map(|file| file.digest.as_str()).collect();
        self.store.session_put(&self.note(tag), &digests.join("\n"))
    }

    async fn fetch(&self, key: &str, file: &Descriptor) -> Result<(), Failure> {
        let content = self.objects.open(key, file).await?;
        let mut writer = self.store.writer_of(&file.digest)?;
        each_chunk(&*content, 0..file.size, |chunk| {
            let written = std::io::Write::write_all(&mut writer, chunk);
            written.map_err(|error| Failure::from_io(Side::Local, "content store", &error))
        })
        .await?;
        writer.commit(media_type::OCTET_STREAM, Some(&file.digest))?;
        if content.is_executable() { self.store.make_executable(&file.digest) } else { Ok(()) }
    }

    /// Puts each file to its place, then the document, and removes what the
    /// tag named before and names no more.
    async fn write(
        &self,
        tag: &Tag,
        to: &Descriptor,
        present: Option<&Release>,
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
        let document = self.document(to)?.to_bytes();
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
    async fn remove(&self, tag: &Tag, present: Option<&Release>) -> Result<u64, Failure> {
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

    async fn files_of(&self, index: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        let mut files = Vec::new();
        for root in self.store.successors(index).await? {
            let platform = root.platform.clone();
            let layers = self.store.manifest(&root)?.layers.into_iter();
            files.extend(layers.map(|file| Descriptor { platform: platform.clone(), ..file }));
        }
        Ok(files)
    }

    fn document(&self, index: &Descriptor) -> Result<TagDocument, Failure> {
        let mut flavors = Vec::new();
        for root in self.store.index(index)?.manifests {
            if let Some(platform) = &root.platform {
                flavors.push(Flavor::new(platform, &self.store.manifest(&root)?.layers));
            }
        }
        Ok(TagDocument { flavors })
    }

    pub(super) async fn settle_list(&self, swaps: &[Swap]) -> Result<(), Failure> {
        let listed = Releases { of: self, swaps };
        tag_list::settle(&*self.objects, &self.name, &self.list_key(), &listed).await
    }

    /// The tags that have a document. In a bucket an object without a folder of
    /// its name is another one's, such as a README.
    async fn there(&self) -> Result<Vec<String>, Failure> {
        let Listing { mut keys, folders } =
            self.objects.list(&format!("{PREFIX}/{}/", self.name)).await?;
        let mut tags = Vec::new();
        keys.retain(|key| folders.contains(key));
        let names = if self.document.is_empty() { keys } else { folders };
        for name in names.into_iter().filter(|name| name.parse::<Tag>().is_ok()) {
            let is_there = self.document.is_empty()
                || self.objects.get(&self.document_key(&name)).await?.is_some();
            tags.extend(is_there.then_some(name));
        }
        Ok(tags)
    }
}

/// The releases of a name, after some tags have moved.
struct Releases<'s> {
    of: &'s StaticFiles,
    swaps: &'s [Swap],
}

#[async_trait]
impl tag_list::Listed for Releases<'_> {
    async fn there(&self) -> Result<Vec<String>, Failure> {
        self.of.there().await
    }

    /// New tags come last, or to where they stood; those that are there keep
    /// their places.
    fn order(&self, known: &[String], there: Vec<String>) -> Vec<String> {
        let (is_there, is_known): (HashSet<&String>, HashSet<&String>) =
            (there.iter().collect(), known.iter().collect());
        let stay = known.iter().filter(|tag| is_there.contains(tag));
        let new = there.iter().filter(|tag| !is_known.contains(tag));
        let come_back =
            self.swaps.iter().filter(|swap| !known.iter().any(|of| of == swap.tag.as_str()));
        ranked(stay.chain(new).cloned().collect(), &come_back.cloned().collect::<Vec<_>>())
    }
}
