//! Images in a bucket as a registry that only serves files.
//!
//! The keys are the paths of the OCI distribution specification
//! (`v2/NAME/manifests/…`, `v2/NAME/blobs/…`, `v2/NAME/tags/list`), each with
//! the content type that clients expect, so that a bucket which is served as a
//! web site is pulled from like any registry. `v2/` and `v2/index.html` answer
//! the ping; a static registry cannot page its tag list.

mod shelf;
mod sweep;

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::{
    attach,
    contention::Rivals,
    failures,
    known_content::Spoiled,
    lease::Lease,
    objects::{Objects, Read, Version},
    tag_list,
};
use crate::{
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Index, Node, Repository, Side, Tag,
        media_type,
    },
    net::Locks,
    ports::{
        Attachment, Content, Desk, Moving, Output, Pushed, Sink, Swap, Swapped, Tags, swap_each,
    },
};

/// What answers the ping.
const PING: [&str; 2] = ["v2/", "v2/index.html"];

/// How often a tag is written that others write, and still names what it did.
const ROUNDS: usize = 8;

/// One repository of a static registry.
pub struct StaticRegistry {
    objects: Arc<dyn Objects>,
    repository: Repository,
    /// The tags that this run moves.
    tags: Vec<Tag>,
    /// All that these needed when it was asked first.
    named: OnceCell<HashSet<Digest>>,
    /// What is being sent, by digest: platforms share layers.
    turns: Locks,
    /// What was written or read here, and what is to be written again.
    spoiled: Spoiled,
    /// Tells others that castoff relies on what is there, or sweeps it.
    pub(super) lease: Lease,
}

impl StaticRegistry {
    /// The images named `repository` in `objects`. What is left there
    /// meanwhile for other publishers to see is named `holder`.
    #[must_use]
    pub fn new(objects: Arc<dyn Objects>, repository: Repository, holder: &str) -> Self {
        let lease = Lease::new(format!("v2/{repository}/.castoff/"), holder.to_owned());
        Self {
            objects,
            repository,
            tags: Vec::new(),
            named: OnceCell::new(),
            turns: Locks::default(),
            spoiled: Spoiled::default(),
            lease,
        }
    }

    /// The same, for a run that moves `tags`.
    #[must_use]
    pub fn moving(self, tags: Vec<Tag>) -> Self {
        Self { tags, ..self }
    }

    /// The same, for a run that another process began.
    #[must_use]
    pub fn taken_over(self) -> Self {
        Self { lease: self.lease.taken_over(), ..self }
    }

    /// Whether what is there stays there until the tags have moved: what the
    /// tags name that this run moves does, since they would not move after
    /// somebody took it away; for the rest others are told.
    async fn may_rely_on(&self, node: &Descriptor, output: &Output) -> Result<bool, Failure> {
        if self.named().await?.contains(&node.digest) {
            return Ok(true);
        }
        self.hold(output).await?;
        // It may have been swept away just before that.
        self.exists(node).await
    }

    /// All that the tags need that this run moves.
    async fn named(&self) -> Result<&HashSet<Digest>, Failure> {
        let read = async || {
            let mut named = HashSet::new();
            let mut below = Vec::new();
            for tag in &self.tags {
                below.extend(self.resolve(tag).await?);
            }
            while let Some(node) = below.pop() {
                if named.insert(node.digest.clone()) && node.is_manifest() {
                    let Some(bytes) = self.objects.get(&self.key(&node)).await? else { continue };
                    let parsed = Node::parse(bytes, node.media_type.as_str());
                    below.extend(parsed.iter().flat_map(Node::successors));
                }
            }
            Ok(named)
        };
        self.named.get_or_try_init(read).await
    }

    /// What every key of the repository begins with, ending in a slash.
    pub(super) fn root(&self) -> String {
        format!("v2/{}/", self.repository)
    }

    pub(super) fn objects(&self) -> &dyn Objects {
        &*self.objects
    }

    pub(super) fn list_key(&self) -> String {
        format!("v2/{}/tags/list", self.repository)
    }

    pub(super) fn key(&self, node: &Descriptor) -> String {
        let folder = if node.is_manifest() { "manifests" } else { "blobs" };
        format!("v2/{}/{folder}/{}", self.repository, node.digest)
    }

    pub(super) fn tag_key(&self, tag: &Tag) -> String {
        format!("v2/{}/manifests/{tag}", self.repository)
    }

    /// Where the list of what is about `subject` lies, as clients ask for it.
    fn referrers_key(&self, subject: &Digest) -> String {
        format!("v2/{}/referrers/{subject}", self.repository)
    }

    /// The manifests that name `subject` as theirs: those of the list, and of
    /// the index that others keep under a tag.
    pub(super) async fn listed(&self, subject: &Digest) -> Result<Vec<Descriptor>, Failure> {
        Ok(self.referrers_seen(subject).await?.0.manifests)
    }

