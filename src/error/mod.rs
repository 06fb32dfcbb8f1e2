//! How castoff ends when it does not end well.
//!
//! One renderer for people, and the exit statuses that scripts rely on.

mod exit;
mod from;
mod remedies;
mod shown;

use std::fmt;

use self::shown::show;
pub use self::{
    exit::Exit,
    remedies::{RESUME, advice, resume, rollback},
};
use crate::model::{Failure, FailureKind, Hint, Side};

/// Why castoff does not do what it was asked.
#[derive(Debug)]
pub struct Error {
    /// How castoff ends.
    pub exit: Exit,
    /// What is wrong: each with its causes and hint.
    pub failures: Vec<Failure>,
}

impl Error {
    /// A command line that cannot be used.
    #[must_use]
    pub fn usage(what: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, FailureKind::Invalid, what)
    }

    /// A file of the user's that cannot be used.
    #[must_use]
    pub fn configuration(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::because(Exit::Usage, FailureKind::Invalid, error)
    }

    /// Something that is refused before it begins.
    #[must_use]
    pub fn refused(what: impl fmt::Display) -> Self {
        Self::new(Exit::Refused, FailureKind::Invalid, what)
    }

    /// A defect of castoff.
    #[must_use]
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::new(Exit::Internal, FailureKind::Internal, what)
    }

    /// A tag that names something else than it must.
    #[must_use]
    pub fn conflict(what: impl fmt::Display) -> Self {
        Self::new(Exit::Conflict, FailureKind::Conflict, what)
    }

    /// What another error and its sources say.
    fn because(exit: Exit, kind: FailureKind, error: &(dyn std::error::Error + 'static)) -> Self {
        Self { exit, failures: vec![Failure::from_error(kind, Side::Local, error)] }
    }

    fn new(exit: Exit, kind: FailureKind, what: impl fmt::Display) -> Self {
        Self { exit, failures: vec![Failure::new(kind, Side::Local, what)] }
    }

    /// The same, said as the tool says it that castoff stands for.
    #[must_use]
    pub fn verbatim(mut self) -> Self {
        for failure in &mut self.failures {
            failure.verbatim = true;
        }
        self
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        if let Some(failure) = self.failures.last_mut() {
            failure.hint = Some(hint.into());
        }
        self
    }
}

impl Error {
    /// The error for people, with colours or without.
    #[must_use]
    pub fn shown(&self, colors: bool) -> String {
        let shown: Vec<String> =
            self.failures.iter().map(|failure| show(failure, colors)).collect();
        shown.join("\n")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(false))
    }
}
