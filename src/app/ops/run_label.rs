//! What a run does, in a line.

use crate::{
    browse::Age,
    journal::{Does, RunHead},
    model::{Publisher, escape},
};

/// How many tags tell what a run does.
const FEW: usize = 3;

/// What a run releases, in short.
pub(crate) fn what(head: &RunHead) -> String {
    if let Some(undone) = &head.undoes {
        return format!("undoes {}", escape(undone));
    }
    let sinks = head.sinks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if !head.artifacts.is_empty() {
        let names = head.artifacts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let versions = versions(head).join(", ");
        let versions = if versions.is_empty() { versions } else { format!(" {versions}") };
        return format!("{names}{versions} → {sinks}");
    }
    let does = match head.does {
        Does::Sweeps => "collects",
        Does::Removes => "removes",
        Does::Signs => "signs",
        Does::Tags => "tags",
    };
    let mut names: Vec<String> = head.tags.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        names.extend(head.sweeps.iter().map(ToString::to_string));
    }
    format!("{does} {} at {sinks}", few(names))
}

/// The publisher that began a run, where that is another user or machine.
pub(crate) fn other_publisher(head: &RunHead, me: &Publisher) -> Option<String> {
    let is_other = !head.by.is_unknown() && !head.by.is_at(me);
    is_other.then(|| head.by.to_string())
}

/// The first few of some names, each once.
fn few(mut names: Vec<String>) -> String {
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(FEW);
    names.truncate(FEW);
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

/// The versions that a run releases.
fn versions(head: &RunHead) -> Vec<String> {
    let mut versions: Vec<String> = Vec::new();
    for name in head.tags.iter().map(|tag| tag.tag.to_string()) {
        if Age::is_version(&name) && !versions.contains(&name) {
            versions.push(name);
        }
    }
    versions
}
