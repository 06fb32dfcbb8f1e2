//! What makes release archives.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use crate::{build::Builds, model::SignerSpec, net::Locks, ports::Sealer, store::Store};

/// The signers, with their keys open, found before a run.
pub type OpenSealers = Arc<Mutex<Vec<(SignerSpec, Arc<dyn Sealer>)>>>;

/// Makes release archives.
pub struct Archives {
    /// Where they are put, and the images that they hold.
    pub store: Arc<Store>,
    /// The builder of these.
    pub builds: Builds,
    /// The signers.
    pub sealers: OpenSealers,
    /// `SOURCE_DATE_EPOCH`, in seconds since the Unix epoch.
    pub epoch: Option<u64>,
    /// Architectures share files.
    pub(super) turns: Locks,
    /// The service files that were written.
    pub(super) written: Mutex<BTreeSet<PathBuf>>,
}
