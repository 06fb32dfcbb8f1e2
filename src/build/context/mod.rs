//! What a build may copy: the files of its context, listed once.
//!
//! A [`Tree`] holds names, modes and links, and of each file how it looked when
//! it was listed; a file that looks otherwise when it is read is refused, since
//! what is built must be what was looked at. Links stay links and are never
//! followed.

mod digest;
mod ignore;
mod walk;

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use crate::{
    model::{Failure, FailureKind, Side},
    recipe::{Blueprint, ContextFolder},
    store::FileState,
};

pub(super) use digest::digest;

/// The files of a context, in the order of their names, part by part.
#[derive(Clone, Debug, Default)]
pub struct Tree(BTreeMap<Name, Node>);

/// A name within a context, in parts. Parts are text: no engine knows others.
pub(in crate::build) type Name = Vec<String>;

/// Something in a context.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Permissions, with the bits for set-user-id, set-group-id and sticky.
    pub(super) mode: u32,
    /// When it was last written, in nanoseconds since the Unix epoch.
    pub(super) modified_ns: i64,
    pub(super) kind: NodeKind,
}

/// What something in a context is.
#[derive(Clone, Debug)]
pub(super) enum NodeKind {
    Folder,
    File(FileState),
    /// With its target as it stands there.
    Link(String),
}

impl Tree {
    /// Lists what `blueprint` names. Reads no content but that of
    /// `.dockerignore`.
    ///
    /// # Errors
    ///
    /// Fails where a folder cannot be read, or holds what no build can copy: a
    /// pipe, a socket, a device, a name that is no text.
    pub fn list(blueprint: &Blueprint) -> Result<Self, Failure> {
        let mut tree = Self::default();
        for source in &blueprint.context {
            walk::add(&mut tree, source)?;
        }
        Ok(tree)
    }

    /// Puts what lies in a folder over what is there already. It has no dates.
    pub(super) fn cover(&mut self, folder: &Path) -> Result<(), Failure> {
        let mut over = Self::default();
        let source = ContextFolder { folder: folder.to_path_buf(), ..ContextFolder::default() };
        walk::add(&mut over, &source)?;
        for (name, mut node) in over.0 {
            let there = self.0.get(&name);
            let is_folder = matches!(node.kind, NodeKind::Folder);
            if is_folder && there.is_some_and(|there| matches!(there.kind, NodeKind::Folder)) {
                continue;
            }
            if is_folder && there.is_some() {
                let what = "a link or a file is in the way of what it depends on";
                return Err(
                    Failure::new(FailureKind::Invalid, Side::Source, what).context(joined(&name))
                );
            }
            node.modified_ns = 0;
            node.mode = if is_folder { 0o755 } else { 0o644 };
            self.insert(name, node);
        }
        Ok(())
    }

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
    pub(super) fn nodes(&self) -> impl Iterator<Item = (&Name, &Node)> {
        self.0.iter()
    }

    fn states(&self) -> impl Iterator<Item = &FileState> {
        self.0.values().filter_map(|node| match &node.kind {
            NodeKind::File(state) => Some(state),
            _ => None,
        })
    }

    fn insert(&mut self, name: Name, node: Node) {
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

/// Opens a file, and fails where it is not what was listed.
pub(super) fn open(state: &FileState) -> Result<File, Failure> {
    let open = || -> io::Result<File> {
        let file = File::open(&state.path)?;
        state.expect_same(&FileState::of_open(&state.path, &file)?)?;
        Ok(file)
    };
    open().map_err(|error| Failure::from_io(Side::Source, state.path.display(), &error))
}

/// A name as engines and people write it.
pub(super) fn joined(name: &[String]) -> String {
    name.join("/")
}

/// A name as the system writes it, below a folder.
pub(super) fn below(folder: &std::path::Path, name: &[String]) -> PathBuf {
    name.iter().fold(folder.to_path_buf(), |path, part| path.join(part))
}
