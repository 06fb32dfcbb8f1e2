//! What a build may copy: the files of its context, listed once.
//!
//! A [`Tree`] holds names, modes and links, and of each file how it looked when
//! it was listed; a file that looks otherwise when it is read is refused, since
//! what is built must be what was looked at. Links stay links and are never
//! followed.

mod digest;
mod ignore;
mod tree;
mod walk;

use std::{fs::File, io, path::Path};

use crate::{
    model::{Failure, FailureKind, Side},
    recipe::{Blueprint, ContextFolder},
    store::FileState,
};

pub(super) use digest::digest;
pub use tree::Tree;
pub(super) use tree::{Name, Node, NodeKind, joined};

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
                let what = "a link or file is in the way of an image that it depends on";
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
