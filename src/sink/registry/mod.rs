//! A repository of an OCI registry, as a place of the engine.
//!
//! Registries cannot move a tag on a condition, so [`RegistrySink::swap`]
//! looks before and after: a writer that comes between is seen, and named,
//! but not kept from writing.

mod shelf;
mod sweep;

use std::{
    collections::BTreeSet,
    ops::Range,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
pub use shelf::RegistryCatalog;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{
    attach,
    known_content::{READ_WHOLE, Spoiled},
};
use crate::{
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT, Repository, Side,
        Tag,
    },
    net::Locks,
    ports::{
        Attachment, Content, Desk, Meter, Output, Pushed, Sink, Tags, all_tags, hash, read_node,
        resolve_all,
    },
    registry::{Blob, Client, ManifestName, Removal, Stored, There, Untagged, parting},
};

/// One repository of a registry.
#[derive(Clone, Debug)]
pub struct RegistrySink {
    client: Arc<Client>,
    repository: Repository,
    /// What is to be told of the tags that moved.
    remarks: Arc<Mutex<Vec<String>>>,
    /// The tags that are about to be removed.
    leaving: Arc<Mutex<BTreeSet<Tag>>>,
    /// What was written or read here, and what is to be written again.
    spoiled: Arc<Spoiled>,
    /// What is being sent or read, by digest: platforms share layers.
    turns: Arc<Locks>,
}

/// Content as the registry's client takes it, with its progress counted.
struct Counted {
    content: Arc<dyn Content>,
    meter: Meter,
}

