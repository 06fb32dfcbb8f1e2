//! Walks a folder of a context.

use std::{
    ffi::OsString,
    fs::{self, Metadata},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
};

use super::{
    ignore::Ignore,
    tree::{Name, Node, NodeKind, Tree, below, joined},
};
use crate::{
    model::{Failure, FailureKind, Side, escape},
    recipe::ContextFolder,
    store::FileState,
};

/// The deepest that folders may lie in one another.
const DEPTH: usize = 512;
/// The most that a context may hold.
const COUNT: usize = 1_000_000;
/// Permissions and the bits beside them.
const MODE: u32 = 0o7777;

/// Adds what lies in a folder.
pub(super) fn add(tree: &mut Tree, source: &ContextFolder) -> Result<(), Failure> {
    let ignore = if source.ignores { Ignore::of(&source.folder)? } else { Ignore::default() };
    let to: Name =
        source.to.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    for depth in 1..=to.len() {
        let folder = Node { mode: 0o755, modified_ns: 0, kind: NodeKind::Folder };
        tree.0.entry(to[..depth].to_vec()).or_insert(folder);
    }
    Walk { tree, source, to, ignore }.folder(&mut Vec::new())
}

struct Walk<'t> {
    tree: &'t mut Tree,
    source: &'t ContextFolder,
    /// Where it is put.
    to: Name,
    ignore: Ignore,
}

impl Walk<'_> {
    fn folder(&mut self, at: &mut Name) -> Result<(), Failure> {
        let path = below(&self.source.folder, at);
        if at.len() > DEPTH {
            let what = format!("folders are nested more than {DEPTH} deep");
            return Err(invalid(what, &path));
        }
        let read = || -> io::Result<Vec<OsString>> {
            fs::read_dir(&path)?.map(|entry| Ok(entry?.file_name())).collect()
        };
        let mut names = read().map_err(|error| failed(&path, &error))?;
        names.sort();
        for name in names {
            let Some(name) = name.to_str() else {
                let shown = name.to_string_lossy();
                return Err(invalid(format!("the name `{}` is not UTF-8", escape(&shown)), &path));
            };
            at.push(name.to_owned());
            self.entry(at)?;
            at.pop();
        }
        Ok(())
    }

    fn entry(&mut self, at: &mut Name) -> Result<(), Failure> {
        let (path, name) = (below(&self.source.folder, at), joined(at));
        if self.source.without.contains(&name) {
            return Ok(());
        }
        let metadata = fs::symlink_metadata(&path).map_err(|error| failed(&path, &error))?;
        let (is_folder, is_ignored) = (metadata.is_dir(), self.ignore.leaves_out(&name));
        if is_ignored && !(is_folder && self.ignore.takes_back()) {
            return Ok(());
        }
        let left_out = is_ignored || (is_folder && self.is_above_what_is_left_out(&name));
        if !left_out {
            let node = node(&path, &metadata)?;
            self.tree.insert(self.place(at), node);
            if self.tree.0.len() > COUNT {
                return Err(invalid(
                    format!("it contains more than {COUNT} files"),
                    &self.source.folder,
                ));
            }
        }
        if !is_folder {
            return Ok(());
        }
        let before = self.tree.0.len();
        self.folder(at)?;
        if left_out && self.tree.0.len() > before {
            // What is taken from it needs it.
            let folder = node(&path, &metadata)?;
            self.tree.0.entry(self.place(at)).or_insert(folder);
        }
        Ok(())
    }

    /// Where the build sees what lies at `at`.
    fn place(&self, at: &Name) -> Name {
        self.to.iter().chain(at).cloned().collect()
    }

    /// Whether a folder holds what is always left out. It may hold nothing
    /// else, and would come and go with that.
    fn is_above_what_is_left_out(&self, name: &str) -> bool {
        let is_below =
            |other: &String| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        self.source.without.iter().any(is_below)
    }
}

fn node(path: &Path, metadata: &Metadata) -> Result<Node, Failure> {
    let kind = if metadata.is_dir() {
        NodeKind::Folder
    } else if metadata.is_symlink() {
        let target = fs::read_link(path).map_err(|error| failed(path, &error))?;
        let target = target.to_str().ok_or_else(|| invalid("its target is not text", path))?;
        NodeKind::Link(target.to_owned())
    } else if metadata.is_file() {
        NodeKind::File(FileState::of(path)?)
    } else {
        let kind = metadata.file_type();
        let what = match (kind.is_fifo(), kind.is_socket()) {
            (true, _) => "it is a named pipe, which a build cannot copy",
            (_, true) => "it is a socket, which a build cannot copy",
            _ => "it is a device, which a build cannot copy",
        };
        return Err(invalid(what, path).hint("list it in .dockerignore, or remove it"));
    };
    let modified_ns = metadata.mtime().saturating_mul(1_000_000_000);
    let modified_ns = modified_ns.saturating_add(metadata.mtime_nsec());
    Ok(Node { mode: metadata.mode() & MODE, modified_ns, kind })
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::from_io(Side::Source, path.display(), error)
}

fn invalid(what: impl std::fmt::Display, path: &Path) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what).context(path.display())
}
