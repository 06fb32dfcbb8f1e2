//! Mark and sweep: what lies at a place and nothing needs any more.
//!
//! Needed is all that a tag names, however deep, and what is about it, such as
//! signatures; and what nothing ever named and is younger than a grace period,
//! since a publisher may be about to name it. Anything that cannot be read
//! for another reason than that it is not there ends it all: what is not known
//! is needed.

mod document;
mod gone;
mod graph;
mod mark;
mod reached;
mod removed;
mod untagged;
mod words;

pub use gone::Gone;
use std::{collections::BTreeMap, time::Duration};

pub use mark::Marks;
pub use reached::Reached;

use self::{
    graph::{Graph, may_be_manifest},
    mark::Roots,
};
use crate::{
    model::{Descriptor, Digest, Failure, Tag, bytes},
    ports::{Stored, Sweeper, WHOLE_LIMIT},
};

/// What nothing needs any more at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// What can go, in order.
    pub stored: Vec<Stored>,
    /// What nothing needs either, but is too young to go.
    pub young: Vec<Stored>,
    /// What goes since its tags do: each after all that refers to it.
    pub reached: Vec<Reached>,
    /// What stays, and is about something that goes: a tag of its own needs it.
    pub parted: Vec<Reached>,
    /// What goes and is about something that goes, to which no removed tag
    /// led, with what it consists of.
    pub untagged: Vec<Reached>,
    /// What is no content, such as a symbolic link, and is left alone.
    pub left_alone: Vec<String>,
    /// Whether the place keeps its blobs for itself, and only manifests can be
    /// removed, as at a registry.
    pub only_manifests: bool,
}

/// The most bytes of blobs that are kept for a rollback of one sweep.
const BLOBS_LIMIT: u64 = 256 << 20;

/// Blobs that go and are not in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blobs {
    /// Those that are put there, for a rollback.
    pub kept: Vec<Descriptor>,
    /// How many are too large for that.
    pub lost: usize,
    /// How many bytes these have.
    pub lost_size: u64,
}

impl Blobs {
    /// Takes in one more.
    pub fn take(&mut self, node: &Descriptor) {
        let kept: u64 = self.kept.iter().map(|node| node.size).sum();
        if node.size <= WHOLE_LIMIT && kept + node.size <= BLOBS_LIMIT {
            self.kept.push(node.clone());
        } else {
            self.lost += 1;
            self.lost_size += node.size;
        }
    }
}

impl std::fmt::Display for Blobs {
    /// For people: what a rollback does not bring back.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { lost, lost_size, .. } = self;
        let blobs = if *lost == 1 { "blob" } else { "blobs" };
        write!(
            f,
            "a rollback cannot restore {lost} large {blobs}, {}, which the content store does \
             not have",
            bytes(*lost_size)
        )
    }
}

impl Leftovers {
    /// The blobs that go with their tags, or with what they are about; none where
    /// the place keeps its own.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let nodes = self.reached.iter().chain(&self.untagged).map(|reached| &reached.node);
        nodes.filter(|node| !self.only_manifests && !node.is_manifest())
    }
}

/// What nothing needs at a place without the tags of `gone`, and what the other
/// tags name. Those of `gone` count as others, unless they are `there` yet.
///
/// # Errors
///
/// Fails where it cannot be known what is needed.
pub async fn leftovers(
    place: &dyn Sweeper,
    gone: &Gone,
    there: bool,
    grace: Duration,
) -> Result<(Leftovers, Marks), Failure> {
    let inventory = place.inventory().await?;
    let without = if there { gone.tags() } else { Vec::new() };
    let mut roots = Roots::of(place, &without, inventory.as_ref()).await?;
    if gone.roots.is_empty() {
        roots = roots.or_derived(place).await?;
    }
    roots.refuse_lost(place, gone).await?;
    let left_alone = inventory.iter().flat_map(|of| of.left_alone.clone()).collect();
    let (all, subjects) = inventory.map(|of| (of.stored, of.subjects)).unzip();
    let graph = Graph::new(place, roots.derived, subjects.as_ref());
    let removed = graph.removed(gone.kind, gone.roots.clone()).await?;
    let digests = removed.digests();
    // A place that tells all that it stores has more than that to be removed.
    let candidates = all.is_none().then_some(&digests);
    let mut marks = roots.marks;
    graph.walk(roots.nodes, candidates, &mut marks.needed).await?;
    graph.keep_about(&removed, candidates, &mut marks.needed).await?;
    let (stay, reached): (Vec<Reached>, Vec<Reached>) =
        removed.in_order().into_iter().partition(|of| marks.needed.contains(&of.node.digest));
    let is_parted = |of: &Reached| {
        let subject = of.about.as_ref().map(|(subject, _)| &subject.digest);
        subject.is_some_and(|subject| !marks.needed.contains(subject))
    };
    let parted = stay.into_iter().filter(is_parted).collect();
    let is_left = |stored: &Stored| {
        stored.needed_by.as_ref().is_none_or(|digest| !marks.needed.contains(digest))
    };
    // What a tag named that is gone is of no publisher that is about to name it.
    let is_young = |stored: &Stored| {
        let is_doomed = stored.needed_by.as_ref().is_some_and(|digest| digests.contains(digest));
        !is_doomed && stored.age.is_some_and(|age| age < grace)
    };
    let only_manifests = all.is_none();
    let all = match all {
        Some(stored) => stored,
        None => reached.iter().filter(|of| may_be_manifest(&of.node)).map(manifest).collect(),
    };
    let (young, mut stored): (Vec<Stored>, Vec<Stored>) =
        all.into_iter().filter(is_left).partition(is_young);
    words::name(&mut stored, &reached);
    let untagged = graph.untagged(gone.kind, &stored, &digests).await?;
    let left = Leftovers { stored, young, reached, parted, untagged, left_alone, only_manifests };
    Ok((left, marks))
}

/// What each tag of a place names.
///
/// # Errors
///
/// Fails where it cannot be known of one.
pub async fn named(place: &dyn Sweeper) -> Result<BTreeMap<Tag, Digest>, Failure> {
    Ok(Roots::of(place, &[], None).await?.marks.tags)
}

/// What the tags of a place need, and what else its inventory says.
///
/// # Errors
///
/// Fails where anything cannot be read that may be there.
pub async fn mark(place: &dyn Sweeper) -> Result<Marks, Failure> {
    let inventory = place.inventory().await?;
    let roots = Roots::of(place, &[], inventory.as_ref()).await?.or_derived(place).await?;
    let subjects = inventory.as_ref().map(|inventory| &inventory.subjects);
    let graph = Graph::new(place, roots.derived, subjects);
    let mut marks = roots.marks;
    graph.walk(roots.nodes, None, &mut marks.needed).await?;
    Ok(marks)
}

fn manifest(reached: &Reached) -> Stored {
    let Descriptor { digest, size, .. } = &reached.node;
    let (key, needed_by) = (digest.to_string(), Some(digest.clone()));
    Stored { key, size: *size, age: None, needed_by, what: Some(reached.what.clone()) }
}
