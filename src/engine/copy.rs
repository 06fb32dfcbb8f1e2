//! Copies a graph of content, children first.
//!
//! A registry refuses an index with missing manifests, and a manifest
//! with missing layers. So all nodes are walked, and a node goes only after what
//! it refers to: that a manifest exists does not prove that its layers do, at
//! S3 or after a garbage collection.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{StreamExt, TryStreamExt, future::BoxFuture, stream};

use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Remedy, Side, bytes},
    ports::{Content, Desk, Meter, Pushed, SinkRepository, Source, check_content},
    run::Bytes,
};

/// How many nodes of one manifest are under way at once.
const PARALLEL: usize = 4;
/// How deep indexes may be nested.
const DEPTH: usize = 8;
/// How many nodes are visited below one root.
const NODES: usize = 100_000;

/// Copies between one source and one place.
pub struct Copier<'a> {
    source: &'a dyn Source,
    place: &'a dyn SinkRepository,
    desk: &'a Desk,
    skip: HashSet<Digest>,
    /// What was copied since it is about something else.
    attached: Mutex<Vec<Descriptor>>,
    /// How many nodes were visited.
    visited: AtomicUsize,
}

impl<'a> Copier<'a> {
    /// Copies from `source` to `place`, and counts it at `desk`. The manifests
    /// `skip` are there with all that they refer to.
    #[must_use]
    pub fn new(
        source: &'a dyn Source,
        place: &'a dyn SinkRepository,
        desk: &'a Desk,
        skip: HashSet<Digest>,
    ) -> Self {
        let (attached, visited) = (Mutex::default(), AtomicUsize::default());
        Self { source, place, desk, skip, attached, visited }
    }

    /// Copies `root`, all that it refers to, and what is about any of it,
    /// leaving out what is there.
    ///
    /// # Errors
    ///
    /// Returns the first failure. What was copied before it stays, and a
    /// second call finds it there.
    pub async fn copy(&self, root: &Descriptor) -> Result<Bytes, Failure> {
        self.node(root.clone(), 0).await
    }

    /// What was copied since it is about something else, such as signatures.
    #[must_use]
    pub fn into_attached(self) -> Vec<Descriptor> {
        self.attached.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn node(&self, node: Descriptor, depth: usize) -> BoxFuture<'_, Result<Bytes, Failure>> {
        Box::pin(async move {
            if self.skip.contains(&node.digest) {
                return Ok(Bytes::default());
            }
            if depth > DEPTH {
                return Err(too_deep(&node));
            }
            // Indexes that share what they list are many times what they hold.
            if self.visited.fetch_add(1, Ordering::Relaxed) > NODES {
                let why = format!("one image has more than {NODES} manifests and blobs");
                return Err(Failure::new(FailureKind::Invalid, Side::Source, why));
            }
            let successors = successors(self.source, &node).await?;
            let copied = stream::iter(successors).map(|successor| self.node(successor, depth + 1));
            let mut bytes = copied
                .buffer_unordered(PARALLEL)
                .try_fold(Bytes::default(), async |mut sum, bytes| {
                    sum += bytes;
                    Ok(sum)
                })
                .await?;
            bytes += self.push(&node).await?;
            bytes += self.attachments(&node, depth).await?;
            Ok(bytes)
        })
    }

    /// Copies what is about `subject`, which is there by now.
    async fn attachments(&self, subject: &Descriptor, depth: usize) -> Result<Bytes, Failure> {
        let mut bytes = Bytes::default();
        if !subject.is_manifest() {
            return Ok(bytes);
        }
        for attachment in self.source.attached(&subject.digest).await? {
            let node = &attachment.node;
            if !node.is_manifest() || !self.is_new(node) {
                continue;
            }
            match self.node(node.clone(), depth + 1).await {
                Ok(moved) => bytes += moved,
                // Lists outlive what they list.
                Err(failure) if is_missing_at_source(&failure) => {
                    self.desk.output.line(format!("{failure}; it was skipped"));
                    self.forget(node);
                    continue;
                }
                Err(failure) => return Err(failure),
            }
            if !self.place.attach(subject, &attachment, &self.desk.output).await? {
                let left =
                    format!("{} attached to {} cannot be stored here", node.digest, subject.digest);
                self.desk.output.line(left);
            }
        }
        Ok(bytes)
    }

