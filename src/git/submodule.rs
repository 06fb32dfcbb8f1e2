//! Submodules of a work tree.

use std::path::Path;

/// Whether a submodule is there; git leaves an empty folder for one that is not.
pub(super) fn is_checked_out(module: &Path) -> bool {
    module.join(".git").symlink_metadata().is_ok()
}
