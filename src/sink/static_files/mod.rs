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

mod confirm;
mod documents;
mod release;
mod shelf;
mod sums;
mod swap;
mod sweep;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use self::{documents::PREFIX, release::Release};
use super::{bucket_lock::Mark, known_content::Spoiled, objects::Objects, tag_list};
use crate::{
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Repository, Side, Tag, media_type,
    },
    net::Locks,
    ports::{
        Attachment, Content, Desk, Moving, Output, Pushed, Sink, Swap, Swapped, Tags, swap_each,
    },
    store::Store,
};

/// The folders of a name in which castoff works: what is staged, and the marks
/// of publishers.
pub(super) const WORK: [&str; 2] = [".staged", ".moving"];

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
    /// Tells this publisher from others: what it stages and marks is named so.
    holder: String,
    /// What is being sent, by digest: platforms share files.
    turns: Locks,
    /// What lies beside releases, as far as it was read, by its digest.
    held: Mutex<HashMap<Digest, Vec<u8>>>,
    /// What was written or read here, by its key, and what is to be written
    /// again.
    spoiled: Spoiled,
    /// What other publishers had staged when this one looked.
    left: OnceCell<Vec<String>>,
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
        let is_taken = |tag: &&Tag| document.strip_prefix('/') == Some(tag.as_str());
        if let Some(tag) = tags.iter().find(is_taken) {
            let what =
                format!("files cannot have the tag `{tag}` in a folder: its list is called so");
            let failure = Failure::new(FailureKind::Invalid, Side::Sink, what);
            return Err(failure.hint("give the release another tag"));
        }
        Ok(Self {
            objects,
            name,
            document,
            tags,
            store,
            holder: "none".to_owned(),
            turns: Locks::default(),
            held: Mutex::default(),
            spoiled: Spoiled::default(),
            left: OnceCell::new(),
            recent: Mutex::default(),
        })
    }

    /// The same, for a publisher that others can tell from themselves.
    #[must_use]
    pub fn held_by(self, holder: &str) -> Self {
        if holder.is_empty() { self } else { Self { holder: holder.to_owned(), ..self } }
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

    /// Where content waits until its tag moves. Each publisher has a folder of
    /// its own, which no other one clears.
    fn staging(&self) -> String {
        format!("{}{}/", self.all_staged(), self.holder)
    }

    fn all_staged(&self) -> String {
        format!("{PREFIX}/{}/{}/", self.name, WORK[0])
    }

    fn staged(&self, digest: &Digest) -> String {
        format!("{}{}", self.staging(), digest.hex())
    }

    /// Takes over what another publisher staged and left. Returns whether
    /// there was such.
    async fn inherit(&self, node: &Descriptor) -> Result<bool, Failure> {
        let left = self
            .left
            .get_or_try_init(async || {
                let all = self.objects.walk(&self.all_staged()).await?;
                Ok::<_, Failure>(all.into_iter().map(|written| written.name).collect::<Vec<_>>())
            })
            .await?;
        let is_it = |name: &&String| name.rsplit('/').next() == Some(node.digest.hex());
        for name in left.iter().filter(is_it) {
            let (from, to) = (format!("{}{name}", self.all_staged()), self.staged(&node.digest));
            if !self.lies_at(&from, node).await? {
                continue;
            }
            match self.objects.copy(&from, &to).await {
                Err(failure) if failure.kind == FailureKind::NotFound => {}
                copied => {
                    copied?;
                    return self.lies_at(&to, node).await;
                }
            }
        }
        Ok(false)
    }

    /// Where all of `tag` lies.
    fn folder(&self, tag: &Tag) -> String {
        format!("{PREFIX}/{}/{tag}", self.name)
    }

    /// Where a file lies under `tag`.
    fn file(&self, tag: &str, node: &Descriptor) -> Result<String, Failure> {
        let path = documents::path(node).ok_or_else(|| {
            let what = format!("{} is no file of a platform", node.digest);
            Failure::new(FailureKind::Internal, Side::Local, what)
        })?;
        Ok(format!("{PREFIX}/{}/{tag}/{path}", self.name))
    }

    /// Moves a tag, where it is the turn of this process, or with a mark that
    /// tells others so.
    async fn swap_one(&self, swap: Swap, is_ours: bool, output: &Output) -> Result<u64, Failure> {
        let Swap { tag, expected, to, .. } = swap;
        let swap = self.swap_tag(&tag, expected.as_ref(), to.as_ref());
        if is_ours {
            return swap.await;
        }
        // What is as it should be is not written, not even a mark.
        if self.is_swapped(&tag, to.as_ref()).await.map_err(Failure::undone)? {
            return Ok(0);
        }
        let (objects, id) = (&*self.objects, self.holder.as_str());
        let folder = format!("{PREFIX}/{}/{}/{tag}/", self.name, WORK[1]);
        Mark { objects, folder, id }.during(output, swap).await
    }

    /// Fails where `file` under `tag` would change what lies under a tag that
    /// does not move.
    async fn refuse_taken_at(&self, tag: &Tag, file: &Descriptor) -> Result<(), Failure> {
        let moving: Vec<String> =
            self.tags.iter().chain([tag]).map(|tag| format!("{}/", self.folder(tag))).collect();
        self.objects.refuse_taken(&self.file(tag.as_str(), file)?, file, &moving).await
    }

    async fn lies_at(&self, key: &str, node: &Descriptor) -> Result<bool, Failure> {
        if self.spoiled.has(key) {
            return Ok(false);
        }
        let info = self.objects.info(key).await?;
        Ok(info.is_some_and(|info| info.is(node)))
    }

    /// Where the content of a file may lie: staged, or under a tag of this
    /// release, unless that is a name for another tag.
    async fn places(&self, node: &Descriptor) -> Result<Vec<String>, Failure> {
        let mut places = vec![self.staged(&node.digest)];
        for tag in &self.tags {
            if !self.objects.is_link(&self.folder(tag)).await? {
                places.push(self.file(tag.as_str(), node)?);
            }
        }
        Ok(places)
    }

    /// Where the content of a file lies: under a tag of this release, staged,
    /// or under the newest tag that there is.
    async fn find(&self, node: &Descriptor) -> Result<Option<String>, Failure> {
        for key in self.places(node).await? {
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
        let is_file = expected.platform.is_some();
        self.mend(expected, &content, desk).await?;
        if self.exists(expected).await? || (is_file && self.inherit(expected).await?) {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Present);
        }
        if !is_file {
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
        self.spoiled.wrote(&key);
        Ok(Pushed::Sent)
    }

    async fn attach(
        &self,
        subject: &Descriptor,
        attachment: &Attachment,
        _output: &Output,
    ) -> Result<bool, Failure> {
        self.stage_beside(subject, &attachment.node).await
    }

    async fn refuse_taken(&self, files: &[Descriptor]) -> Result<(), Failure> {
        for tag in &self.tags {
            for file in files {
                self.refuse_taken_at(tag, file).await?;
            }
        }
        Ok(())
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        // The documents are written when the tag moves.
        if documents::path(node).is_none() { Ok(()) } else { self.read_back(node).await }
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
        output: &Output,
    ) -> Result<(), Failure> {
        let (tag, expected, to) = (tag.clone(), expected.cloned(), to.cloned());
        self.swap_all(&[Swap { tag, expected, to, rank: None }], output).await.all()
    }

    async fn swap_all(&self, swaps: &[Swap], output: &Output) -> Swapped {
        // A folder has one turn for all; in a bucket each tag has its mark.
        let turn = match self.objects.turn(output).await {
            Ok(turn) => turn,
            Err(failure) => return Swapped::none(failure.undone()),
        };
        let is_ours = turn.is_some();
        let swap = |swap: Swap| -> Moving<'_> { Box::pin(self.swap_one(swap, is_ours, output)) };
        let swapped = swap_each(swaps, swaps.iter().cloned().map(swap).collect()).await;
        let settled = self.settle_list(swaps).await;
        drop(turn);
        swapped.then(settled)
    }

    async fn in_order(&self) -> Result<Option<Vec<Tag>>, Failure> {
        let listed = self.listed().await?.unwrap_or_default();
        Ok(Some(listed.iter().filter_map(|name| name.parse().ok()).collect()))
    }

    fn shows_at_once(&self) -> bool {
        self.objects.are_here()
    }

    async fn settle(&self) -> Result<(), Failure> {
        let staging = self.staging();
        for key in self.objects.list(&staging).await?.keys {
            self.objects.delete(&format!("{staging}{key}")).await?;
        }
        Ok(())
    }
}
