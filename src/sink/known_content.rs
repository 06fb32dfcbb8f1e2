//! What this process knows of the content at a place.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::model::{Descriptor, Failure, FailureKind};

/// The largest content, in bytes, that is read back whole from another
/// machine although this process did not write it. Registries and buckets check
/// a digest when they take content, so of larger content it is enough that they
/// have it under that digest: to download it at each release would cost more
/// than to send it.
pub(super) const READ_WHOLE: u64 = 1 << 20;

/// What was written at a place, or read and hashed there, by the name that it
/// has there: a digest, or a key. What is wrong, though it looks as it should
/// from outside, counts as missing until it is written again.
#[derive(Debug, Default)]
pub(super) struct KnownContent(Mutex<HashMap<String, KnownDigest>>);

/// What is known of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KnownDigest {
    Right,
    Wrong,
    /// It was wrong, and was written since. Not every place takes again what
    /// it believes to have.
    Doubted,
}

impl KnownContent {
    /// Whether content was found to be wrong and not written since.
    pub(super) fn is_wrong(&self, name: &str) -> bool {
        self.lock().get(name) == Some(&KnownDigest::Wrong)
    }

    /// All content that was found to be wrong and not written since.
    pub(super) fn all_wrong(&self) -> Vec<String> {
        let known = self.lock();
        let wrong = known.iter().filter(|(_, known)| **known == KnownDigest::Wrong);
        wrong.map(|(name, _)| name.clone()).collect()
    }

    /// Whether this process wrote the content itself, hashed on the way, or
    /// has read it there and found it right.
    pub(super) fn is_right(&self, name: &str) -> bool {
        self.lock().get(name) == Some(&KnownDigest::Right)
    }

    /// Whether it is enough that a place on another machine has noted the digest
    /// of `node` for what is named so there.
    pub(super) fn is_enough(&self, node: &Descriptor, name: &str) -> bool {
        node.size > READ_WHOLE && !self.is_doubted(name)
    }

    /// Notes what a reading of the content showed. What cannot be read though
    /// it is said to be there is as bad as what is wrong.
    pub(super) fn note_read(&self, name: &str, read: &Result<(), Failure>) {
        let known = match read.as_ref().map_err(|failure| failure.kind) {
            Ok(()) => KnownDigest::Right,
            Err(FailureKind::Integrity | FailureKind::NotFound) => KnownDigest::Wrong,
            Err(_) => return,
        };
        self.lock().insert(name.to_owned(), known);
    }

    /// Notes that content was written. What was wrong before is to be read.
    pub(super) fn note_written(&self, name: &str) {
        let mut known = self.lock();
        let was_wrong = matches!(known.get(name), Some(KnownDigest::Wrong | KnownDigest::Doubted));
        let now = if was_wrong { KnownDigest::Doubted } else { KnownDigest::Right };
        known.insert(name.to_owned(), now);
    }

    /// Whether content was wrong, and was not read since it was written again.
    pub(super) fn is_doubted(&self, name: &str) -> bool {
        self.lock().get(name) == Some(&KnownDigest::Doubted)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, KnownDigest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
