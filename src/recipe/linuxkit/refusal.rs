//! Why a package cannot be built or published.

use crate::model::{Failure, FailureKind, Side};

/// The failure of a package that says what cannot be.
pub(super) fn invalid(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what)
}
