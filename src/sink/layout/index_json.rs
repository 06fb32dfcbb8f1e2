//! `index.json` of a layout: what its names name.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side},
    ports::{Swap, ranked},
};

/// The annotation that holds an entry's name
/// (OCI image specification, annotations.md).
const NAME: &str = "org.opencontainers.image.ref.name";

/// The parsed file. What castoff does not know stays as it was.
#[derive(Clone, Debug)]
pub(super) struct IndexJson {
    rest: Map<String, Value>,
    entries: Vec<Descriptor>,
}

impl Default for IndexJson {
    fn default() -> Self {
        let mut rest = Map::new();
        rest.insert("schemaVersion".to_owned(), 2.into());
        rest.insert("mediaType".to_owned(), crate::model::media_type::INDEX.into());
        Self { rest, entries: Vec::new() }
    }
}

impl IndexJson {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let mut rest: Map<String, Value> = serde_json::from_slice(bytes)?;
        let entries = rest.remove("manifests").unwrap_or(Value::Array(Vec::new()));
        Ok(Self { rest, entries: serde_json::from_value(entries)? })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut whole = self.rest.clone();
        whole.insert("manifests".to_owned(), serde_json::json!(self.entries));
        serde_json::to_vec(&whole).expect("descriptors always become JSON")
    }

    /// What `name` names, without the annotation that says so.
    pub(super) fn named(&self, name: &str) -> Option<Descriptor> {
        let mut node = self.get(name)?.clone();
        node.annotations.remove(NAME);
        Some(node)
    }

    /// The entry of `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Descriptor> {
        self.entries
            .iter()
            .find(|entry| entry.annotations.get(NAME).is_some_and(|found| found == name))
    }

    /// All entries, each with its name, if it has one.
    pub(super) fn entries(&self) -> Vec<(Option<String>, Descriptor)> {
        let named = |entry: &Descriptor| (entry.annotations.get(NAME).cloned(), entry.clone());
        self.entries.iter().map(named).collect()
    }

    /// Removes the entries of `digests`. Returns whether anything changed.
    pub(super) fn forget(&mut self, digests: &[Digest]) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| !digests.contains(&entry.digest));
        self.entries.len() != before
    }

    /// The entries that have no name.
    pub(super) fn nameless(&self) -> Vec<Descriptor> {
        let is_nameless = |entry: &&Descriptor| !entry.annotations.contains_key(NAME);
        self.entries.iter().filter(is_nameless).cloned().collect()
    }

    /// The names of all entries that have one.
    pub(super) fn names(&self) -> Vec<String> {
        self.entries.iter().filter_map(|entry| entry.annotations.get(NAME).cloned()).collect()
    }

    /// Adds an entry without a name, unless there is an entry with its digest.
    /// Returns whether anything changed.
    pub(super) fn enter(&mut self, node: &Descriptor) -> bool {
        let is_new = self.entries.iter().all(|entry| entry.digest != node.digest);
        self.entries.extend(is_new.then(|| node.clone()));
        is_new
    }

    /// Puts the entries `PREFIX:TAG` of tags that came back to where they stood.
    pub(super) fn rank(&mut self, prefix: &str, swaps: &[Swap]) {
        let mut own: BTreeMap<String, Descriptor> = BTreeMap::new();
        let mut order = Vec::new();
        let tag_of = |entry: &Descriptor| {
            let name = entry.annotations.get(NAME)?;
            name.strip_prefix(prefix)?.strip_prefix(':').map(str::to_owned)
        };
        for entry in &self.entries {
            if let Some(tag) = tag_of(entry) {
                order.push(tag.clone());
                own.insert(tag, entry.clone());
            }
        }
        let mut order = ranked(order, swaps).into_iter();
        for entry in &mut self.entries {
            if tag_of(entry).is_some()
                && let Some(next) = order.next().and_then(|tag| own.remove(&tag))
            {
                *entry = next;
            }
        }
    }

    /// Makes `name` name `to`, if it names `expected` now. What is removed and
    /// `is_about` something else stays as an entry without a name. Returns
    /// whether anything changed.
    pub(super) fn swap(
        &mut self,
        name: &str,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        is_about: bool,
    ) -> Result<bool, Failure> {
        let now = self.get(name).map(|entry| &entry.digest);
        if now == to.map(|to| &to.digest) {
            return Ok(false);
        }
        if now != expected {
            let now = now.map_or_else(|| "nothing".to_owned(), ToString::to_string);
            return Err(Failure::new(
                FailureKind::Conflict,
                Side::Sink,
                format!("it names {now} meanwhile"),
            )
            .undone());
        }
        let is_it = |entry: &Descriptor| entry.annotations.get(NAME).is_some_and(|of| of == name);
        if is_about && to.is_none() {
            // By this entry it is found as being about something.
            for entry in self.entries.iter_mut().filter(|entry| is_it(entry)) {
                entry.annotations.remove(NAME);
            }
        }
        self.entries.retain(|entry| !is_it(entry));
        self.entries.extend(to.cloned().map(|mut entry| {
            entry.annotations.insert(NAME.to_owned(), name.to_owned());
            entry
        }));
        Ok(true)
    }
}