impl RegistrySink {
    /// The repository at the client's registry. Touches no network.
    #[must_use]
    pub fn new(client: Arc<Client>, repository: Repository) -> Self {
        Self {
            client,
            repository,
            remarks: Arc::default(),
            leaving: Arc::default(),
            spoiled: Arc::default(),
            turns: Arc::default(),
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    async fn push_manifest(
        &self,
        expected: &Descriptor,
        content: &dyn Content,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        if self.exists(expected).await? {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Present);
        }
        let bytes = read_manifest(expected, content).await?;
        let name = ManifestName::Digest(&expected.digest);
        self.client
            .put_manifest(&self.repository, name, expected.media_type.as_str(), bytes)
            .await?;
        desk.meter.advance(expected.size);
        Ok(Pushed::Sent)
    }

    async fn push_blob(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        check_size(expected, content.size())?;
        let _turn = self.turns.lock(expected.digest.as_str()).await;
        let blob = Arc::clone(&content);
        let blob = Arc::new(Counted { content: blob, meter: desk.meter.clone() });
        let (digest, size) = (&expected.digest, expected.size);
        let is_wrong = self.spoiled.has(digest.as_str());
        let there = if is_wrong { There::Wrong } else { There::Unknown };
        let stored = self.client.push_blob(&self.repository, digest, size, blob, there).await;
        if stored.as_ref().is_err_and(|failure| failure.kind == FailureKind::Integrity) {
            // Whether it is ours that is wrong shows when it is read whole.
            hash(&*content, 0..size, digest.hasher()).await?;
        }
        let stored = stored?;
        if stored == Stored::Sent {
            // The registry hashed it when it took it.
            self.spoiled.wrote(digest.as_str());
        }
        Ok(match stored {
            Stored::Sent => Pushed::Sent,
            Stored::Mounted => Pushed::Mounted,
            Stored::Present => Pushed::Present,
        })
    }

    /// Shows the registry's warnings where the operator looks.
    fn pass_warnings(&self, desk: &Desk) {
        for warning in self.client.take_warnings() {
            desk.output.line(warning);
        }
    }

    fn missing(&self, node: &Descriptor) -> Failure {
        let why = format!("{} is not there", node.digest);
        Failure::new(FailureKind::NotFound, Side::Sink, why).context(self.name())
    }

    fn name(&self) -> String {
        format!("{}/{}", self.client.host(), self.repository)
    }

    /// Names under `tag` what lies in the repository already.
    async fn set_tag(&self, tag: &Tag, to: &Descriptor) -> Result<(), Failure> {
        let name = ManifestName::Digest(&to.digest);
        let found = self.client.manifest(&self.repository, name).await;
        let Some((_, bytes)) = found.map_err(Failure::undone)? else {
            return Err(self.missing(to).undone());
        };
        let kind = to.media_type.as_str();
        self.client.put_manifest(&self.repository, ManifestName::Tag(tag), kind, bytes).await
    }

    /// Sees to it that a tag that reads as it is to be is not read from a copy
    /// that is behind, of what it named before `expected`.
    async fn affirm(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let is_ours = to.is_some_and(|to| self.client.made(&self.repository, tag, &to.digest));
        if is_ours || expected == to.map(|to| &to.digest) {
            return Ok(());
        }
        self.client.knew(&self.repository, tag, expected);
        let written = match (to, expected) {
            (Some(to), _) => self.set_tag(tag, to).await,
            (None, Some(names)) => self.client.remove_rest(&self.repository, tag, names).await,
            (None, None) => Ok(()),
        };
        match written {
            Err(failure) if failure.is_transient() => Err(failure),
            // It names that already, and may not be written twice.
            _ => Ok(()),
        }
    }

    /// Removes a tag, and notes what was done instead where the registry
    /// cannot remove tags.
    async fn remove_tag(&self, tag: &Tag, names: &Digest) -> Result<(), Failure> {
        match self.client.remove_tag(&self.repository, tag, names).await? {
            Untagged::ByName => Ok(()),
            Untagged::ByDigest(digest) => {
                self.remark(format!(
                    "{} can only delete digests: `{tag}` was made to name an empty manifest, \
                     {digest}, and that was deleted; {names} and its other tags are as they were",
                    self.client.host()
                ));
                Ok(())
            }
            Untagged::Tied(refusal) => self.remove_digest(tag, names, refusal).await,
            Untagged::Not => {
                let why = format!("the registry cannot remove tags, so `{tag}` was left as it was");
                Err(Failure::new(FailureKind::Protocol, Side::Sink, why).context(self.name()).undone().hint(
                    "remove it with the registry's own tools; deleting the manifest would remove its other tags too",
                ))
            }
        }
    }

    /// Removes what `tag` names, if no tag goes with it that is to stay.
    async fn remove_digest(
        &self,
        tag: &Tag,
        names: &Digest,
        refusal: Failure,
    ) -> Result<(), Failure> {
        let listed = all_tags(self).await.map_err(Failure::undone)?;
        // A list without the tag that is removed is not whole.
        let Some(mut others) = listed.filter(|listed| listed.contains(tag)) else {
            let why = format!("the list of tags lacks `{tag}`, so it is not known what would go");
            return Err(Failure::new(FailureKind::Server, Side::Sink, why)
                .context(self.name())
                .undone());
        };
        others.retain(|other| other != tag && !lock(&self.leaving).contains(other));
        let others = resolve_all(self, others).await.map_err(Failure::undone)?;
        let mut tied = Vec::new();
        for (other, root) in others {
            if self.leads_to(&root, names).await.map_err(Failure::undone)? {
                tied.push(format!("`{other}`"));
            }
        }
        if !tied.is_empty() {
            let why = format!(
                "the registry can only delete what `{tag}` names, and {} would go with it",
                tied.join(", ")
            );
            return Err(Failure::new(FailureKind::Protocol, Side::Sink, why)
                .because(refusal)
                .context(self.name())
                .undone()
                .hint("castoff rm --with-siblings removes them all"));
        }
        let name = ManifestName::Digest(names);
        if self.client.delete_manifest(&self.repository, name).await? == Removal::Unsupported {
            return Err(refusal);
        }
        self.remark(format!(
            "{} can only delete digests, and lets no tag move: {names} was deleted with all its tags",
            self.client.host()
        ));
        Ok(())
    }

    /// Whether `root` is `names`, or an index that would be left without it.
    async fn leads_to(&self, root: &Descriptor, names: &Digest) -> Result<bool, Failure> {
        if root.digest == *names || !root.is_index() {
            return Ok(root.digest == *names);
        }
        let below = read_node(self, root).await?.successors();
        Ok(below.iter().any(|node| node.digest == *names))
    }

    fn remark(&self, what: String) {
        lock(&self.remarks).push(what);
    }

    /// The failure of a move that was taken and is not shown: no other publisher
    /// is known to have moved the tag.
    fn unseen(&self, tag: &Tag, shown: Option<&Digest>) -> Failure {
        let shown = shown.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let why = format!("`{tag}` was moved, and is still shown to name {shown}");
        Failure::new(FailureKind::Timeout, Side::Sink, why)
            .context(self.name())
            .spent()
            .hint("the registry shows its writes late: look again, or raise `show_timeout`")
    }

    fn conflict(&self, tag: &Tag, expected: Option<&Digest>, found: Option<&Digest>) -> Failure {
        let show = |digest: Option<&Digest>| {
            digest.map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        let why = format!("`{tag}` names {}, not {}", show(found), show(expected));
        Failure::new(FailureKind::Conflict, Side::Sink, why)
            .context(self.name())
            .hint("somebody else moved the tag")
    }
}

#[async_trait]
impl Sink for RegistrySink {
    async fn check(&self, _: ArtifactKind) -> Result<(), Failure> {
        self.client.ping(Some(&self.repository)).await?;
        self.client.check_push(&self.repository).await
    }

    async fn exists(&self, node: &Descriptor) -> Result<bool, Failure> {
        if self.client.has_written(&self.repository, node) {
            return Ok(true);
        }
        if node.is_manifest() {
            let name = ManifestName::Digest(&node.digest);
            let found = self.client.describe_manifest(&self.repository, name).await?;
            return Ok(found.is_some_and(|found| found.size == node.size));
        }
        let size = self.client.blob_size(&self.repository, &node.digest, node.size).await?;
        Ok(size == Some(node.size))
    }

    async fn push(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        let pushed = if expected.is_manifest() {
            self.push_manifest(expected, content.as_ref(), desk).await
        } else {
            self.push_blob(expected, content, desk).await
        };
        self.pass_warnings(desk);
        pushed
    }

    async fn attach(
        &self,
        subject: &Descriptor,
        attachment: &Attachment,
        output: &Output,
    ) -> Result<bool, Failure> {
        match &attachment.tag {
            Some(tag) => attach::tagged(self, tag, &attachment.node, output).await?,
            None => {
                self.client.refer(&self.repository, &subject.digest, &attachment.node).await?;
            }
        }
        Ok(true)
    }

    async fn confirm(&self, node: &Descriptor) -> Result<(), Failure> {
        let _turn = self.turns.lock(node.digest.as_str()).await;
        let confirmed = self.read_back(node).await;
        if !node.is_manifest() {
            self.spoiled.note(node.digest.as_str(), &confirmed);
        }
        confirmed
    }
}

impl RegistrySink {
    async fn read_back(&self, node: &Descriptor) -> Result<(), Failure> {
        let (repository, digest) = (&self.repository, &node.digest);
        let name = digest.as_str();
        let has_sent = || self.client.has_sent(repository, digest);
        let is_known =
            self.spoiled.is_known(name) || (has_sent() && !self.spoiled.is_doubted(name));
        let found = if node.is_manifest() {
            let found = self.client.manifest(repository, ManifestName::Digest(digest)).await?;
            found.map(|(found, _)| (found.digest, found.size))
        } else if is_known {
            let size = self.client.blob_size(repository, digest, node.size).await?;
            size.map(|size| (digest.clone(), size))
        } else {
            self.client.served(repository, node, READ_WHOLE).await?
        };
        let wrong = |why: String| {
            Err(Failure::new(FailureKind::Integrity, Side::Sink, why).context(self.name()))
        };
        match found {
            None => Err(self.missing(node)),
            Some((_, size)) if size != node.size => {
                wrong(format!("{digest} has {size} bytes, not {}", node.size))
            }
            Some((found, _)) if found != *digest => {
                wrong(format!("what is served as {digest} is {found}"))
            }
            Some(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Tags for RegistrySink {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        self.client.describe_manifest(&self.repository, ManifestName::Tag(tag)).await
    }

    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        _output: &Output,
    ) -> Result<(), Failure> {
        let wanted = to.map(|to| &to.digest);
        let before = self.resolve(tag).await.map_err(Failure::undone)?.map(|found| found.digest);
        if before.as_ref() == wanted {
            return self.affirm(tag, expected, to).await;
        }
        // A removal that broke off left the tag with a manifest of its own: it
        // goes on, or what it removed is put back.
        let ends = if to.is_none() { expected } else { wanted.filter(|_| expected.is_none()) };
        let parted = ends.map(|names| parting(tag, names));
        if before.as_ref() != expected && (before.is_none() || before != parted) {
            return Err(self.conflict(tag, expected, before.as_ref()).undone());
        }
        match (to, expected) {
            (Some(to), _) => self.set_tag(tag, to).await?,
            (None, Some(names)) => self.remove_tag(tag, names).await?,
            (None, None) => {}
        }
        // The body this time: what is served counts, not what a header says.
        let after = self.client.manifest(&self.repository, ManifestName::Tag(tag)).await;
        let after = after.map_err(Failure::unsure)?;
        let after = after.map(|(found, _)| found.digest);
        if after.as_ref() == wanted {
            return Ok(());
        }
        if after == before {
            return Err(self.unseen(tag, before.as_ref()));
        }
        Err(self.conflict(tag, wanted, after.as_ref()))
    }

    fn part_with(&self, tags: &[&Tag]) {
        lock(&self.leaving).extend(tags.iter().copied().cloned());
    }

    fn leaving(&self, tag: &Tag, names: &Digest) -> Option<Digest> {
        Some(parting(tag, names))
    }

    fn remarks(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.remarks))
    }
}

#[async_trait]
impl Blob for Counted {
    async fn read(&self, range: Range<u64>) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
        self.content.read(range).await
    }

    fn advance(&self, bytes: u64) {
        self.meter.advance(bytes);
    }

    fn skip(&self, bytes: u64) {
        self.meter.skip(bytes);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn read_manifest(expected: &Descriptor, content: &dyn Content) -> Result<Bytes, Failure> {
    check_size(expected, content.size())?;
    if expected.size > MANIFEST_LIMIT {
        let why = format!("{} has more than {MANIFEST_LIMIT} bytes", expected.digest);
        return Err(Failure::new(FailureKind::Invalid, Side::Source, why));
    }
    let mut bytes = Vec::new();
    let mut reader = content.read(0..expected.size).await?;
    reader.read_to_end(&mut bytes).await.map_err(|error| {
        Failure::find_in(&error)
            .unwrap_or_else(|| Failure::from_error(FailureKind::Storage, Side::Source, &error))
    })?;
    if expected.digest.is_of(&bytes) {
        return Ok(bytes.into());
    }
    let why = format!("what lies at {} has another digest", expected.digest);
    Err(Failure::new(FailureKind::Integrity, Side::Source, why))
}

fn check_size(expected: &Descriptor, size: u64) -> Result<(), Failure> {
    if size == expected.size {
        return Ok(());
    }
    let why = format!("{} has {size} bytes, not {}", expected.digest, expected.size);
    Err(Failure::new(FailureKind::Integrity, Side::Source, why))
}
