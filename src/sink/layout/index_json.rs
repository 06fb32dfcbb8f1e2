//! `index.json` of a layout: what its names name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    model::{
        Descriptor, Digest, ENTRY_NAMES, Failure, FailureKind, Repository, Side, entry_name,
        entry_names, split_entry_name,
    },
    ports::{Swap, ranked},
};

/// The parsed file. What castoff does not know stays as it was.
#[derive(Clone, Debug)]
pub(super) struct IndexJson {
    rest: Map<String, Value>,
    entries: Vec<Descriptor>,
    /// Entries that cannot be read, each with its place among all, and why.
    odd: Vec<(usize, Value, String)>,
}

impl Default for IndexJson {
    fn default() -> Self {
        let mut rest = Map::new();
        rest.insert("schemaVersion".to_owned(), 2.into());
        rest.insert("mediaType".to_owned(), crate::model::media_type::INDEX.into());
        Self { rest, entries: Vec::new(), odd: Vec::new() }
    }
}

impl IndexJson {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let mut rest: Map<String, Value> = serde_json::from_slice(bytes)?;
        // Go writes an empty list as `null`.
        let listed: Option<Vec<Value>> =
            rest.remove("manifests").map_or(Ok(None), serde_json::from_value)?;
        let (mut entries, mut odd) = (Vec::new(), Vec::new());
        for (place, entry) in listed.unwrap_or_default().into_iter().enumerate() {
            match Descriptor::deserialize(&entry) {
                Ok(entry) => entries.push(entry),
                Err(error) => odd.push((place, entry, error.to_string())),
            }
        }
        Ok(Self { rest, entries, odd })
    }

    /// Fails where an entry cannot be read, so that it is not known what it
    /// needs.
    pub(super) fn refuse_odd(&self) -> Result<(), Failure> {
        self.odd.first().map_or(Ok(()), |(place, entry, why)| Err(unreadable(*place, entry, why)))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut whole = self.rest.clone();
        let mut entries: Vec<Value> =
            self.entries.iter().map(|entry| serde_json::json!(entry)).collect();
        for (place, entry, _) in &self.odd {
            entries.insert((*place).min(entries.len()), entry.clone());
        }
        whole.insert("manifests".to_owned(), Value::Array(entries));
        serde_json::to_vec(&whole).expect("descriptors always become JSON")
    }

    /// What `name` names, without the annotations that say so. Fails where
    /// several entries are listed so: other tools take one or another, or join
    /// them.
    pub(super) fn named(&self, name: &str) -> Result<Option<Descriptor>, Failure> {
        let is_odd =
            |(_, entry, _): &&(usize, Value, String)| odd_name(entry).as_deref() == Some(name);
        if let Some((place, entry, why)) = self.odd.iter().find(is_odd) {
            return Err(unreadable(*place, entry, why));
        }
        let is_listed = |entry: &&Descriptor| listed(entry).as_deref() == Some(name);
        let digests: BTreeSet<&str> =
            self.entries.iter().filter(is_listed).map(|entry| entry.digest.as_str()).collect();
        if digests.len() > 1 {
            let all = digests.into_iter().collect::<Vec<_>>().join(", ");
            let why = format!("index.json has several entries of the name `{name}`: {all}");
            return Err(Failure::new(FailureKind::Invalid, Side::Sink, why)
                .hint("push the layout under one name, which joins its platforms"));
        }
        let Some(mut node) = self.get(name).cloned() else { return Ok(None) };
        for annotation in ENTRY_NAMES {
            node.annotations.remove(annotation);
        }
        Ok(Some(node))
    }

    /// The entry of `name`: the one that is listed so, or else all that are
    /// called so, if they are one.
    pub(super) fn get(&self, name: &str) -> Option<&Descriptor> {
        let is_listed = |entry: &&Descriptor| listed(entry).as_deref() == Some(name);
        self.entries.iter().find(is_listed).or_else(|| {
            let mut called = self.entries.iter().filter(|of| entry_names(of).contains(&name));
            let first = called.next()?;
            called.all(|other| other.digest == first.digest).then_some(first)
        })
    }

    /// All entries, each with the name that it is listed as, if it has one.
    pub(super) fn entries(&self) -> Vec<(Option<String>, Descriptor)> {
        self.entries.iter().map(|entry| (listed(entry), entry.clone())).collect()
    }

    /// Removes the entries of `digests`. Returns whether anything changed.
    pub(super) fn forget(&mut self, digests: &[Digest]) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| !digests.contains(&entry.digest));
        self.entries.len() != before
    }

    /// The entries that have no name.
    pub(super) fn nameless(&self) -> Vec<Descriptor> {
        let is_nameless = |entry: &&Descriptor| listed(entry).is_none();
        self.entries.iter().filter(is_nameless).cloned().collect()
    }

    /// The names of all entries that have one.
    pub(super) fn names(&self) -> Vec<String> {
        let odd = self.odd.iter().filter_map(|(_, entry, _)| odd_name(entry));
        self.entries.iter().filter_map(listed).chain(odd).collect()
    }

    /// Adds an entry without a name, unless there is an entry with its digest.
    /// Returns whether anything changed.
    pub(super) fn enter(&mut self, node: &Descriptor) -> bool {
        let is_new = self.entries.iter().all(|entry| entry.digest != node.digest);
        self.entries.extend(is_new.then(|| node.clone()));
        is_new
    }

    /// Puts the entries of `repository` with tags that came back to where they
    /// stood.
    pub(super) fn rank(&mut self, repository: &Repository, swaps: &[Swap]) {
        // One name may have several entries.
        let mut own: BTreeMap<String, VecDeque<Descriptor>> = BTreeMap::new();
        let mut order = Vec::new();
        let tag_of = |entry: &Descriptor| {
            let (of, tag) = split_entry_name(entry_names(entry).first()?)?;
            (of == *repository).then(|| tag.to_string())
        };
        for entry in &self.entries {
            if let Some(tag) = tag_of(entry) {
                order.push(tag.clone());
                own.entry(tag).or_default().push_back(entry.clone());
            }
        }
        let mut order = ranked(order, swaps).into_iter();
        for entry in &mut self.entries {
            if tag_of(entry).is_some()
                && let Some(next) = order.next().and_then(|tag| own.get_mut(&tag)?.pop_front())
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
        self.named(name)?;
        let now = self.get(name).map(|entry| &entry.digest);
        if now == to.map(|to| &to.digest) {
            return Ok(false);
        }
        if now != expected {
            let now = now.map_or_else(|| "nothing".to_owned(), ToString::to_string);
            return Err(Failure::new(
                FailureKind::Conflict,
                Side::Sink,
                format!("it now names {now}"),
            )
            .undone());
        }
        let gone = self.get(name).cloned();
        let listed_as = gone.as_ref().and_then(listed);
        let is_it = |entry: &Descriptor| gone.is_some() && listed(entry) == listed_as;
        if is_about && to.is_none() {
            // By this entry it is found as being about something.
            for entry in self.entries.iter_mut().filter(|entry| is_it(entry)) {
                for annotation in ENTRY_NAMES {
                    entry.annotations.remove(annotation);
                }
            }
        }
        self.entries.retain(|entry| !is_it(entry));
        self.entries.extend(to.cloned().map(|mut entry| {
            entry.annotations.insert(ENTRY_NAMES[0].to_owned(), name.to_owned());
            entry
        }));
        Ok(true)
    }
}

fn unreadable(place: usize, entry: &Value, why: &str) -> Failure {
    let called = odd_name(entry).map(|name| format!(", `{name}`,")).unwrap_or_default();
    let what = format!("entry {} of index.json{called} cannot be read: {why}", place + 1);
    Failure::new(FailureKind::Invalid, Side::Sink, what)
        .hint("correct the entry, or remove it from index.json")
}

/// The name of an entry that cannot be read otherwise.
fn odd_name(entry: &Value) -> Option<String> {
    let annotations = entry.get("annotations")?;
    let name = ENTRY_NAMES.iter().find_map(|name| annotations.get(name)?.as_str())?;
    Some(listed_as(name))
}

/// The name that an entry is listed as: `NAME:TAG`, or a tag alone.
fn listed(entry: &Descriptor) -> Option<String> {
    entry_names(entry).first().map(|name| listed_as(name))
}

fn listed_as(name: &str) -> String {
    let Some((repository, tag)) = split_entry_name(name) else { return name.to_owned() };
    entry_name(&repository, &tag)
}
