//! Files in a bucket or a folder, in the layout `df-dist-v1`.
//!
//! A file lies at `df-dist-v1/NAME/TAG/OS/ARCH[/VARIANT]/PATH`; the document
//! `df-dist-v1/NAME/TAG` says which files there are, and `df-dist-v1/NAME`
//! which tags. In a folder a document is the `index.json` of the folder of its
//! name, since a file cannot be a folder too.
//!
//! The tag is part of each key, so content is first staged by its digest, and
//! copied to its places, which costs no transfer, when the tag moves: a new tag
//! appears whole, its document last. A tag that is replaced has a short window
//! in which some of its files are new and some are old.
//!
//! `SHA256SUMS` and its signatures, where they are made, lie beside the files
//! of a tag: `df-dist-v1/NAME/TAG/SHA256SUMS`.
//!
//! A tag's content is told from outside as the index that would describe it
//! (see [`release`]), so that it has a digest like any other.

mod beside;
mod documents;
mod release;
mod swap;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;

pub(super) use self::beside::NAMES;
use self::{documents::PREFIX, release::Release};
use super::{objects::Objects, tag_list};
use crate::{
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Repository, Side, Tag, media_type,
    },
    net::Locks,
    ports::{Attachment, Content, Desk, Pushed, Sink, Swap, Swapped, Tags},
    store::Store,
};

/// The releases of one name.
pub struct StaticFiles {
    objects: Arc<dyn Objects>,
    name: String,
    /// What a document's key ends in.
    document: &'static str,
    /// The tags that this release will move, where content may lie already.
    tags: Vec<Tag>,
    /// Knows the releases that were made here.
    store: Arc<Store>,
    /// What is being sent, by digest: platforms share files.
    turns: Locks,
    /// What lies beside releases, as far as it was read, by its digest.
    held: Mutex<HashMap<Digest, Vec<u8>>>,
    /// The releases that were read last, by which their digests are known.
    recent: Mutex<VecDeque<Arc<Release>>>,
}

impl StaticFiles {
    /// The releases named `repository` in a bucket.
    ///
    /// # Errors
    ///
    /// Fails where the name has a slash: `NAME/TAG` could be either.
    pub fn in_bucket(
        objects: Arc<dyn Objects>,
        repository: &Repository,
        tags: Vec<Tag>,
        store: Arc<Store>,
    ) -> Result<Self, Failure> {
        Self::new(objects, repository, "", tags, store)
    }

    /// The releases named `repository` in a folder.
    ///
    /// # Errors
    ///
    /// Fails where the name has a slash.
    pub fn in_folder(
        objects: Arc<dyn Objects>,
        repository: &Repository,
        tags: Vec<Tag>,
        store: Arc<Store>,
    ) -> Result<Self, Failure> {
        Self::new(objects, repository, "/index.json", tags, store)
    }