    /// The same, and which writing of the list that was; none where there is
    /// no list.
    async fn referrers_seen(&self, subject: &Digest) -> Result<(Index, Option<Version>), Failure> {
        let mut found: Option<Index> = None;
        let (key, tag_key) = (self.referrers_key(subject), self.tag_key(&Tag::about(subject, "")));
        let listed = self.objects.read(&key).await?;
        let (listed, seen) = listed.map(|Read { bytes, version }| (bytes, version)).unzip();
        let tagged = self.objects.get(&tag_key).await?;
        for (key, bytes) in [(key, listed), (tag_key, tagged)] {
            let Some(bytes) = bytes else { continue };
            let parsed = Node::parse(bytes, media_type::INDEX).map_err(|error| {
                failures::unreadable(&error, self.objects.show(&key))
                    .hint("restore it, or remove it and attach again what it listed")
            })?;
            let Node::Index(index) = parsed else { continue };
            found = Some(match found {
                Some(found) => found.and(index.manifests),
                None => index,
            });
        }
        Ok((found.unwrap_or_else(|| Index::listing(Vec::new())), seen))
    }

    /// Adds to the list of what is about `subject`: read, added to, written
    /// and read again, so that of two who add at once neither is lost.
    async fn refer(&self, subject: &Digest, referrer: &Descriptor) -> Result<(), Failure> {
        let key = self.referrers_key(subject);
        let mut rivals = Rivals::default();
        loop {
            let (known, seen) = self.referrers_seen(subject).await?;
            if known.manifests.iter().any(|node| node.digest == referrer.digest) {
                return Ok(());
            }
            let list = known.and(vec![referrer.clone()]);
            match self.objects.replace(&key, seen.as_ref(), list.raw(), media_type::INDEX).await {
                Err(failure) if Rivals::caused(&failure) => {}
                written => written?,
            }
            rivals.wait(&self.objects.show(&key)).await?;
        }
    }

    pub(super) async fn settle_list(&self) -> Result<(), Failure> {
        tag_list::settle(&*self.objects, self.repository.as_str(), &self.list_key(), self).await
    }

    async fn answer_ping(&self) -> Result<(), Failure> {
        for key in PING {
            if self.objects.info(key).await?.is_none() {
                self.objects.put(key, b"{}", "application/json").await?;
            }
        }
        Ok(())
    }

    /// What is under `tag`, and which writing of it that is; none where there
    /// is no such tag.
    async fn seen(&self, tag: &Tag) -> Result<Option<(Descriptor, Version)>, Failure> {
        let key = self.tag_key(tag);
        let Some(Read { bytes, version }) = self.objects.read(&key).await? else {
            return Ok(None);
        };
        let media_type = Node::sniff(&bytes).ok_or_else(|| {
            let what = format!("{} is no manifest", self.objects.show(&key));
            Failure::new(FailureKind::Protocol, Side::Sink, what)
                .hint("restore it, or remove it and release the tag again")
        })?;
        Ok(Some((Descriptor::of(&media_type, &bytes), version)))
    }

    /// Puts `to` in the place of what was `seen` under a tag, or removes that.
    async fn write(
        &self,
        tag: &Tag,
        seen: Option<&Version>,
        to: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let Some(to) = to else {
            return match seen {
                Some(seen) => self.objects.remove(&self.tag_key(tag), seen).await,
                None => Ok(()),
            };
        };
        let key = self.key(to);
        let missing = || Failure::new(FailureKind::NotFound, Side::Sink, self.objects.show(&key));
        let bytes = self.objects.get(&key).await?.ok_or_else(missing)?;
        if !to.digest.is_of(&bytes) {
            return Err(wrong(&self.objects.show(&key)));
        }
        self.answer_ping().await?;
        self.objects.replace(&self.tag_key(tag), seen, &bytes, to.media_type.as_str()).await
    }

    /// Moves `tag` once. Where another publisher's write came in between, what
    /// is there now decides: only a third thing is a conflict.
    async fn move_tag(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let wanted = to.map(|to| &to.digest);
        let mut rivals = Rivals::default();
        for round in 1.. {
            let seen = self.seen(tag).await.map_err(Failure::undone)?;
            let (now, seen) = seen.map(|(now, seen)| (now.digest, seen)).unzip();
            if now.as_ref() == wanted {
                return Ok(());
            }
            if now.as_ref() != expected {
                return Err(failures::moved(now.as_ref()).undone());
            }
            match self.write(tag, seen.as_ref(), to).await {
                Err(failure) if Rivals::caused(&failure) && round < ROUNDS => {
                    rivals.wait(&self.objects.show(&self.tag_key(tag))).await?;
                }
                Ok(()) => break,
                Err(failure) => return Err(failure),
            }
        }
        let after = self.resolve(tag).await.map_err(Failure::unsure)?;
        let after = after.map(|after| after.digest);
        if after.as_ref() == wanted { Ok(()) } else { Err(failures::moved(after.as_ref())) }
    }
}

