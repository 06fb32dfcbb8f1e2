//! A package, and what is to be done with it.

use crate::recipe::linuxkit::{Flow, Package};

/// A package, and what is to be done with it.
pub(super) struct PackageJob {
    pub(super) package: Package,
    pub(super) flow: Flow,
    /// Whether it is signed is asked for, where content trust is on.
    pub(super) sign: bool,
}
