//! What of a blob is done.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::blob::Blob;

/// Tells the blob what is done, each byte once however often it was sent.
pub(super) struct UploadProgress {
    pub(super) blob: Arc<dyn Blob>,
    at: AtomicU64,
    told: AtomicU64,
}

impl UploadProgress {
    /// Nothing of `blob` is done yet.
    pub(super) fn new(blob: Arc<dyn Blob>) -> Self {
        Self { blob, at: AtomicU64::new(0), told: AtomicU64::new(0) }
    }

    /// Hears that `bytes` more are on their way.
    pub(super) fn moved(&self, bytes: u64) {
        let at = self.at.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.blob.advance(self.news(at));
    }

    /// Hears that the bytes up to `at` are done, and no others.
    pub(super) fn stand_at(&self, at: u64) {
        self.at.store(at, Ordering::Relaxed);
        self.blob.skip(self.news(at));
    }

    /// How many of the bytes up to `at` were not told of yet.
    fn news(&self, at: u64) -> u64 {
        at.saturating_sub(self.told.fetch_max(at, Ordering::Relaxed))
    }
}
