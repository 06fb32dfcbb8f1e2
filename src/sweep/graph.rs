//! What lies at a place as one graph: from a manifest lead to what it refers
//! to, and to what is about it. What is needed and what is removed are both
//! walked over this graph, so that nothing is found on one way alone.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::document::Document;
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT, Side, Tag, media_type},
    ports::{Attachment, Shelf},
};

/// How many manifests are read at once.
pub(super) const PARALLEL: usize = 8;
/// How deep indexes may be nested, and what is about what is about.
const DEPTH: usize = 16;

/// The graph of a place.
pub(super) struct Graph<'s> {
    shelf: &'s dyn Shelf,
    /// The subjects of referrers, where the place tells.
    pub(super) subjects: Option<&'s HashSet<Digest>>,
    /// The tags that are made from digests.
    derived: Vec<Tag>,
    documents: Known<Document>,
    about: Known<Vec<Attachment>>,
}

type Known<T> = Mutex<HashMap<Digest, Arc<T>>>;

impl<'s> Graph<'s> {
    /// The graph of `shelf`, which has `derived` tags, and where it tells which,
    /// something about `subjects`.
    pub(super) fn new(
        shelf: &'s dyn Shelf,
        derived: Vec<Tag>,
        subjects: Option<&'s HashSet<Digest>>,
    ) -> Self {
        Self { shelf, subjects, derived, documents: Known::default(), about: Known::default() }
    }

    /// Adds to `needed` all that is needed by `level`. Of `candidates` for a
    /// removal alone is asked what is about them, where these are known; others
    /// cannot lead to one but by a tag or a subject.
    pub(super) async fn walk(
        &self,
        mut level: Vec<Descriptor>,
        candidates: Option<&HashSet<Digest>>,
        needed: &mut HashSet<Digest>,
    ) -> Result<(), Failure> {
        for _ in 0..DEPTH {
            let new: Vec<Descriptor> =
                level.into_iter().filter(|node| needed.insert(node.digest.clone())).collect();
            if new.is_empty() {
                return Ok(());
            }
            let further: Vec<Vec<Descriptor>> = stream::iter(new)
                .map(async |node| {
                    let is_candidate = candidates.is_none_or(|of| of.contains(&node.digest));
                    let mut further = Vec::new();
                    if is_candidate || !is_plain_manifest(&node) {
                        further = self.document(&node).await?.needs();
                    }
                    let about = self.about(&node, is_candidate).await?;
                    further.extend(about.iter().map(|about| about.node.clone()));
                    Ok::<_, Failure>(further)
                })
                .buffer_unordered(PARALLEL)
                .try_collect()
                .await?;
            level = further.into_iter().flatten().collect();
        }
        Err(too_deep())
    }

    /// What a digest names; none where there is no such manifest.
    pub(super) async fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure> {
        self.shelf.describe(digest).await
    }

    /// What `node` says.
    pub(super) async fn document(&self, node: &Descriptor) -> Result<Arc<Document>, Failure> {
        if let Some(known) = get(&self.documents, &node.digest) {
            return Ok(known);
        }
        let document = if may_be_manifest(node) { self.read(node).await? } else { None };
        Ok(keep(&self.documents, &node.digest, document.unwrap_or_default()))
    }

    /// Reads a manifest, of whatever form; none where there is none.
    async fn read(&self, node: &Descriptor) -> Result<Option<Document>, Failure> {
        let mut asked = node.clone();
        if !node.is_manifest() {
            asked = Descriptor::new(media_type::MANIFEST, node.digest.clone(), node.size);
        }
        match self.shelf.read(&asked, MANIFEST_LIMIT).await {
            Ok(bytes) => Document::parse(bytes, node).map(Some),
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// What is about `node`, each once: what the place lists where it is
    /// `asked`, and what lies under tags that are made from the digest,
    /// whatever tool made them.
    pub(super) async fn about(
        &self,
        node: &Descriptor,
        asked: bool,
    ) -> Result<Arc<Vec<Attachment>>, Failure> {
        let digest = &node.digest;
        if let Some(known) = get(&self.about, digest) {
            return Ok(known);
        }
        let is_asked = asked && may_be_manifest(node);
        let is_listed = is_asked && self.subjects.is_none_or(|of| of.contains(digest));
        let mut found = Vec::new();
        for tag in self.derived.iter().filter(|tag| tag.is_about(digest)) {
            let node = self.shelf.resolve(tag).await?;
            found.extend(node.map(|node| Attachment { tag: Some(tag.clone()), node }));
        }
        if is_listed {
            let listed = self.shelf.referrers(digest).await?;
            found.extend(listed.into_iter().map(|node| Attachment { tag: None, node }));
        }
        if is_asked {
            return Ok(keep(&self.about, digest, found));
        }
        Ok(Arc::new(found))
    }
}

/// Whether `node` refers to blobs alone.
fn is_plain_manifest(node: &Descriptor) -> bool {
    node.is_manifest() && !node.is_index()
}

/// Whether `node` may refer to other content. There are more forms of
/// manifests than castoff knows.
pub(super) fn may_be_manifest(node: &Descriptor) -> bool {
    let kind = node.media_type.as_str();
    node.is_manifest()
        || (kind.contains("manifest") || kind.contains("index")) && kind.contains("json")
        || kind.ends_with("+prettyjws")
}

fn get<T>(known: &Known<T>, digest: &Digest) -> Option<Arc<T>> {
    known.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
}

fn keep<T>(known: &Known<T>, digest: &Digest, value: T) -> Arc<T> {
    let value = Arc::new(value);
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(digest.clone()).or_insert(value))
}

pub(super) fn too_deep() -> Failure {
    let why = format!("content is nested in more than {DEPTH} manifests");
    Failure::new(FailureKind::Invalid, Side::Sink, why)
}

pub(super) const fn depth() -> usize {
    DEPTH
}
