//! The files of a context, as they were listed.

use std::{collections::BTreeMap, path::PathBuf};

use crate::store::FileState;

/// The files of a context, in the order of their names, part by part.
#[derive(Clone, Debug, Default)]
pub struct ContextTree(pub(super) BTreeMap<Name, ContextNode>);

/// A name within a context, in parts. Parts are text: no engine knows others.
pub(in crate::build) type Name = Vec<String>;

/// Something in a context.
#[derive(Clone, Debug)]
pub(in crate::build) struct ContextNode {
    /// Permissions, with the bits for set-user-id, set-group-id and sticky.
    pub(in crate::build) mode: u32,
    /// When it was last written, in nanoseconds since the Unix epoch.
    pub(in crate::build) modified_ns: i64,
    pub(in crate::build) kind: NodeKind,
}

/// What something in a context is.
#[derive(Clone, Debug)]
pub(in crate::build) enum NodeKind {
    Folder,
    File(FileState),
    /// With its target as it stands there.
    Link(String),
}

impl ContextTree {
    /// How many files there are, and their size in bytes.
    #[must_use]
    pub fn totals(&self) -> (usize, u64) {
        let states = self.states().map(|state| state.size);
        states.fold((0, 0), |(count, size), one| (count + 1, size + one))
    }

    /// The names of what is in it, in order; those of folders end with `/`.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(name, node)| match node.kind {
            NodeKind::Folder => format!("{}/", joined(name)),
            _ => joined(name),
        })
    }

    /// What is in it, in order.
    pub(in crate::build) fn nodes(&self) -> impl Iterator<Item = (&Name, &ContextNode)> {
        self.0.iter()
    }

    pub(super) fn states(&self) -> impl Iterator<Item = &FileState> {
        self.0.values().filter_map(|node| match &node.kind {
            NodeKind::File(state) => Some(state),
            _ => None,
        })
    }

    pub(super) fn insert(&mut self, name: Name, node: ContextNode) {
        // What is no folder hides what an earlier source had below that name.
        if !matches!(node.kind, NodeKind::Folder) {
            let below: Vec<Name> = self
                .0
                .range(name.clone()..)
                .take_while(|(other, _)| other.starts_with(&name))
                .map(|(other, _)| other.clone())
                .collect();
            for other in below {
                self.0.remove(&other);
            }
        }
        self.0.insert(name, node);
    }
}

/// A name as engines and people write it.
pub(in crate::build) fn joined(name: &[String]) -> String {
    name.join("/")
}

/// A name as the system writes it, below a folder.
pub(super) fn below(folder: &std::path::Path, name: &[String]) -> PathBuf {
    name.iter().fold(folder.to_path_buf(), |path, part| path.join(part))
}
