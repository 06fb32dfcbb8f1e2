//! Why an image directory cannot be used.

use std::path::Path;

use crate::model::{Failure, FailureKind, Side, escape};

/// The failure of a directory that says what cannot be.
pub(super) fn invalid(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what)
}

/// What is told of a path that is not there.
pub(super) fn missing(path: &Path) -> Failure {
    let shown = path.display().to_string();
    let what = format!("ERROR: {} does not exist.", escape(&shown));
    Failure::new(FailureKind::NotFound, Side::Source, what).verbatim()
}
