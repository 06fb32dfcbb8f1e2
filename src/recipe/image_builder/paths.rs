//! Paths within a repository, which never lead out of it.

use std::path::{Component, Path, PathBuf};

use crate::model::{Failure, FailureKind, Side};

/// Fails where a path leads out of wherever it begins, links aside.
pub(super) fn check(path: &str) -> Result<(), &'static str> {
    let mut depth = 0_usize;
    for part in Path::new(path).components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir => {
                depth = depth.checked_sub(1).ok_or("it points outside the repository")?;
            }
            Component::RootDir | Component::Prefix(_) => {
                return Err("it must be relative to the repository's root");
            }
        }
    }
    Ok(())
}

/// What lies at a path below a folder, whatever links there are on the way.
pub(super) fn within(root: &Path, path: &str) -> Result<PathBuf, Failure> {
    let real = |path: &Path| {
        path.canonicalize().map_err(|error| Failure::from_io(Side::Source, path.display(), &error))
    };
    let (root, found) = (real(root)?, root.join(path).canonicalize());
    let found = found.map_err(|error| {
        Failure::from_io(Side::Source, format!("`{path}` of the repository"), &error)
    })?;
    if found.starts_with(&root) {
        return Ok(found);
    }
    let what = format!("`{path}` points outside the repository through a link");
    Err(Failure::new(FailureKind::Invalid, Side::Source, what))
}
