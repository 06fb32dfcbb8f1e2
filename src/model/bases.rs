//! What images from elsewhere meant when a build was planned.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Digest, escape};

/// What the tags named that a build refers to, as far as their registries
/// said, each as `HOST/NAME:TAG`. A run keeps it: all its platforms, and a
/// resume, are built on the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Bases {
    /// The digest of each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub known: BTreeMap<String, Digest>,
    /// Those that could not be looked at, each with why. One that is known too
    /// has the digest that was seen the last time.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unseen: BTreeMap<String, String>,
    /// What else was seen that a build takes from elsewhere, whatever the
    /// platform: files and repositories by their URLs, and images that its
    /// bases have taken into builds upon them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, Digest>,
    /// Files and repositories that could not be looked at, as `unseen`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unseen_files: BTreeMap<String, String>,
}

impl Bases {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// Whether each is known, if only from the last time.
    #[must_use]
    pub fn are_known(&self) -> bool {
        self.all_unseen().all(|(name, _)| self.of(name).is_some())
    }

    fn all_unseen(&self) -> impl Iterator<Item = (&String, &String)> {
        self.unseen.iter().chain(&self.unseen_files)
    }

    fn of(&self, name: &str) -> Option<&Digest> {
        self.known.get(name).or_else(|| self.more.get(name))
    }

    /// What people are told of those that could not be looked at.
    pub fn told(&self) -> impl Iterator<Item = String> {
        self.all_unseen().map(|(name, why)| {
            let after = match self.of(name) {
                Some(digest) => format!("castoff assumes {digest}, as seen last"),
                None => "the engine resolves it, and the image is built again".to_owned(),
            };
            format!("{} cannot be resolved ({why}); {after}", escape(name))
        })
    }
}