#[async_trait]
impl tag_list::Listed for StaticRegistry {
    /// Every manifest that is not named by its digest.
    async fn there(&self) -> Result<Vec<String>, Failure> {
        let listing = self.objects.list(&format!("v2/{}/manifests/", self.repository)).await?;
        Ok(listing.keys.into_iter().filter(|key| key.parse::<Tag>().is_ok()).collect())
    }

    /// The specification wants them in lexical order.
    fn order(&self, _known: &[String], mut there: Vec<String>) -> Vec<String> {
        there.sort();
        there
    }
}

fn wrong(what: &str) -> Failure {
    Failure::new(FailureKind::Integrity, Side::Sink, format!("{what} is not what its name says"))
}

#[async_trait]
impl Sink for StaticRegistry {
    async fn check(&self, _kind: ArtifactKind) -> Result<(), Failure> {
        self.objects.check().await
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        if self.spoiled.has(node.digest.as_str()) {
            return Ok(false);
        }
        let info = self.objects.info(&self.key(node)).await?;
        Ok(info.is_some_and(|info| info.is(node)))
    }

    async fn push(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        let _turn = self.turns.lock(expected.digest.as_str()).await;
        if self.exists(expected).await? && self.may_rely_on(expected, &desk.output).await? {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Present);
        }
        let key = self.key(expected);
        let content_type = if expected.is_manifest() {
            expected.media_type.as_str()
        } else {
            media_type::OCTET_STREAM
        };
        desk.output.line(format!("{} → {}", expected.digest, self.objects.show(&key)));
        self.objects.put_content(&key, expected, content, content_type, &desk.meter).await?;
        self.spoiled.wrote(expected.digest.as_str());
        Ok(Pushed::Sent)
    }

    async fn hold(&self, output: &Output) -> Result<(), Failure> {
        self.lease.hold(&*self.objects, output).await
    }

    async fn let_go(&self) -> Result<(), Failure> {
        self.lease.let_go(&*self.objects).await
    }

    async fn attach(
        &self,
        subject: &Descriptor,
        attachment: &Attachment,
        output: &Output,
    ) -> Result<bool, Failure> {
        match &attachment.tag {
            Some(tag) => attach::tagged(self, tag, &attachment.node, output).await?,
            None => self.refer(&subject.digest, &attachment.node).await?,
        }
        Ok(true)
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        // Platforms share layers, and one reading is enough.
        let _turn = self.turns.lock(node.digest.as_str()).await;
        let confirmed = self.read_back(node).await;
        self.spoiled.note(node.digest.as_str(), &confirmed);
        confirmed
    }
}

impl StaticRegistry {
    async fn read_back(&self, node: &Descriptor) -> Result<(), Failure> {
        let key = self.key(node);
        let name = || self.objects.show(&key);
        if node.is_manifest() {
            let missing = || Failure::new(FailureKind::NotFound, Side::Sink, name());
            let bytes = self.objects.get(&key).await?.ok_or_else(missing)?;
            return if node.digest.is_of(&bytes) { Ok(()) } else { Err(wrong(&name())) };
        }
        match self.objects.info(&key).await? {
            None => Err(Failure::new(FailureKind::NotFound, Side::Sink, name())),
            Some(info) if info.is_other(node) => Err(wrong(&name())),
            Some(_) if self.spoiled.is_known(node.digest.as_str()) => Ok(()),
            Some(info)
                if info.digest.is_some() && self.spoiled.is_enough(node, node.digest.as_str()) =>
            {
                Ok(())
            }
            Some(_) if self.objects.digest(&key, node).await? == node.digest => Ok(()),
            Some(_) => Err(wrong(&name())),
        }
    }
}

#[async_trait]
impl Tags for StaticRegistry {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        Ok(self.seen(tag).await?.map(|(now, _)| now))
    }

    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        _output: &Output,
    ) -> Result<(), Failure> {
        self.move_tag(tag, expected, to).await?;
        // The publisher that moved the tag may have died before the list was
        // right.
        self.settle_list().await.map_err(Failure::unsure)
    }

    fn shows_at_once(&self) -> bool {
        self.objects.are_here()
    }

    async fn swap_all(&self, swaps: &[Swap], _output: &Output) -> Swapped {
        let swap = |Swap { tag, expected, to, .. }: Swap| -> Moving<'_> {
            Box::pin(async move {
                self.move_tag(&tag, expected.as_ref(), to.as_ref()).await.map(|()| 0)
            })
        };
        let swapped = swap_each(swaps, swaps.iter().cloned().map(swap).collect()).await;
        swapped.then(self.settle_list().await)
    }
}
