//! Where something lies below the root of a tree.

use std::{cmp::Ordering, fmt, path::Path};

use crate::model::escape;

/// The longest path, in bytes: what Linux takes in one piece.
const LENGTH: usize = 4095;
/// How much of the start and of the end of a path is shown.
const SHOWN: usize = 120;
/// How many folders a path may lead through.
const DEPTH: usize = 512;

/// A path below the root of a tree: names joined by `/`, none of them `.` or
/// `..`; the root itself is empty. It may hold bytes that are no UTF-8.
///
/// Paths are ordered name by name, so that what lies in a folder follows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TreePath(Vec<u8>);

/// Why something is no path below a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It leads upwards, as `..` does.
    #[error("it contains `..`")]
    Upwards,
    /// It has a NUL.
    #[error("it contains a NUL")]
    Nul,
    /// It is too long.
    #[error("it is longer than {LENGTH} bytes")]
    Long,
    /// It has too many names.
    #[error("it is more than {DEPTH} folders deep")]
    Deep,
}

impl TreePath {
    /// The root.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Reads a path; a `/` before or behind it and names that are `.` do not
    /// count.
    ///
    /// # Errors
    ///
    /// Fails where it leads upwards, is too long or too deep, or has a NUL.
    pub fn parse(bytes: &[u8]) -> Result<Self, PathError> {
        if bytes.contains(&0) {
            return Err(PathError::Nul);
        }
        let mut path = Vec::with_capacity(bytes.len().min(LENGTH));
        for (depth, name) in names(bytes).filter(|name| *name != b".").enumerate() {
            match name {
                b".." => return Err(PathError::Upwards),
                _ if depth >= DEPTH => return Err(PathError::Deep),
                name => {
                    if depth > 0 {
                        path.push(b'/');
                    }
                    path.extend_from_slice(name);
                }
            }
        }
        if path.len() > LENGTH { Err(PathError::Long) } else { Ok(Self(path)) }
    }

    /// Whether it is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Its bytes, without a `/` before them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// It as a relative path of the system.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        use std::os::unix::ffi::OsStrExt;
        Path::new(std::ffi::OsStr::from_bytes(&self.0))
    }

    /// Its names, the outermost first.
    #[must_use]
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        names(&self.0)
    }

    /// Its last name; empty for the root.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }

    /// The folder that it lies in; none for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let end = self.0.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        Some(Self(self.0[..end].to_vec()))
    }

    /// The folders that it lies in, the innermost first; the root is the last.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// What lies in this folder under `name`.
    ///
    /// # Errors
    ///
    /// Fails where that would be too long or too deep.
    pub fn join(&self, name: &[u8]) -> Result<Self, PathError> {
        Self::parse(&[&self.0, &b"/"[..], name].concat())
    }

    /// Fails where a symbolic link that lies here leads out of its tree. One
    /// that is absolute does not: it is never followed here, and begins at the
    /// root of the process that follows it.
    ///
    /// # Errors
    ///
    /// See above; also where `target` is no path.
    pub fn check_symlink(&self, target: &[u8]) -> Result<(), &'static str> {
        if target.is_empty() || target.contains(&0) {
            return Err("this is not a path");
        }
        if target.starts_with(b"/") {
            return Ok(());
        }
        let mut depth = self.names().count().saturating_sub(1);
        for name in target.split(|byte| *byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => depth = depth.checked_sub(1).ok_or("it points outside the image")?,
                _ => depth += 1,
            }
        }
        Ok(())
    }

    /// It as manifests write it: `/`, `/etc`; none where it is no UTF-8.
    #[must_use]
    pub fn absolute(&self) -> Option<String> {
        std::str::from_utf8(&self.0).ok().map(|path| format!("/{path}"))
    }
}

fn names(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'/').filter(|name| !name.is_empty())
}

impl Ord for TreePath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.names().cmp(other.names())
    }
}

impl PartialOrd for TreePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for TreePath {
    /// With a `/` before it, and safe to show: a long one without its middle.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.0);
        let count = text.chars().count();
        if count <= 2 * SHOWN {
            return write!(f, "/{}", escape(&text));
        }
        let (start, end): (String, String) =
            (text.chars().take(SHOWN).collect(), text.chars().skip(count - SHOWN).collect());
        write!(f, "/{}...{}", escape(&start), escape(&end))
    }
}
