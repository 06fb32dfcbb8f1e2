//! A part of a file as content.

use std::{io, ops::Range, path::PathBuf};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::disk::at;
use crate::{
    archive::open_plain,
    model::Failure,
    ports::{Content, Reader},
    store::is_executable,
};

/// A part of a file. What is read of it is not checked.
pub(super) struct FileRange {
    pub(super) path: PathBuf,
    /// Where it begins, in bytes.
    pub(super) offset: u64,
    /// Its length in bytes.
    pub(super) size: u64,
}

impl FileRange {
    /// A whole file.
    pub(super) fn whole(path: PathBuf, size: u64) -> Self {
        Self { path, offset: 0, size }
    }
}

#[async_trait]
impl Content for FileRange {
    fn size(&self) -> u64 {
        self.size
    }

    fn unchecked_file(&self) -> Option<String> {
        Some(self.path.display().to_string())
    }

    fn is_executable(&self) -> bool {
        is_executable(&self.path)
    }

    async fn read(&self, range: Range<u64>) -> Result<Reader, Failure> {
        let file = open_plain(&self.path).map_err(at(&self.path))?;
        let mut file = tokio::fs::File::from_std(file);
        let start = io::SeekFrom::Start(self.offset + range.start);
        file.seek(start).await.map_err(at(&self.path))?;
        Ok(Box::pin(file.take(range.end.saturating_sub(range.start))))
    }
}
