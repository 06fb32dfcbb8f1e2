//! What a look at a sink finds wrong.

use crate::model::{Digest, Failure, FailureKind, Side};

/// A tag that names something else than it should.
pub(super) fn moved(now: Option<&Digest>) -> Failure {
    let now = now.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    Failure::new(
        FailureKind::Conflict,
        Side::Sink,
        format!("it moved meanwhile; it now names {now}"),
    )
}

/// The failure of a document that cannot be read, and that others rely on.
pub(super) fn unreadable(
    error: &(dyn std::error::Error + 'static),
    name: impl std::fmt::Display,
) -> Failure {
    Failure::from_error(FailureKind::Invalid, Side::Sink, error)
        .context("it cannot be read, so it was not overwritten")
        .context(name)
}

/// Content that is not what it is called.
pub(super) fn corrupt(what: &str) -> Failure {
    Failure::new(
        FailureKind::Integrity,
        Side::Sink,
        format!("the content of {what} does not match its name"),
    )
}
