//! A place that can be swept: what nobody needs any more is removed.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use async_trait::async_trait;

use super::{Desk, Shelf};
use crate::model::{Descriptor, Digest, Failure, Tag};

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
    /// about. None: nobody needs it.
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
    /// What there is something about, such as a signature.
    pub subjects: HashSet<Digest>,
}

/// One name at a place, from which what nobody needs can be removed.
#[async_trait]
pub trait Sweeper: Shelf {
    /// All that is stored; none where the place does not tell.
    async fn inventory(&self) -> Result<Option<Inventory>, Failure>;

    /// The tags that other names lead to, such as symbolic links, each with what
    /// does, for people: they are needed there.
    async fn linked(&self) -> Result<HashMap<Tag, String>, Failure> {
        Ok(HashMap::new())
    }

    /// Keeps everybody from [holding](super::Sink::hold) what is there, until
    /// [`reopen`](Self::reopen). Fails where somebody does.
    async fn close(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Ends a [`close`](Self::close).
    async fn reopen(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Removes what is stored, in this order. Fails where it was closed for so
    /// long that others no longer believe it.
    async fn discard(&self, what: &[Stored], desk: &Desk) -> Result<(), Failure>;
}
