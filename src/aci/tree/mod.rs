//! Trees on disk: walked, planted and removed.
//!
//! Paths are taken name by name, from a folder that is open: nothing that
//! lies in a tree, such as a link, leads out of it.

mod graft;
mod open;
mod plant;
mod remove;
mod walk;
mod xattrs;

use std::io;

pub(in crate::aci) use self::xattrs::is_of_root;
pub use self::{
    graft::Graft,
    open::OpenRoot,
    plant::{Losses, Planter},
    remove::{Doomed, remove},
    walk::{Walked, look_at, walk},
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
