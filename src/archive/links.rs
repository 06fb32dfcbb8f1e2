//! Links between the entries of an archive.

use std::collections::BTreeMap;

use super::{Entry, EntryKind};
use crate::model::{Failure, FailureKind, Side, escape};

/// How many links may lead from one to the next.
const DEPTH: usize = 16;

/// The links of an archive, each with the entry that it leads to.
#[derive(Clone, Debug, Default)]
pub struct Links(BTreeMap<String, String>);

impl Links {
    /// Remembers `entry` if it is a link.
    ///
    /// # Errors
    ///
    /// Fails where its target lies outside the archive.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Failure> {
        let target = match &entry.kind {
            EntryKind::Symlink(target) => {
                let folder = entry.name.rsplit_once('/').map_or("", |(folder, _)| folder);
                within(folder, target)
            }
            EntryKind::Hardlink(target) => within("", target),
            _ => return Ok(()),
        };
        let target = target.ok_or_else(|| wrong(&entry.name, "leads outside the archive"))?;
        self.0.insert(entry.name.clone(), target);
        Ok(())
    }

    /// The entry that `name` leads to in the end; itself where it is no link.
    ///
    /// # Errors
    ///
    /// Fails where links lead in a circle, or too far.
    pub fn resolve<'a>(&'a self, name: &'a str) -> Result<&'a str, Failure> {
        let mut at = name;
        for _ in 0..=DEPTH {
            match self.0.get(at) {
                Some(next) => at = next,
                None => return Ok(at),
            }
        }
        Err(wrong(name, "is a cycle, or follows too many links"))
    }
}

fn wrong(name: &str, why: &str) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, format!("its link `{}` {why}", escape(name)))
}

/// Where `target` leads from `folder`; none where it leads out.
fn within(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') || target.contains(['\\', '\0']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
