//! What two names have in common, and what they have not.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::{Branch, PublishedTree};
use crate::model::{Descriptor, Digest};

/// How two names differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// What the first one names.
    pub before: Descriptor,
    /// What the second one names.
    pub after: Descriptor,
    /// Each platform of either, those of the first one first.
    pub platforms: Vec<PlatformDiff>,
}

/// How two names differ for one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlatformDiff {
    /// The platform.
    pub platform: String,
    /// What became of it.
    pub change: PlatformChange,
    /// Layers of both.
    pub shared: Vec<Descriptor>,
    /// Layers of the first one alone.
    pub removed: Vec<Descriptor>,
    /// Layers of the second one alone.
    pub added: Vec<Descriptor>,
    /// Whether the configuration is another.
    pub config_changed: bool,
    /// Labels that are others: before and after.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, (Option<String>, Option<String>)>,
}

/// What became of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformChange {
    /// Both have the same.
    Same,
    /// Both have it, and not the same.
    Changed,
    /// Only the first one has it.
    Removed,
    /// Only the second one has it.
    Added,
}

/// How `after` differs from `before`.
#[must_use]
pub fn diff(before: &PublishedTree, after: &PublishedTree) -> Diff {
    let named = |tree: &PublishedTree, branch: &Branch| {
        tree.manifests.iter().find(|of| of.platform() == branch.platform()).cloned()
    };
    let mut platforms: Vec<PlatformDiff> = before
        .manifests
        .iter()
        .map(|branch| compare(Some(branch), named(after, branch).as_ref()))
        .collect();
    let is_new = |branch: &&Branch| named(before, branch).is_none();
    platforms.extend(after.manifests.iter().filter(is_new).map(|new| compare(None, Some(new))));
    Diff { before: before.root.clone(), after: after.root.clone(), platforms }
}

fn compare(before: Option<&Branch>, after: Option<&Branch>) -> PlatformDiff {
    let either = before.or(after).expect("one of them has the platform");
    let change = match (before, after) {
        (Some(before), Some(after)) if before.manifest.digest == after.manifest.digest => {
            PlatformChange::Same
        }
        (Some(_), Some(_)) => PlatformChange::Changed,
        (Some(_), None) => PlatformChange::Removed,
        _ => PlatformChange::Added,
    };
    let layers = |branch: Option<&Branch>| branch.map_or(&[][..], |branch| &branch.layers).to_vec();
    let digests = |branch| -> HashSet<Digest> {
        layers(branch).into_iter().map(|layer| layer.digest).collect()
    };
    let (old, new) = (digests(before), digests(after));
    let (shared, removed) =
        layers(before).into_iter().partition(|layer: &Descriptor| new.contains(&layer.digest));
    let added = layers(after).into_iter().filter(|layer| !old.contains(&layer.digest)).collect();
    let config = |branch: Option<&Branch>| branch.map(|branch| branch.config.digest.clone());
    PlatformDiff {
        platform: either.platform(),
        change,
        shared,
        removed,
        added,
        config_changed: config(before) != config(after),
        labels: labels(before, after),
    }
}

fn labels(
    before: Option<&Branch>,
    after: Option<&Branch>,
) -> BTreeMap<String, (Option<String>, Option<String>)> {
    let of = |branch: Option<&Branch>, name: &String| {
        branch.and_then(|branch| branch.labels.get(name)).cloned()
    };
    let names = before.into_iter().chain(after).flat_map(|branch| branch.labels.keys());
    let pairs = names.map(|name| (name.clone(), (of(before, name), of(after, name))));
    pairs.filter(|(_, (before, after))| before != after).collect()
}
