//! Why a release cannot be looked at.

use crate::model::{Failure, FailureKind, Side};

pub(super) fn invalid(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Local, what.into())
}
