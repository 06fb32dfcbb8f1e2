//! Paths as metadata writes them.

use std::path::{Component, Path, PathBuf};

use crate::model::{Failure, FailureKind, Side};

/// A path without `.` and without `..`, as far as its text tells.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match cleaned.components().next_back() {
                Some(Component::Normal(_)) => {
                    cleaned.pop();
                }
                Some(Component::RootDir) => {}
                _ => cleaned.push(".."),
            },
            part => cleaned.push(part),
        }
    }
    cleaned
}

/// The path below `folder` that `field` names: none where it is not set.
pub(super) fn below(
    field: &str,
    folder: &Path,
    path: Option<&str>,
) -> Result<Option<PathBuf>, Failure> {
    let Some(path) = path.filter(|path| !path.is_empty()) else { return Ok(None) };
    let wrong =
        |why| Err(Failure::new(FailureKind::Invalid, Side::Source, format!("{field} must {why}")));
    if Path::new(path).is_absolute() {
        return wrong("be relative to package directory");
    }
    let whole = clean(&folder.join(path));
    // By parts and not by letters: `../pkg-two` is not within `pkg`.
    match whole.strip_prefix(folder) {
        Ok(within) if within.as_os_str().is_empty() => {
            wrong("not be exactly the package directory")
        }
        Ok(_) => Ok(Some(whole)),
        Err(_) => wrong("be within package directory"),
    }
}

/// A destination in a build's context, relative to its root and without a
/// slash at its ends; none where it leads out.
pub(super) fn in_context(to: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() || to.starts_with('/') => {}
            ".." => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
