//! The tags that are marked, at any place.

use std::collections::BTreeMap;

use super::TagAt;

/// The tags that are marked.
#[derive(Clone, Debug, Default)]
pub struct TagMarks {
    /// Each with when: the first has the least number.
    tags: BTreeMap<TagAt, u64>,
    last: u64,
}

impl TagMarks {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Whether a tag is marked.
    #[must_use]
    pub fn contains(&self, tag: &TagAt) -> bool {
        self.tags.contains_key(tag)
    }

    /// Marks a tag.
    pub fn add(&mut self, tag: TagAt) {
        self.last += 1;
        self.tags.entry(tag).or_insert(self.last);
    }

    /// Takes the mark of a tag away. Returns whether it had one.
    pub fn remove(&mut self, tag: &TagAt) -> bool {
        self.tags.remove(tag).is_some()
    }

    /// Marks a tag, or takes its mark away.
    pub fn toggle(&mut self, tag: TagAt) {
        if !self.remove(&tag) {
            self.add(tag);
        }
    }

    /// Marks all of these, or, where all are marked, none of them.
    pub fn toggle_all(&mut self, tags: Vec<TagAt>) {
        let all = tags.iter().all(|tag| self.contains(tag));
        for tag in tags {
            if all {
                self.remove(&tag);
            } else {
                self.add(tag);
            }
        }
    }

    /// Takes all marks away.
    pub fn clear(&mut self) {
        self.tags.clear();
    }

    /// The marked tags in the order in which they were marked.
    #[must_use]
    pub fn in_order(&self) -> Vec<TagAt> {
        let mut marked: Vec<(&TagAt, &u64)> = self.tags.iter().collect();
        marked.sort_by_key(|(_, when)| **when);
        marked.into_iter().map(|(tag, _)| tag.clone()).collect()
    }
}
