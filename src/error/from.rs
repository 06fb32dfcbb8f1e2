//! What each kind of failure is to castoff's user.

use super::{Error, Exit};
use crate::{
    config::{LoadError, Problem, Problems},
    journal::JournalError,
    model::{Failure, FailureKind, Side},
    plan::PlanRefusal,
};

impl From<Vec<Failure>> for Error {
    fn from(failures: Vec<Failure>) -> Self {
        let is_wrong = |failure: &Failure| failure.kind == FailureKind::Integrity;
        // What stays is said by the status where anything does.
        let passes = !failures.is_empty() && failures.iter().all(Failure::may_pass);
        let exit = match () {
            () if failures.iter().any(is_wrong) => Exit::Integrity,
            () if passes => Exit::Partial,
            () => Exit::Refused,
        };
        Self { exit, failures }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let exit = match failure.kind {
            FailureKind::Internal => Exit::Internal,
            FailureKind::Conflict => Exit::Conflict,
            FailureKind::Integrity => Exit::Integrity,
            _ if failure.may_pass() => Exit::Partial,
            _ => Exit::Refused,
        };
        Self { exit, failures: vec![failure] }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        let failure = |problem: Problem| {
            let what = format!("{}: {}", problem.at, problem.what);
            let failure = Failure::new(FailureKind::Invalid, Side::Local, what);
            Failure { hint: problem.hint.map(Into::into), ..failure }
        };
        Self { exit: Exit::Usage, failures: problems.0.into_iter().map(failure).collect() }
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Problems(problems) => problems.into(),
            error @ LoadError::Unreadable { .. } => {
                Error::because(Exit::Usage, FailureKind::Invalid, &error)
            }
        }
    }
}

impl From<PlanRefusal> for Error {
    fn from(refusal: PlanRefusal) -> Self {
        let exit =
            if matches!(refusal, PlanRefusal::Disorder(_)) { Exit::Internal } else { Exit::Usage };
        Error::because(exit, FailureKind::Invalid, &refusal)
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        // Another process ends at some time.
        let passes = matches!(error, JournalError::Busy(_));
        let exit = if passes { Exit::Partial } else { Exit::Refused };
        let shown = Error::because(exit, FailureKind::Storage, &error);
        match error {
            JournalError::Io { .. } => shown,
            JournalError::Busy(_) => shown.hint("wait until it ends, or stop it"),
            JournalError::Newer { .. } => shown.hint("use that version of castoff"),
            JournalError::Misnamed { .. } => shown.hint("name a journal after its run"),
            JournalError::Corrupt { .. } | JournalError::Gap { .. } | JournalError::Empty(_) => {
                shown.hint("restore the file, or begin a new run, which sends only what is missing")
            }
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::because(Exit::Refused, FailureKind::Storage, &error)
    }
}