    fn forget(&self, node: &Descriptor) {
        let mut attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        attached.retain(|known| known.digest != node.digest);
    }

    /// Notes what is about something else. Lists of others may go in circles.
    fn is_new(&self, node: &Descriptor) -> bool {
        let mut attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = attached.iter().all(|known| known.digest != node.digest);
        if is_new {
            attached.push(node.clone());
        }
        is_new
    }

    async fn push(&self, node: &Descriptor) -> Result<Bytes, Failure> {
        self.desk.meter.expect(node.size);
        let content = self.source.open(node).await?;
        let pushed = match self.place.push(node, Arc::clone(&content), self.desk).await {
            Err(failure) if !failure.is_transient() => {
                return Err(spoiled(&*content, node, failure).await);
            }
            pushed => pushed?,
        };
        let zero = Bytes::default();
        let (word, moved) = match pushed {
            Pushed::Sent => ("sent", Bytes { sent: node.size, ..zero }),
            Pushed::Mounted => ("mounted", Bytes { mounted: node.size, ..zero }),
            Pushed::Present => ("present", Bytes { present: node.size, ..zero }),
            Pushed::Skipped => return Ok(zero),
        };
        let Descriptor { digest, media_type, size, .. } = node;
        self.desk.output.line(format!("{word} {digest} {}, {media_type}", bytes(*size)));
        Ok(moved)
    }
}

/// The `failure` of a push, or what is wrong with the file that was pushed: no
/// place takes what is not what its name says, whatever reason it gives.
async fn spoiled(content: &dyn Content, node: &Descriptor, failure: Failure) -> Failure {
    let Some(file) = content.unchecked_file() else { return failure };
    if check_content(content, node, &Meter::default()).await.is_ok() {
        return failure;
    }
    let what = format!("the stored content is not {}", node.digest);
    let mut spoiled = Failure::new(FailureKind::Integrity, Side::Source, what).context(file);
    if failure.side == Side::Source {
        spoiled.causes.extend(failure.causes);
    }
    spoiled.hint("restore the file, or copy from another source")
}

/// All that `root` refers to, however deep, and `root` last; each node once.
///
/// # Errors
///
/// Fails when the source lacks a manifest, or when indexes are nested too deep.
pub async fn graph(source: &dyn Source, root: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
    let (mut nodes, mut seen) = (Vec::new(), HashSet::new());
    let mut stack = vec![(root.clone(), 0)];
    while let Some((node, depth)) = stack.pop() {
        if depth > DEPTH {
            return Err(too_deep(&node));
        }
        // One layer may stand under two platforms, at two paths.
        if seen.insert((
            node.digest.clone(),
            node.platform.clone(),
            node.title().map(str::to_owned),
        )) {
            stack
                .extend(successors(source, &node).await?.into_iter().map(|node| (node, depth + 1)));
            nodes.push(node);
        }
    }
    nodes.reverse();
    Ok(nodes)
}

/// What `node` refers to, each with the platform that it is for.
async fn successors(source: &dyn Source, node: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
    if !node.is_manifest() {
        return Ok(Vec::new());
    }
    let inherit = |successor: Descriptor| Descriptor {
        platform: successor.platform.or_else(|| node.platform.clone()),
        ..successor
    };
    let below = source.successors(node).await.map_err(|failure| lacking(node, failure))?;
    Ok(below.into_iter().map(inherit).collect())
}

/// Names the platform of an incomplete image.
pub(super) fn lacking(node: &Descriptor, failure: Failure) -> Failure {
    let Some(platform) = &node.platform else { return failure };
    if failure.kind != FailureKind::NotFound || failure.side != Side::Source {
        return failure;
    }
    let what = format!("the image for {platform} is incomplete: {} is missing", node.digest);
    Failure::new(FailureKind::NotFound, Side::Source, what)
        .because(failure)
        .hint(Remedy::FetchOrCopyOne)
}

fn is_missing_at_source(failure: &Failure) -> bool {
    (failure.kind, failure.side) == (FailureKind::NotFound, Side::Source)
}

fn too_deep(node: &Descriptor) -> Failure {
    Failure::new(
        FailureKind::Invalid,
        Side::Source,
        format!("{} is nested in more than {DEPTH} indexes", node.digest),
    )
}
