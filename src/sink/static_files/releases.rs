//! Releases that are read, and those that were read last.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, PoisonError},
};

use super::{
    StaticFiles,
    documents::{Flavor, PREFIX, Resource, TagDocument, is_plain},
    release::FilesRelease,
};
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Index, Manifest, Side, Tag, media_type},
    sink::{
        failures::unreadable,
        objects::{ObjectVersion, Read},
        tag_list,
    },
};

/// How many releases are remembered.
const RECENT: usize = 64;

impl StaticFiles {
    pub(in crate::sink) fn document_key(&self, tag: &str) -> String {
        format!("{PREFIX}/{}/{tag}{}", self.name, self.document)
    }

    pub(super) fn list_key(&self) -> String {
        format!("{PREFIX}/{}{}", self.name, self.document)
    }

    /// The tag that was added last.
    pub(super) async fn newest_tag(&self) -> Result<Option<String>, Failure> {
        let list = tag_list::known(&*self.objects, &self.list_key()).await?;
        Ok(list.and_then(|mut list| list.tags.pop()).filter(|tag| tag.parse::<Tag>().is_ok()))
    }

    /// The bytes that one of the releases that were read last has under a
    /// digest.
    pub(in crate::sink) fn document_of(&self, digest: &Digest) -> Option<Vec<u8>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().rev().find_map(|release| Some(release.document(digest)?.to_vec()))
    }

    /// What describes the index or a manifest of one of the releases that were
    /// read last.
    pub(in crate::sink) fn described(&self, digest: &Digest) -> Option<Descriptor> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let nodes = recent.iter().rev().flat_map(|release| {
            let manifests = release.manifests.iter().map(Manifest::descriptor);
            manifests.chain([release.index.descriptor()])
        });
        nodes.into_iter().find(|node| node.digest == *digest)
    }

    /// The tag under which one of the releases that were read last lies.
    pub(super) fn tag_of(&self, index: &Digest) -> Option<Tag> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut releases = recent.iter().rev();
        let found = releases.find(|release| release.index.descriptor().digest == *index);
        found.map(|release| release.tag.clone())
    }

    /// Where a file of one of the releases that were read last lies. The same
    /// content may lie at several paths.
    pub(in crate::sink) fn key_of(&self, node: &Descriptor) -> Option<String> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().rev().find_map(|release| {
            let same = || release.files.iter().filter(|file| file.digest == node.digest);
            let at_path =
                |file: &&Descriptor| file.platform == node.platform && file.title() == node.title();
            let file = same().find(at_path).or_else(|| same().next())?;
            self.file(release.tag.as_str(), file).ok()
        })
    }

    /// The release that `tag` names; none where there is none.
    pub(super) async fn read_release(
        &self,
        tag: &Tag,
    ) -> Result<Option<Arc<FilesRelease>>, Failure> {
        let Some((document, version)) = self.document_at(tag).await? else { return Ok(None) };
        let (mut manifests, mut roots, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for flavor in &document.flavors {
            let layers = self.layers(tag, flavor).await?;
            files.extend(layers.iter().map(|layer| layer.clone().on(flavor.platform())));
            let manifest = Manifest::of_artifact(media_type::FILES, layers);
            roots.push(manifest.descriptor().on(flavor.platform()));
            manifests.push(manifest);
        }
        let release = Arc::new(FilesRelease {
            tag: tag.clone(),
            version,
            index: Index::of(roots),
            manifests,
            files,
        });
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back(Arc::clone(&release));
        if recent.len() > RECENT {
            recent.pop_front();
        }
        Ok(Some(release))
    }

    /// Lets go of the releases that were read.
    pub(super) fn forget_releases(&self) {
        *self.recent.lock().unwrap_or_else(PoisonError::into_inner) = VecDeque::new();
    }

    async fn document_at(
        &self,
        tag: &Tag,
    ) -> Result<Option<(TagDocument, ObjectVersion)>, Failure> {
        let key = self.document_key(tag.as_str());
        let Some(Read { bytes, version }) = self.objects.read(&key).await? else {
            return Ok(None);
        };
        let document = serde_json::from_slice(&bytes).map_err(|error| {
            unreadable(&error, self.objects.show(&key))
                .hint("restore it, or remove it and release the tag again")
        })?;
        Ok(Some((document, version)))
    }

    /// Where the files of `tag` lie below it; none where there is no such tag.
    pub(in crate::sink) async fn paths_of(
        &self,
        tag: &Tag,
    ) -> Result<Option<HashSet<String>>, Failure> {
        let Some((document, _)) = self.document_at(tag).await? else { return Ok(None) };
        let paths = document.flavors.iter().flat_map(|flavor| {
            let platform = &flavor.platform;
            let path = move |resource: &Resource| {
                format!("{}/{}/{}", platform.os, platform.architecture, resource.path)
            };
            flavor.resources.iter().map(path)
        });
        Ok(Some(paths.collect()))
    }

    async fn layers(&self, tag: &Tag, flavor: &Flavor) -> Result<Vec<Descriptor>, Failure> {
        let mut layers = Vec::new();
        for resource in &flavor.resources {
            let platform = &flavor.platform;
            let path = format!("{}/{}/{}", platform.os, platform.architecture, resource.path);
            if !is_plain(&path) {
                let what = format!("the document of `{tag}` names the file `{path}`");
                return Err(Failure::new(FailureKind::Protocol, Side::Sink, what));
            }
            let key = format!("{PREFIX}/{}/{tag}/{path}", self.name);
            layers.push(self.layer(&key).await?.titled(flavor.title(resource)));
        }
        Ok(layers)
    }

    /// A file's descriptor. One that another tool wrote, and of which nothing
    /// is noted, is read to know its digest.
    async fn layer(&self, key: &str) -> Result<Descriptor, Failure> {
        let Some(info) = self.objects.info(key).await? else {
            // A release that lacks a file is something else than a whole one.
            return Ok(Descriptor::of(media_type::OCTET_STREAM, b"missing"));
        };
        let known =
            info.digest.map(|digest| Descriptor::new(media_type::OCTET_STREAM, digest, info.size));
        if let Some(known) = known {
            return Ok(known);
        }
        let unknown = Descriptor::new(media_type::OCTET_STREAM, Digest::of(b""), info.size);
        let read = self.objects.digest(key, &unknown).await?;
        Ok(Descriptor::new(media_type::OCTET_STREAM, read, info.size))
    }
}
