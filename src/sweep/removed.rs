//! What goes with tags that are removed, and what it is, for people.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    descriptions,
    document::SweptDocument,
    graph::{PARALLEL, ReferenceGraph, depth, too_deep},
    reachable::Reached,
};
use crate::{
    model::{ArtifactKind, Descriptor, Digest, Failure, Tag},
    ports::Attachment,
};

/// All that is reached from removed tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Removed {
    /// Each once, in the order in which it was reached.
    pub(super) nodes: Vec<Reached>,
    /// What each manifest is about.
    pub(super) subjects: HashMap<Digest, Descriptor>,
}

impl Removed {
    /// The digests of all.
    pub(super) fn digests(&self) -> HashSet<Digest> {
        self.nodes.iter().map(|reached| reached.node.digest.clone()).collect()
    }

    /// All, each after what is about it and after all that refers to it.
    pub(super) fn in_order(&self) -> Vec<Reached> {
        let mut nodes = self.nodes.clone();
        nodes.sort_by_key(|reached| (std::cmp::Reverse(reached.rank.0), reached.rank.1));
        nodes
    }
}

impl ReferenceGraph<'_> {
    /// All that is reached from `roots`, which the tags named.
    pub(super) async fn removed(
        &self,
        kind: ArtifactKind,
        roots: Vec<(Option<Tag>, Descriptor)>,
    ) -> Result<Removed, Failure> {
        let mut level: Vec<Reached> = roots
            .into_iter()
            .map(|(of, node)| {
                let what = descriptions::root(kind, of.as_ref());
                Reached { node, of, what, about: None, rank: (0, 0) }
            })
            .collect();
        let (mut all, mut seen) = (Removed::default(), HashSet::new());
        for _ in 0..depth() {
            level.retain(|reached| seen.insert(reached.node.digest.clone()));
            if level.is_empty() {
                return Ok(all);
            }
            let further: Vec<(Reached, Option<Descriptor>, Vec<Reached>)> = stream::iter(level)
                .map(async |reached| {
                    let document = self.document(&reached.node).await?;
                    let about = self.about(&reached.node, true).await?;
                    let reached = named(reached, &document);
                    let below = document.below.iter().map(|node| below(&reached, node));
                    let about = about.iter().map(|of| attached(&reached, of));
                    let further = about.chain(below).collect();
                    Ok::<_, Failure>((reached, document.subject.clone(), further))
                })
                .buffered(PARALLEL)
                .try_collect()
                .await?;
            level = Vec::new();
            for (reached, subject, further) in further {
                all.subjects.extend(subject.map(|of| (reached.node.digest.clone(), of)));
                all.nodes.push(reached);
                level.extend(further);
            }
        }
        Err(too_deep())
    }
}

impl ReferenceGraph<'_> {
    /// Adds to `needed` what was reached and says itself that it is about
    /// something needed, or about what is about that: it may have had a tag of
    /// its own.
    pub(super) async fn keep_about(
        &self,
        removed: &Removed,
        candidates: Option<&HashSet<Digest>>,
        needed: &mut HashSet<Digest>,
    ) -> Result<(), Failure> {
        let mut is_more = true;
        while std::mem::take(&mut is_more) {
            for Reached { node, .. } in &removed.nodes {
                let subject = removed.subjects.get(&node.digest).cloned();
                if !needed.contains(&node.digest) && self.leads_to(subject, needed).await? {
                    self.walk(vec![node.clone()], candidates, needed).await?;
                    is_more = true;
                }
            }
        }
        Ok(())
    }

    /// Whether `subject`, or what that is about, and so on, is needed.
    async fn leads_to(
        &self,
        subject: Option<Descriptor>,
        needed: &HashSet<Digest>,
    ) -> Result<bool, Failure> {
        let mut above: Vec<Descriptor> = subject.into_iter().collect();
        for _ in 0..depth() {
            let Some(node) = above.pop() else { return Ok(false) };
            if needed.contains(&node.digest) {
                return Ok(true);
            }
            above.extend(self.document(&node).await?.subject.clone());
        }
        Ok(false)
    }
}

/// What is about something says itself what it is.
fn named(reached: Reached, document: &SweptDocument) -> Reached {
    let Some((_, tag)) = &reached.about else { return reached };
    let what = descriptions::about(&reached.what, tag.as_ref(), &reached.node, document);
    Reached { what, ..reached }
}

fn below(above: &Reached, node: &Descriptor) -> Reached {
    let (about, level) = above.rank;
    Reached {
        node: node.clone(),
        of: above.of.clone(),
        what: descriptions::below(&above.what, above.node.is_index(), node),
        about: None,
        rank: (about, level + 1),
    }
}

/// What it is called is added when it was read.
fn attached(subject: &Reached, about: &Attachment) -> Reached {
    let (ways, level) = subject.rank;
    Reached {
        node: about.node.clone(),
        of: subject.of.clone(),
        what: subject.what.clone(),
        about: Some((subject.node.clone(), about.tag.clone())),
        rank: (ways + 1, level + 1),
    }
}
