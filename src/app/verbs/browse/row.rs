//! A tag in a list, which may be impossible to read.

use crate::{
    browse::Dated,
    error::{Error, Exit},
    model::{Failure, FailureKind},
};

/// A tag, and what it names; none: it went meanwhile, or cannot be asked for.
pub(super) struct TagRow {
    pub(super) name: String,
    pub(super) named: Result<Option<Dated>, Failure>,
}

impl TagRow {
    /// When what the tag names was made, where that is known.
    pub(super) fn date(&self) -> Option<jiff::Timestamp> {
        self.named.as_ref().ok()?.as_ref()?.date
    }

    /// Why the row does not tell all, where it may tell more another time, or to
    /// another user.
    pub(super) fn passing(&self) -> impl Iterator<Item = Failure> + '_ {
        let odd = self.named.iter().flatten().flat_map(|named| &named.tree.odd);
        let parts = odd.filter_map(|odd| odd.why.as_ref());
        let failures = self.named.as_ref().err().into_iter().chain(parts);
        let may_pass = |failure: &&Failure| {
            let is_kept =
                matches!(failure.kind, FailureKind::Unauthorized | FailureKind::Forbidden);
            is_kept || failure.is_transient()
        };
        let passing = failures.filter(may_pass).cloned();
        passing.map(|failure| failure.context(format!("tag `{}`", self.name)))
    }
}

/// The end of a list of which some rows could not be read for reasons that may
/// pass.
pub(super) fn passing(failures: Vec<Failure>) -> Result<(), Error> {
    if failures.is_empty() { Ok(()) } else { Err(Error { exit: Exit::Partial, failures }) }
}
