//! Which file uses which.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::{Segments, Source};

/// The files of the crate, by their modules.
pub(super) struct Graph<'s> {
    files: BTreeMap<Segments, &'s Source>,
}

impl<'s> Graph<'s> {
    pub(super) fn of(sources: &'s [Source]) -> Self {
        Self { files: sources.iter().map(|source| (source.module(), source)).collect() }
    }

    /// The file that defines what a path names, through whatever hands it on;
    /// none for other crates, and for a module by itself.
    pub(super) fn definition(&self, path: &[String]) -> Option<&'s Source> {
        self.follow(path, 16)
    }

    fn follow(&self, path: &[String], left: usize) -> Option<&'s Source> {
        if path.first()? != "crate" || left == 0 {
            return None;
        }
        let mut module = vec!["crate".to_owned()];
        for (place, segment) in path.iter().enumerate().skip(1) {
            let file = self.files.get(&module)?;
            let is_last = place + 1 == path.len();
            let import = file.names.get(segment);
            let is_module = file.children.contains(segment);
            match import {
                Some(import) if !is_module || is_last => {
                    let rest = &path[place + 1..];
                    let whole: Segments = import.path.iter().chain(rest).cloned().collect();
                    return self.follow(&whole, left - 1);
                }
                _ if is_module => module.push(segment.clone()),
                _ => return Some(file),
            }
            // A module that stands within a file.
            if !self.files.contains_key(&module) {
                return Some(file);
            }
        }
        None
    }

    /// The other files that each file uses.
    pub(super) fn arrows(&self) -> BTreeMap<&'s str, BTreeSet<&'s str>> {
        let to = |source: &'s Source| {
            let used = source.used.iter().filter_map(|path| self.definition(path));
            used.map(|other| other.path.as_str()).filter(|path| *path != source.path).collect()
        };
        self.files.values().map(|source| (source.path.as_str(), to(source))).collect()
    }
}

/// The files that use each other round in a circle, each circle once.
pub(super) fn circles<'s>(arrows: &BTreeMap<&'s str, BTreeSet<&'s str>>) -> Vec<BTreeSet<&'s str>> {
    let arrows = pruned(arrows.clone());
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|from| (*from, reach(from, &arrows))).collect();
    let round = |from: &'s str| -> BTreeSet<&'s str> {
        reached[from].iter().copied().filter(|to| reached[to].contains(from)).collect()
    };
    let all: BTreeSet<BTreeSet<&str>> = arrows.keys().map(|from| round(from)).collect();
    all.into_iter().filter(|circle| circle.len() > 1).collect()
}

/// The arrows without the files that no circle can go through: those that use none
/// of the others.
fn pruned<'s>(
    mut arrows: BTreeMap<&'s str, BTreeSet<&'s str>>,
) -> BTreeMap<&'s str, BTreeSet<&'s str>> {
    loop {
        let before = arrows.len();
        let left: BTreeSet<&str> = arrows.keys().copied().collect();
        for to in arrows.values_mut() {
            to.retain(|file| left.contains(file));
        }
        arrows.retain(|_, to| !to.is_empty());
        if arrows.len() == before {
            return arrows;
        }
    }
}

fn reach<'s>(from: &str, arrows: &BTreeMap<&'s str, BTreeSet<&'s str>>) -> BTreeSet<&'s str> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&str> = arrows.get(from).into_iter().flatten().copied().collect();
    while let Some(next) = left.pop() {
        if found.insert(next) {
            left.extend(arrows.get(next).into_iter().flatten());
        }
    }
    found
}
