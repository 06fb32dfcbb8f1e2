//! The exit statuses that scripts rely on.

use std::process::ExitCode;

use crate::{model::FailureKind, plan::Work, run::Run};

/// How castoff ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is done.
    Done = 0,
    /// A defect of castoff.
    Internal = 1,
    /// A command line or configuration that cannot be used.
    Usage = 2,
    /// Some jobs are not done, or nothing was begun for a reason that may pass.
    Partial = 3,
    /// Refused before the start for a reason that stays, or what was named does
    /// not exist.
    Refused = 4,
    /// A tag moved under us, or is written once.
    Conflict = 5,
    /// A digest or a signature is wrong, whenever that is found.
    Integrity = 6,
    /// The user stopped it.
    Stopped = 130,
}

impl Exit {
    /// The status that tells how `run` ended.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        if run.is_complete() {
            return Self::Done;
        }
        let kinds: Vec<FailureKind> = run.failures().map(|(_, failure)| failure.kind).collect();
        let mut failures = run.failures().map(|(_, failure)| failure);
        let any = |kind| kinds.contains(&kind);
        match () {
            () if any(FailureKind::Internal) => Self::Internal,
            () if any(FailureKind::Integrity) => Self::Integrity,
            () if !has_begun(run) && any(FailureKind::Conflict) => Self::Conflict,
            () if !has_begun(run) && failures.any(|failure| !failure.may_pass()) => Self::Refused,
            () if any(FailureKind::Changed) => Self::Integrity,
            () if any(FailureKind::Conflict) => Self::Conflict,
            () if run.stop().is_some() => Self::Stopped,
            () => Self::Partial,
        }
    }
}

/// Whether anything may have been sent: until all sources and all sinks are
/// found to be good, a run only looks.
fn has_begun(run: &Run) -> bool {
    let looks = |work: &Work| match work {
        // What is built is built when all the rest is known to be good.
        Work::Make { built, .. } => !built,
        Work::Preflight { .. } => true,
        _ => false,
    };
    run.plan().jobs().iter().filter(|job| looks(&job.work)).all(|job| run.is_done(job.id))
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