    fn new(
        objects: Arc<dyn Objects>,
        repository: &Repository,
        document: &'static str,
        tags: Vec<Tag>,
        store: Arc<Store>,
    ) -> Result<Self, Failure> {
        let name = repository.to_string();
        if name.contains('/') {
            let what = format!("`{name}` cannot name files: a slash would make NAME/TAG ambiguous");
            let failure = Failure::new(FailureKind::Invalid, Side::Sink, what);
            return Err(failure.hint("set `repository` of the artifact to a name without a slash"));
        }
        Ok(Self {
            objects,
            name,
            document,
            tags,
            store,
            turns: Locks::default(),
            held: Mutex::default(),
            recent: Mutex::default(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What every key of the name begins with, ending in a slash.
    pub(super) fn root(&self) -> String {
        format!("{PREFIX}/{}/", self.name)
    }

    pub(super) fn objects(&self) -> &dyn Objects {
        &*self.objects
    }

    /// The tags, in the order of their list.
    pub(super) async fn listed(&self) -> Result<Option<Vec<String>>, Failure> {
        let list = tag_list::read(&*self.objects, &self.list_key()).await?;
        Ok(list.map(|list| list.tags))
    }

    /// Where content waits until its tag moves.
    fn staged(&self, digest: &Digest) -> String {
        format!("{PREFIX}/{}/.staged/{}", self.name, digest.hex())
    }

    /// Where a file lies under `tag`.
    fn file(&self, tag: &str, node: &Descriptor) -> Result<String, Failure> {
        let path = documents::path(node).ok_or_else(|| {
            let what = format!("{} is no file of a platform", node.digest);
            Failure::new(FailureKind::Internal, Side::Local, what)
        })?;
        Ok(format!("{PREFIX}/{}/{tag}/{path}", self.name))
    }

    async fn lies_at(&self, key: &str, node: &Descriptor) -> Result<bool, Failure> {
        let info = self.objects.info(key).await?;
        Ok(info.is_some_and(|info| info.is(node)))
    }

    /// Where the content of a file lies: under a tag of this release, staged,
    /// or under the newest tag that there is.
    async fn find(&self, node: &Descriptor) -> Result<Option<String>, Failure> {
        let mut keys = vec![self.staged(&node.digest)];
        for tag in &self.tags {
            keys.push(self.file(tag.as_str(), node)?);
        }
        for key in keys {
            if self.lies_at(&key, node).await? {
                return Ok(Some(key));
            }
        }
        // The list is only read for what is nowhere else.
        let Some(newest) = self.newest_tag().await? else { return Ok(None) };
        let key = self.file(&newest, node)?;
        Ok(self.lies_at(&key, node).await?.then_some(key))
    }
}

#[async_trait]
impl Sink for StaticFiles {
    async fn check(&self, kind: ArtifactKind) -> Result<(), Failure> {
        if kind != ArtifactKind::Files {
            return Err(Failure::new(FailureKind::Invalid, Side::Sink, "only files go here"));
        }
        self.objects.check().await
    }

    async fn room(&self) -> Result<Option<u64>, Failure> {
        self.objects.room()
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        // The documents are written from the index when the tag moves.
        if node.title().is_none() {
            return Ok(true);
        }
        // What is no file of a platform is put beside them then.
        if node.platform.is_none() {
            return self.store.has(node);
        }
        Ok(self.find(node).await?.is_some())
    }

    async fn push(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        let _turn = self.turns.lock(expected.digest.as_str()).await;
        if self.exists(expected).await? {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Present);
        }
        if expected.platform.is_none() {
            self.take_beside(expected, &*content).await?;
            return Ok(Pushed::Sent);
        }
        let key = self.staged(&expected.digest);
        desk.output.line(format!(
            "{} → {}",
            expected.title().unwrap_or_default(),
            self.objects.show(&key)
        ));
        self.objects
            .put_content(&key, expected, content, media_type::OCTET_STREAM, &desk.meter)
            .await?;
        Ok(Pushed::Sent)
    }

    async fn attach(&self, subject: &Descriptor, attachment: &Attachment) -> Result<bool, Failure> {
        self.stage_beside(subject, &attachment.node).await
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        if node.platform.is_none() || self.exists(node).await? {
            return Ok(());
        }
        let what = format!("{} is not there", node.title().unwrap_or_default());
        Err(Failure::new(FailureKind::NotFound, Side::Sink, what))
    }
}

#[async_trait]
impl Tags for StaticFiles {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        Ok(self.read_release(tag).await?.map(|release| release.index.descriptor()))
    }

    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let (tag, expected, to) = (tag.clone(), expected.cloned(), to.cloned());
        self.swap_tags(&[Swap { tag, expected, to, rank: None }]).await.all()
    }

    async fn swap_all(&self, swaps: &[Swap]) -> Swapped {
        self.swap_tags(swaps).await
    }

    async fn in_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        let listed = self.listed().await?.unwrap_or_default();
        Ok(Some(listed.iter().filter_map(|name| name.parse().ok()).collect()))
    }

    fn shows_at_once(&self) -> bool {
        self.objects.are_here()
    }

    async fn settle(&self) -> Result<(), Failure> {
        let listing = self.objects.list(&format!("{PREFIX}/{}/.staged/", self.name)).await?;
        for key in listing.keys {
            self.objects.delete(&format!("{PREFIX}/{}/.staged/{key}", self.name)).await?;
        }
        Ok(())
    }
}
