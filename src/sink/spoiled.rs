//! What was found to be something else than its name says.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::model::{Digest, Failure, FailureKind};

/// The content at a place that was read and is wrong, though it looks as it
/// should from outside. It counts as missing until it is written again.
#[derive(Default)]
pub(super) struct Spoiled(Mutex<HashSet<Digest>>);

impl Spoiled {
    /// Whether content was found to be wrong and not written since.
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.lock().contains(digest)
    }

    /// Notes what a reading of the content showed.
    pub(super) fn note(&self, digest: &Digest, read: &Result<(), Failure>) {
        if read.as_ref().is_err_and(|failure| failure.kind == FailureKind::Integrity) {
            self.lock().insert(digest.clone());
        }
    }

    /// Notes that content was written again.
    pub(super) fn mended(&self, digest: &Digest) {
        self.lock().remove(digest);
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Digest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
