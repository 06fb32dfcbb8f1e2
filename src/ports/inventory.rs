//! What a sink stores.

use std::{collections::HashSet, time::Duration};

use crate::model::{Descriptor, Digest, Tag};

/// Something that a place stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What the place calls it: a key, a path or a digest.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// How long ago it was written, by the place's clock, where it knows.
    pub age: Option<Duration>,
    /// It is needed if this is: its own digest, or the digest of what it is
    /// about. None: it is not needed.
    pub needed_by: Option<Digest>,
    /// What it is, for people; none: nothing leads to it.
    pub what: Option<String>,
}

impl std::fmt::Display for Stored {
    /// For people: what it is, and what the place calls it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.what {
            Some(what) => write!(f, "{what}, {}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

/// What a place stores besides the tags themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// What is stored, each after all that refers to it: what was not removed
    /// when a sweep breaks off is whole.
    pub stored: Vec<Stored>,
    /// Tags that are there, whether or not a list has them.
    pub tags: Vec<Tag>,
    /// Tags of which it cannot be read what they name; all that they may need
    /// stays by itself.
    pub odd: Vec<Tag>,
    /// What is no content, such as a symbolic link, and is left alone: for
    /// people.
    pub left_alone: Vec<String>,
    /// What else is needed besides what the tags name.
    pub roots: Vec<Descriptor>,
    /// The subject of something attached, such as a signature.
    pub subjects: HashSet<Digest>,
}
