//! What a registry was seen not to be able to.

use std::sync::atomic::{AtomicBool, Ordering};

/// What the registry was seen not to be able to.
#[derive(Debug)]
pub(super) struct Capabilities {
    mount: AtomicBool,
    head_manifests: AtomicBool,
    /// Whether what a HEAD says of a manifest is known to be so.
    proven_heads: AtomicBool,
    head_blobs: AtomicBool,
    referrers: AtomicBool,
}

impl Default for Capabilities {
    /// All of it, until it is seen otherwise; but no HEAD is believed before one
    /// was compared.
    fn default() -> Self {
        Self {
            mount: true.into(),
            head_manifests: true.into(),
            proven_heads: false.into(),
            head_blobs: true.into(),
            referrers: true.into(),
        }
    }
}

impl Capabilities {
    pub(super) fn mount(&self) -> bool {
        self.mount.load(Ordering::Relaxed)
    }

    pub(super) fn no_mount(&self) {
        self.mount.store(false, Ordering::Relaxed);
    }

    pub(super) fn head_manifests(&self) -> bool {
        self.head_manifests.load(Ordering::Relaxed)
    }

    pub(super) fn no_head_manifests(&self) {
        self.head_manifests.store(false, Ordering::Relaxed);
    }

    pub(super) fn are_heads_proven(&self) -> bool {
        self.proven_heads.load(Ordering::Relaxed)
    }

    pub(super) fn prove_heads(&self) {
        self.proven_heads.store(true, Ordering::Relaxed);
    }

    pub(super) fn head_blobs(&self) -> bool {
        self.head_blobs.load(Ordering::Relaxed)
    }

    pub(super) fn no_head_blobs(&self) {
        self.head_blobs.store(false, Ordering::Relaxed);
    }

    pub(super) fn referrers(&self) -> bool {
        self.referrers.load(Ordering::Relaxed)
    }

    pub(super) fn no_referrers(&self) {
        self.referrers.store(false, Ordering::Relaxed);
    }
}
