//! `SHA256SUMS` and its signatures, which lie beside the files of a tag.
//!
//! They come as the layers of a manifest about the release's index, and are
//! staged under its digest until a tag names it. The documents do not know
//! them; they go when their tag does.

use std::sync::PoisonError;

use super::{StaticFiles, documents::PREFIX};
use crate::{
    model::{Descriptor, Digest, Failure, Manifest, Tag, media_type},
    ports::{Attachment, Content, Store as _, read_small},
};

/// What may lie beside the files of a tag, the sums first.
pub(in crate::sink) const NAMES: [&str; 3] = ["SHA256SUMS", "SHA256SUMS.asc", "SHA256SUMS.minisig"];

/// The most that one of them has, in bytes.
const LIMIT: u64 = 4 << 20;

impl StaticFiles {
    /// Stages what is about `subject`. Returns whether there is a place for
    /// it.
    pub(super) async fn stage_beside(
        &self,
        subject: &Descriptor,
        node: &Descriptor,
    ) -> Result<bool, Failure> {
        let layers = self.store.read_manifest(node).await?.layers;
        let is_known = |layer: &Descriptor| layer.title().is_some_and(|of| NAMES.contains(&of));
        if layers.is_empty() || !layers.iter().all(is_known) {
            return Ok(false);
        }
        for layer in &layers {
            let key = self.staged_beside(&subject.digest, layer.title().unwrap_or_default());
            let bytes = self.store.read_document(layer).await?;
            self.objects.put(&key, &bytes, media_type::OCTET_STREAM).await?;
        }
        Ok(true)
    }

    /// Takes content that will lie beside files; it is small.
    pub(super) async fn take_beside(
        &self,
        node: &Descriptor,
        content: &dyn Content,
    ) -> Result<(), Failure> {
        let bytes = read_small(content, LIMIT).await;
        self.store.put(node, &bytes.map_err(|failure| failure.context(&node.digest))?).await
    }

    /// Puts what was staged for `index` beside the files of `tag`, and returns
    /// its names.
    pub(super) async fn place_beside(
        &self,
        tag: &Tag,
        index: &Digest,
    ) -> Result<Vec<&'static str>, Failure> {
        let staged = self.names_staged(index).await?;
        for name in &staged {
            let to = self.beside(tag, name);
            self.objects.copy(&self.staged_beside(index, name), &to).await?;
        }
        Ok(staged)
    }

    /// Takes away what lies beside the files of `tag`, but for the names that
    /// are `kept`.
    pub(super) async fn clear_beside(&self, tag: &Tag, kept: &[&str]) -> Result<(), Failure> {
        for name in self.names_beside(tag).await? {
            if !kept.contains(&name) {
                self.objects.delete(&self.beside(tag, name)).await?;
            }
        }
        Ok(())
    }

    /// What is about a release, staged or beside the files of a tag that was
    /// read: a manifest for each signature, or one for the sums alone.
    pub(in crate::sink) async fn about(&self, index: &Digest) -> Result<Vec<Attachment>, Failure> {
        let mut keys: Vec<(&str, String)> = Vec::new();
        for name in self.names_staged(index).await? {
            keys.push((name, self.staged_beside(index, name)));
        }
        if let Some(tag) = self.tag_of(index) {
            let mut names = self.names_beside(&tag).await?;
            names.retain(|name| keys.iter().all(|(known, _)| known != name));
            keys.extend(names.into_iter().map(|name| (name, self.beside(&tag, name))));
        }
        let mut layers = Vec::new();
        for (name, key) in keys {
            if let Some(bytes) = self.objects.get(&key).await? {
                layers.push(self.hold(&bytes).titled(name));
            }
        }
        let Some((sums, signatures)) = layers.split_first() else { return Ok(Vec::new()) };
        let alone = signatures.is_empty().then(|| vec![sums.clone()]);
        let pairs = signatures.iter().map(|signature| vec![sums.clone(), signature.clone()]);
        Ok(alone.into_iter().chain(pairs).map(|layers| self.attachment(index, layers)).collect())
    }

    /// The bytes of what is about a release, as far as they were read.
    pub(in crate::sink) fn held(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    /// The bytes of a manifest with staged files, as this machine has it.
    pub(super) async fn staged_document(&self, node: &Descriptor) -> Option<Vec<u8>> {
        if !node.is_manifest() {
            return None;
        }
        self.store.read_document(node).await.ok()
    }

    fn attachment(&self, index: &Digest, layers: Vec<Descriptor>) -> Attachment {
        let manifest = match self.described(index) {
            Some(subject) => {
                let config = Descriptor::of(media_type::EMPTY, b"{}");
                Manifest::about(subject, config, layers, media_type::SUMS)
            }
            None => Manifest::of_artifact(media_type::SUMS, layers),
        };
        self.hold(manifest.raw());
        Attachment { tag: None, node: manifest.descriptor() }
    }

    fn hold(&self, bytes: &[u8]) -> Descriptor {
        let node = Descriptor::of(media_type::OCTET_STREAM, bytes);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(node.digest.clone(), bytes.to_vec());
        node
    }

    fn beside(&self, tag: &Tag, name: &str) -> String {
        format!("{PREFIX}/{}/{tag}/{name}", self.name)
    }

    fn staged_beside(&self, index: &Digest, name: &str) -> String {
        format!("{}.{name}", self.staged(index))
    }

    pub(super) async fn names_staged(&self, index: &Digest) -> Result<Vec<&'static str>, Failure> {
        let listing = self.objects.list(&self.staging()).await?;
        let is_there = |name: &str| {
            let key = format!("{}.{name}", index.hex());
            listing.keys.contains(&key)
        };
        Ok(NAMES.into_iter().filter(|name| is_there(name)).collect())
    }

    async fn names_beside(&self, tag: &Tag) -> Result<Vec<&'static str>, Failure> {
        let listing = self.objects.list(&format!("{PREFIX}/{}/{tag}/", self.name)).await?;
        let is_there = |name: &&str| listing.keys.iter().any(|key| key == name);
        Ok(NAMES.into_iter().filter(is_there).collect())
    }
}
