//! What lies under a name and is no image, or not whole.

use std::fmt;

use serde::Serialize;

use crate::model::{Descriptor, Failure, FailureKind, Index, Side, escape};

/// The first of what `BuildKit` keeps as the configuration of a build cache.
const BUILD_CACHE: &str = "application/vnd.buildkit.cacheconfig.";
/// Docker's first form of a manifest, plain or signed.
const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+";

/// A part of what a name names that cannot be looked into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Odd {
    /// The part.
    #[serde(flatten)]
    pub node: Descriptor,
    /// What it is, or what is the matter with it, for people.
    pub what: String,
    /// Why it could not be read; none: it is what it should be, and no image.
    #[serde(skip)]
    pub why: Option<Failure>,
}

impl Odd {
    /// A part of another kind than images have.
    pub(super) fn of_kind(node: &Descriptor) -> Self {
        let what = kind(node.media_type.as_str());
        Self { node: node.clone(), what, why: None }
    }

    /// An index of something else than manifests.
    pub(super) fn of_index(node: &Descriptor, index: &Index) -> Option<Self> {
        let leaves = || index.manifests.iter().filter(|child| !child.is_manifest());
        let cache = leaves().find(|child| is_cache(child))?;
        let size = Descriptor::total(leaves()).saturating_add(node.size);
        let node = Descriptor { size, ..node.clone() };
        Some(Self { node, what: kind(cache.media_type.as_str()), why: None })
    }

    /// A part that cannot be read.
    pub(super) fn unreadable(node: &Descriptor, why: Failure) -> Self {
        let what = match why.kind {
            FailureKind::NotFound => format!("{} is missing", node.digest),
            FailureKind::Invalid => format!("not a manifest: {}", last(&why)),
            _ => format!("{} cannot be read: {}", node.digest, last(&why)),
        };
        Self { node: node.clone(), what, why: Some(why) }
    }

    /// The failure of what needs to look into it.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let of_kind = || {
            let why = format!("it is not an image: {}", escape(&self.what));
            Failure::new(FailureKind::Invalid, Side::Sink, why).context(&self.node.digest)
        };
        self.why.clone().unwrap_or_else(of_kind)
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// What a manifest without a platform is, by its configuration.
pub(super) fn of_config(config: &Descriptor) -> Option<String> {
    is_cache(config).then(|| kind(config.media_type.as_str()))
}

fn is_cache(node: &Descriptor) -> bool {
    node.media_type.as_str().starts_with(BUILD_CACHE)
}

fn kind(media_type: &str) -> String {
    match media_type {
        _ if media_type.starts_with(BUILD_CACHE) => "BuildKit cache".to_owned(),
        _ if media_type.starts_with(SCHEMA_1) => "schema 1".to_owned(),
        other => other.to_owned(),
    }
}

/// The innermost cause says most.
fn last(why: &Failure) -> &str {
    why.causes.last().map_or("", String::as_str)
}
