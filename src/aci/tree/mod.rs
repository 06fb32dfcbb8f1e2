//! Trees on disk: walked, planted and removed.
//!
//! Paths are taken name by name, from a folder that is open: nothing that
//! lies in a tree, such as a link, leads out of it.

mod insert;
mod open;
mod remove;
mod walk;
mod write;
mod xattrs;

use std::io;

pub(in crate::aci) use self::xattrs::is_of_root;
pub use self::{
    insert::Graft,
    open::OpenRoot,
    remove::{Doomed, remove},
    walk::{Walked, look_at, walk},
    write::{Losses, Planter},
};
use super::TreePath;

/// Describes an error with where in the tree it came up.
fn at(path: &TreePath, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), PathIoError { path: path.clone(), error })
}

#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
struct PathIoError {
    path: TreePath,
    #[source]
    error: io::Error,
}
