//! What a layout is asked, wherever it lies.

use std::path::Path;

use super::files;
use crate::{
    model::{Descriptor, Failure},
    source::documents::{Documents, expect},
    store::Store,
};

/// The blobs of a layout.
pub(in crate::source) trait Blobs {
    /// Reads a document and checks it; none where it is missing.
    fn read(&self, node: &Descriptor) -> Result<Option<Vec<u8>>, Failure>;

    /// Whether a blob is there; what is in it is not looked at.
    fn has(&self, node: &Descriptor) -> Result<bool, Failure>;
}

/// Those of a folder.
impl Blobs for Path {
    fn read(&self, node: &Descriptor) -> Result<Option<Vec<u8>>, Failure> {
        let path = files::blob_path(self, node);
        let Some(raw) = files::read(&path)? else { return Ok(None) };
        expect(node, &raw).map_err(|failure| failure.context(path.display()))?;
        Ok(Some(raw))
    }

    fn has(&self, node: &Descriptor) -> Result<bool, Failure> {
        Ok(std::fs::symlink_metadata(files::blob_path(self, node)).is_ok())
    }
}

/// Those of a tar that was looked through.
impl Blobs for Documents {
    fn read(&self, node: &Descriptor) -> Result<Option<Vec<u8>>, Failure> {
        if self.names_blob(node) { self.blob(node).map(Some) } else { Ok(None) }
    }

    fn has(&self, node: &Descriptor) -> Result<bool, Failure> {
        Ok(self.names_blob(node))
    }
}

/// Those that were taken in.
impl Blobs for Store {
    fn read(&self, node: &Descriptor) -> Result<Option<Vec<u8>>, Failure> {
        if Self::has(self, node)? { Self::read(self, node).map(Some) } else { Ok(None) }
    }

    fn has(&self, node: &Descriptor) -> Result<bool, Failure> {
        Self::has(self, node)
    }
}
