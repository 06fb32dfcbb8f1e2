//! What is published, to be looked at.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Content, Source, Tags};
use crate::model::{
    Abilities, Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT, Node, Repository, Side,
    Tag, counted,
};

/// The most bytes of content that is ever read whole, and so is kept for a
/// rollback.
pub const WHOLE_LIMIT: u64 = 16 << 20;

/// How many names a list may have.
const NAMES_LIMIT: usize = 1_000_000;
/// How many pages a list may have, of which any may be empty: a registry's
/// page may hold nothing that was asked for.
const PAGES_LIMIT: usize = 10_000;

/// How many tags are asked for at once.
const PARALLEL: usize = 8;

/// A page of a list of names. Names are what the server says, and may be
/// anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The names, in the server's order.
    pub names: Vec<String>,
    /// How many entries of the list are no names at all.
    pub odd: usize,
    /// How the next page is asked for; none: there is none.
    pub next: Option<String>,
}

/// The repositories of a sink.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// A page of the repositories' names; none where the sink keeps no list
    /// of them.
    async fn repositories(&self, from: Option<&str>) -> Result<Option<Page>, Failure>;

    /// Finds out what the sink can do, without changing anything that is
    /// there; in `repository` where that matters. `may_write` also tries what
    /// needs the permission to write.
    async fn abilities(
        &self,
        repository: Option<&Repository>,
        may_write: bool,
    ) -> Result<Abilities, Failure>;
}

/// What one repository of a sink holds.
#[async_trait]
pub trait Shelf: Tags {
    /// A page of the tags; none where there is no such repository.
    async fn tags(&self, from: Option<&str>) -> Result<Option<Page>, Failure>;

    /// When a tag was last moved; none where the place does not know.
    async fn moved_at(&self, _tag: &Tag) -> Result<Option<Timestamp>, Failure> {
        Ok(None)
    }

    /// Describes what a digest names; none where there is no such manifest.
    async fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure>;

    /// Reads small content whole, such as a manifest, and checks its digest.
    /// Fails as [`FailureKind::NotFound`](crate::model::FailureKind::NotFound)
    /// where there is none, and where it has more than `limit` bytes.
    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure>;

    /// Opens content of any size, such as a layer. What is read of it is not
    /// checked. Reading fails where there is none.
    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure>;

    /// The manifests that name `subject` as theirs, each once, as the place
    /// lists them.
    async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, Failure>;

    /// What there is about a manifest, such as signatures: manifests that name
    /// it as their subject, and those under tags that are made from its digest.
    async fn attached(&self, subject: &Digest) -> Result<Vec<Attachment>, Failure> {
        let tagged = SUFFIXES.map(async |suffix| {
            let tag = Tag::about(subject, suffix);
            let found = self.resolve(&tag).await?;
            Ok(found.map(|node| Attachment { tag: Some(tag), node }))
        });
        let referrers = self.referrers(subject).await?.into_iter();
        let referrers = referrers.map(|node| Attachment { tag: None, node });
        Ok(referrers.chain(try_join_all(tagged).await?.into_iter().flatten()).collect())
    }
}

/// What the tags end in that cosign makes from a digest.
const SUFFIXES: [&str; 3] = [".sig", ".att", ".sbom"];

/// A manifest about another one, such as a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The tag that it lies under; none: it names its subject itself
    /// (OCI image specification, manifest.md, "subject").
    pub tag: Option<Tag>,
    /// The manifest.
    pub node: Descriptor,
}

/// A place to copy from, or to be walked through.
pub struct Shelved<S: ?Sized>(pub Arc<S>);

#[async_trait]
impl<S: Shelf + ?Sized> Source for Shelved<S> {
    async fn successors(&self, node: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        if !node.is_manifest() {
            return Ok(Vec::new());
        }
        Ok(read_node(&*self.0, node).await?.successors())
    }

    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        self.0.open(node).await
    }
}

/// Reads a list page by page, and hands on of each page what did not come
/// before: while a list changes, its pages may overlap. Returns whether there
/// is such a list.
///
/// # Errors
///
/// Fails where a page cannot be read, where `take` fails, and where the list
/// has no end.
pub async fn each_page<F: Future<Output = Result<Option<Page>, Failure>>>(
    mut read: impl FnMut(Option<String>) -> F,
    mut take: impl FnMut(Vec<String>) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    let (mut pages, mut seen) = (Pages::default(), HashSet::new());
    while !pages.is_over {
        let mut names = pages.take(read(pages.from.clone()).await?)?;
        names.retain(|name| seen.insert(name.clone()));
        take(names)?;
    }
    Ok(pages.exists())
}

