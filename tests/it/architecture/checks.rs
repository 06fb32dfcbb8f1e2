//! Whether sources keep the rules.

use std::collections::BTreeSet;

use super::{
    graph::{Graph, circles},
    reader::{Segments, Source},
    rules::{CORE, GUESTS, LAYERS, NOUNS, Wall},
};

/// The rules that sources are held to.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) layers: &'static [(&'static str, &'static [&'static str])],
    pub(super) walls: &'static [Wall],
}

/// All that is wrong with sources, a line each. `list` is the order of the modules,
/// the highest first.
pub(super) fn broken(sources: &[Source], list: &[String], rules: Rules) -> Vec<String> {
    let graph = Graph::of(sources);
    let mut broken = order(list, rules.layers);
    for source in sources {
        broken.extend(arrows(source, &graph, rules.layers));
        broken.extend(rules.walls.iter().flat_map(|wall| crossings(source, wall)));
        broken.extend(guests(source));
    }
    broken.extend(rounds(&graph));
    broken
}

/// Where a source imports what it may not.
fn arrows(source: &Source, graph: &Graph<'_>, layers: &[(&str, &[&str])]) -> BTreeSet<String> {
    let Some((row, allowed)) = row_of(&source.path, layers) else {
        return BTreeSet::from([format!("{} has no layer", source.path)]);
    };
    let mut broken = BTreeSet::new();
    for path in &source.used {
        let Some(other) = graph.definition(path) else { continue };
        let Some((of, _)) = row_of(&other.path, layers) else { continue };
        if of != row && !allowed.contains(&of) {
            let path = path.join("::");
            broken.insert(format!("{} imports {path}, and {row} may not use {of}", source.path));
        }
    }
    broken
}

/// The row with the longest path that fits a file.
fn row_of<'r>(path: &str, layers: &[(&'r str, &'r [&'r str])]) -> Option<(&'r str, &'r [&'r str])> {
    let fitting = layers.iter().filter(|(place, _)| is_below(path, place));
    fitting.max_by_key(|(place, _)| place.len()).copied()
}

/// Whether a file is at a place or below it.
fn is_below(path: &str, place: &str) -> bool {
    let rest = path.strip_prefix(place);
    rest.is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
}

/// Where a source names what a wall keeps from it.
fn crossings(source: &Source, wall: &Wall) -> BTreeSet<String> {
    let is_any = |places: &[&str]| places.iter().any(|place| is_below(&source.path, place));
    if !is_any(wall.places) || is_any(wall.except) {
        return BTreeSet::new();
    }
    let named = source.used.iter().filter(|path| {
        let begins = |with: &&str| begins(path, with);
        wall.forbidden.iter().any(begins) && !NOUNS.iter().any(begins)
    });
    named
        // The folder of what is named is no use by itself.
        .filter(|path| path.as_slice() != ["std", "io"] && path.as_slice() != ["std", "net"])
        .map(|path| format!("{} names {}: {}", source.path, path.join("::"), wall.why))
        .collect()
}

/// Where the core names a guest.
fn guests(source: &Source) -> Vec<String> {
    if !CORE.iter().any(|place| is_below(&source.path, place)) {
        return Vec::new();
    }
    let is_guest = |name: &&String| GUESTS.iter().any(|guest| has_word(name, guest));
    let named = source.identifiers.iter().filter(is_guest);
    named.map(|name| format!("{} names a guest of the core: {name}", source.path)).collect()
}

/// Whether a name has a word, in the middle of which no other begins.
fn has_word(name: &str, word: &str) -> bool {
    let mut plain = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            plain.push('_');
        }
        plain.extend(letter.to_lowercase());
    }
    // `LINUXKIT` and `LinuxKit` are one word.
    let joined: String = plain.chars().filter(|letter| *letter != '_').collect();
    let words: Vec<&str> = plain.split('_').collect();
    words.contains(&word) || (word.len() > 3 && joined.contains(word))
}

fn begins(path: &Segments, with: &str) -> bool {
    let mut path = path.iter();
    with.split("::").all(|segment| path.next().is_some_and(|own| own == segment))
}

/// Whether all arrows point down the list of modules, and down the rows.
fn order(list: &[String], layers: &[(&str, &[&str])]) -> Vec<String> {
    let mut broken = Vec::new();
    let head = |place: &str| place.split('/').next().unwrap_or_default().to_owned();
    let at = |place: &str| list.iter().position(|of| *of == head(place));
    for (place, (name, allowed)) in layers.iter().enumerate() {
        if at(name).is_none() && !["lib", "main"].contains(name) {
            broken.push(format!("src/lib.rs does not list {name}"));
        }
        for other in *allowed {
            let below = layers.iter().position(|(of, _)| of == other);
            if below.is_none_or(|below| below >= place) {
                broken.push(format!("{name} may import {other}, which is not above it here"));
            }
            if head(name) != head(other) && at(name) > at(other) {
                broken.push(format!("{name} may import {other}, up the list of src/lib.rs"));
            }
        }
    }
    let is_known = |name: &&String| layers.iter().any(|(place, _)| head(place) == **name);
    let unknown = list.iter().filter(|name| !is_known(name));
    broken.extend(unknown.map(|name| format!("{name} is listed, and has no layer")));
    broken
}

/// The files that use each other in a circle.
fn rounds(graph: &Graph<'_>) -> Vec<String> {
    let found = circles(&graph.arrows()).into_iter();
    found.map(|circle| format!("these use each other in a circle: {circle:?}")).collect()
}

/// The modules that the documentation of the crate lists, the highest first.
pub(super) fn listed(lib: &str) -> Vec<String> {
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | ["));
    let names = rows.flat_map(|row| {
        let names = row.split('|').next().unwrap_or_default();
        names.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    names.collect()
}

/// The modules that the rules know.
pub(super) fn known() -> BTreeSet<String> {
    let heads = LAYERS.iter().filter_map(|(place, _)| place.split('/').next());
    heads.filter(|head| !["lib", "main"].contains(head)).map(str::to_owned).collect()
}
