//! Content that lies elsewhere, such as the blobs of an OCI layout.

use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::files::{open_regular, read_small};
use crate::model::{Descriptor, Failure, FailureKind, Side};

/// Where content lies, and how to tell that it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    /// Absolute.
    pub(super) path: PathBuf,
    size: u64,
    modified_ns: i64,
}

impl Link {
    /// A link to the regular file at `path`, which has the size of `node`.
    pub(super) fn to(node: &Descriptor, path: &Path) -> Result<Self, Failure> {
        let named = |error| Failure::from_io(Side::Source, path.display(), &error);
        let path = std::path::absolute(path).map_err(named)?;
        let metadata = open_regular(&path).and_then(|file| file.metadata()).map_err(|error| {
            let hint = "blobs must be regular files, not links to them";
            Failure::from_io(Side::Source, path.display(), &error).hint(hint)
        })?;
        if metadata.len() != node.size {
            return Err(Failure::new(
                FailureKind::Integrity,
                Side::Source,
                format!("it has {} bytes, but its descriptor says {}", metadata.len(), node.size),
            )
            .context(path.display())
            .hint("copy the layout again, whole"));
        }
        if path.to_str().is_none() {
            return Err(Failure::new(
                FailureKind::Invalid,
                Side::Source,
                "content outside the store needs a path in UTF-8",
            )
            .context(path.display()));
        }
        Ok(Self { path, size: metadata.len(), modified_ns: modified_ns(&metadata) })
    }

    /// Fails where the file is not what it was.
    pub(super) fn check(&self, node: &Descriptor) -> Result<(), Failure> {
        match Self::to(node, &self.path) {
            Ok(now) if now == *self => Ok(()),
            _ => Err(Failure::new(
                FailureKind::Integrity,
                Side::Source,
                "it was removed or changed after castoff read it",
            )
            .context(self.path.display())
            .hint("prepare the release again")),
        }
    }

    pub(super) fn load(path: &Path) -> Result<Option<Self>, Failure> {
        Ok(read_small(path)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a link's path is UTF-8")
    }
}

/// When a file was last written, in nanoseconds since the Unix epoch.
pub(super) fn modified_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}