/// All tags of a place, each once and in the place's order; none where there
/// is no such repository. A name outside the grammar is left out, since it
/// cannot be asked for.
///
/// # Errors
///
/// Fails where a page cannot be read, and where the list has no end.
pub async fn all_tags(shelf: &dyn Shelf) -> Result<Option<Vec<Tag>>, Failure> {
    let (mut pages, mut all) = (Pages::default(), Vec::new());
    while !pages.is_over {
        let page = shelf.tags(pages.from.as_deref()).await?;
        let odd = page.as_ref().map_or(0, |page| page.odd);
        if odd > 0 {
            let why = format!("the list of tags has {} that are no names", counted(odd, "item"));
            return Err(Failure::new(FailureKind::Server, Side::Sink, why));
        }
        let names = pages.take(page)?;
        all.extend(names.iter().filter_map(|name| name.parse::<Tag>().ok()));
    }
    let mut seen = HashSet::new();
    all.retain(|tag| seen.insert(tag.clone()));
    Ok(pages.exists().then_some(all))
}

/// What each of `tags` names, in their order; one that is gone is left out.
///
/// # Errors
///
/// Fails where it cannot be known of one.
pub async fn resolve_all(
    names: &(impl Tags + ?Sized),
    tags: Vec<Tag>,
) -> Result<Vec<(Tag, Descriptor)>, Failure> {
    let found: Vec<(Tag, Option<Descriptor>)> = stream::iter(tags)
        .map(async |tag| names.resolve(&tag).await.map(|root| (tag, root)))
        .buffered(PARALLEL)
        .try_collect()
        .await?;
    Ok(found.into_iter().filter_map(|(tag, root)| Some((tag, root?))).collect())
}

/// The same, and the tags of which it cannot be read what they name, each with
/// why.
///
/// # Errors
///
/// Fails where that is not known of one.
pub async fn resolve_readable(
    names: &(impl Tags + ?Sized),
    tags: Vec<Tag>,
) -> Result<(Vec<(Tag, Descriptor)>, Vec<(Tag, Failure)>), Failure> {
    let resolve = async |tag: Tag| match names.resolve(&tag).await {
        Ok(root) => Ok((root.map(|root| (tag, root)), None)),
        Err(failure) if failure.is_odd() => Ok((None, Some((tag, failure)))),
        Err(failure) => Err(failure),
    };
    let looked: Vec<_> = stream::iter(tags).map(resolve).buffered(PARALLEL).try_collect().await?;
    let (found, odd): (Vec<_>, Vec<_>) = looked.into_iter().unzip();
    Ok((found.into_iter().flatten().collect(), odd.into_iter().flatten().collect()))
}

/// Reads what a manifest refers to.
///
/// # Errors
///
/// Fails where it cannot be read, and where it is no manifest.
pub async fn read_node(shelf: &(impl Shelf + ?Sized), node: &Descriptor) -> Result<Node, Failure> {
    let bytes = shelf.read(node, MANIFEST_LIMIT).await?;
    Node::parse(bytes, node.media_type.as_str()).map_err(|error| {
        Failure::from_error(FailureKind::Invalid, Side::Sink, &error).context(&node.digest)
    })
}

/// How far a list was read.
#[derive(Debug, Default)]
struct Pages {
    /// How the next page is asked for.
    from: Option<String>,
    names: usize,
    read: usize,
    is_over: bool,
}

impl Pages {
    /// The names of a page that was read.
    fn take(&mut self, page: Option<Page>) -> Result<Vec<String>, Failure> {
        let Some(Page { names, next, .. }) = page else {
            self.is_over = true;
            return Ok(Vec::new());
        };
        self.names += names.len();
        self.read += 1;
        let is_long = self.names > NAMES_LIMIT || self.read > PAGES_LIMIT;
        if next.is_some() && (next == self.from || is_long) {
            let why =
                format!("the list has no end: {} names came, and more are promised", self.names);
            return Err(Failure::new(FailureKind::Protocol, Side::Sink, why));
        }
        self.is_over = next.is_none();
        self.from = next;
        Ok(names)
    }

    /// Whether there is such a list at all.
    fn exists(&self) -> bool {
        self.read > 0
    }
}
