//! The platforms that other machines push of a package.

use crate::model::Platform;

/// As their names.
const PLATFORMS: [&str; 13] = [
    "linux/amd64",
    "linux/arm64",
    "linux/s390x",
    "linux/riscv64",
    "linux/ppc64le",
    "linux/386",
    "linux/arm",
    "linux/arm/v5",
    "linux/arm/v6",
    "linux/arm/v7",
    "linux/loong64",
    "linux/mips64le",
    "linux/ppc64",
];

/// The platforms that may have been pushed by another machine, each under a tag
/// of its own; a package's index has those that were.
///
/// # Panics
///
/// Never: the names are known.
#[must_use]
pub fn pushed_elsewhere() -> Vec<Platform> {
    PLATFORMS.map(|name| name.parse().expect("Go knows the names")).to_vec()
}
