//! Which of a layout's entries is meant.

use std::path::{Path, PathBuf};

use crate::{
    model::{Descriptor, Failure, FailureKind, Side, entry_names, escape},
    source::invalid,
};

/// A layout, and the name in it that is meant, where a path says one behind
/// it: `PATH:NAME`. What exists as it is written is no name.
#[must_use]
pub fn split(path: &Path) -> (PathBuf, Option<String>) {
    let whole = || (path.to_owned(), None);
    let Some(text) = path.to_str().filter(|_| !path.exists()) else { return whole() };
    let split = text.char_indices().filter(|(_, letter)| *letter == ':').find_map(|(at, _)| {
        let (path, name) = (Path::new(&text[..at]), &text[at + 1..]);
        (!name.is_empty() && path.exists()).then(|| (path.to_owned(), Some(name.to_owned())))
    });
    split.unwrap_or_else(whole)
}

/// The entries that are called `name`; all, where none is meant.
pub(super) fn picked(
    entries: Vec<Descriptor>,
    name: Option<&str>,
) -> Result<Vec<Descriptor>, Failure> {
    let Some(name) = name else { return Ok(entries) };
    let first = |entry: &Descriptor| entry_names(entry).first().map(|name| (*name).to_owned());
    let is_called = |entry: &&Descriptor| entry_names(entry).contains(&name);
    let called: Vec<Descriptor> = entries.iter().filter(is_called).cloned().collect();
    let mut names: Vec<String> = called.iter().filter_map(first).collect();
    names.sort();
    names.dedup();
    if names.iter().any(|found| found == name) {
        // A whole name says more than the tag of another.
        let is_it = |entry: &Descriptor| first(entry).as_deref() == Some(name);
        return Ok(called.into_iter().filter(is_it).collect());
    }
    let listed = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{}`", escape(name))).collect();
        names.join(", ")
    };
    match &names[..] {
        [] => {
            let mut known: Vec<String> = entries.iter().filter_map(first).collect();
            known.sort();
            known.dedup();
            let what = format!("it contains nothing named `{}`", escape(name));
            let hint = match &known[..] {
                [] => "its images have no names; leave the name out".to_owned(),
                known => format!("it contains {}", listed(known)),
            };
            Err(Failure::new(FailureKind::NotFound, Side::Source, what).hint(hint))
        }
        [_] => Ok(called),
        several => Err(invalid(format!("`{}` names several images", escape(name)))
            .hint(format!("choose one: {}", listed(several)))),
    }
}
