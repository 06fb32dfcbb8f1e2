//! What is known of tags that were looked at.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::{Row, TagAt};
use crate::{
    browse::{About, Branch, Tree},
    model::{Digest, Failure, SignerName},
};

/// How many tags are remembered.
const LIMIT: usize = 2_000;

/// What a tag names, and its referrers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it names; none: nothing.
    pub tree: Option<Arc<Tree>>,
    /// When that was made, or the tag was moved.
    pub date: Option<Timestamp>,
    /// Signatures and the like; none: they are still asked for.
    pub about: Option<Result<Vec<About>, Vec<Failure>>>,
    /// Which of the configuration's signers signed it.
    pub vouched: Vec<Vouched>,
}

/// Whether one of the configuration's signers signed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The signers.
    pub by: SignerName,
    /// Why it is not signed; none: it is.
    pub why_not: Option<Vec<Failure>>,
}

/// What came of looking at a tag.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What it names, or why that cannot be told.
    pub found: Result<Seen, Vec<Failure>>,
    /// When it was looked at.
    pub at: Timestamp,
}

/// What is known of tags that were looked at. Bounded: the oldest is forgotten.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    tags: HashMap<TagAt, Looked>,
}

impl Memory {
    /// What is known of a tag.
    #[must_use]
    pub fn of(&self, tag: &TagAt) -> Option<&Looked> {
        self.tags.get(tag)
    }

    /// Remembers what came of looking at a tag.
    pub fn remember(&mut self, tag: TagAt, looked: Looked) {
        if self.tags.len() >= LIMIT && !self.tags.contains_key(&tag) {
            let oldest = self.tags.iter().min_by_key(|(_, looked)| looked.at);
            if let Some(oldest) = oldest.map(|(tag, _)| tag.clone()) {
                self.tags.remove(&oldest);
            }
        }
        self.tags.insert(tag, looked);
    }

    /// Forgets what is known of tags.
    pub fn forget(&mut self, which: impl Fn(&TagAt) -> bool) {
        self.tags.retain(|tag, _| !which(tag));
    }
}

impl Looked {
    /// Whether nothing is still asked for.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !matches!(&self.found, Ok(Seen { tree: Some(_), about: None, .. }))
    }

    /// What the tag names.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        self.found.as_ref().ok()?.tree.as_deref()
    }

    /// The manifest of that digest.
    #[must_use]
    pub fn manifest(&self, digest: &Digest) -> Option<&Branch> {
        self.tree()?.manifests.iter().find(|branch| branch.manifest.digest == *digest)
    }

    /// The referrers of the content of a digest, as far as is known.
    pub fn about(&self, subject: &Digest) -> impl Iterator<Item = &About> {
        self.all_about().filter(move |about| about.subject == *subject)
    }

    /// The referrers of the tag's content, as far as is known.
    pub fn all_about(&self) -> impl Iterator<Item = &About> {
        let all = self.found.as_ref().ok().and_then(|seen| seen.about.as_ref()?.as_ref().ok());
        all.into_iter().flatten()
    }

    /// Why the referrers of the tag's content are not known.
    #[must_use]
    pub fn about_failures(&self) -> &[Failure] {
        let about = self.found.as_ref().ok().and_then(|seen| seen.about.as_ref());
        about.and_then(|about| about.as_ref().err()).map_or(&[], Vec::as_slice)
    }

    /// The manifests, the referrers of the index, and its annotations.
    pub(super) fn manifests(&self) -> Vec<Row> {
        let Some(tree) = self.tree() else { return Vec::new() };
        let manifests = tree.manifests.iter().map(|branch| Row::Manifest(Box::new(branch.clone())));
        let odd = tree.odd.iter().map(|odd| Row::Odd(Box::new(odd.clone())));
        // Where there is no index, it stands within the manifest.
        let is_index = tree.manifests.iter().all(|of| of.manifest.digest != tree.root.digest);
        let about = self.about(&tree.root.digest).filter(|_| is_index);
        let about = about.map(|about| Row::About(Box::new(about.clone())));
        manifests.chain(odd).chain(about).chain(annotations(&tree.annotations)).collect()
    }

    /// What the manifest of that digest refers to, its referrers,
    /// and its annotations.
    pub(super) fn parts(&self, digest: &Digest) -> Vec<Row> {
        let Some(branch) = self.manifest(digest) else { return Vec::new() };
        let config = std::iter::once(Row::Config(Box::new(branch.config.clone())));
        let layers = branch.layers.iter().map(|layer| Row::Layer(Box::new(layer.clone())));
        let about = self.about(digest).map(|about| Row::About(Box::new(about.clone())));
        config.chain(layers).chain(about).chain(annotations(&branch.annotations)).collect()
    }
}

fn annotations(of: &std::collections::BTreeMap<String, String>) -> impl Iterator<Item = Row> + '_ {
    of.iter().map(|(name, value)| Row::Annotation(name.clone(), value.clone()))
}
