//! How castoff ends when it does not end well.
//!
//! One renderer for people, and the exit statuses that scripts rely on.

use std::{
    fmt::{self, Write},
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};

use crate::{
    config::{LoadError, Problems},
    journal::JournalError,
    model::{Failure, FailureKind, escape, without_logins},
    plan::{Refusal, Work},
    run::Run,
};

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
        from_error(Exit::Usage, FailureKind::Invalid, error)
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

    fn new(exit: Exit, kind: FailureKind, what: impl fmt::Display) -> Self {
        Self { exit, failures: vec![Failure::new(kind, crate::model::Side::Local, what)] }
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
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(failure) = self.failures.last_mut() {
            failure.hint = Some(hint.into());
        }
        self
    }
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

/// `error: …`, its causes numbered, and what to do.
fn show(failure: &Failure, colors: bool) -> String {
    let styled = |style: Style, text: &str| {
        if colors { format!("{style}{text}{style:#}") } else { text.to_owned() }
    };
    let (first, rest) =
        failure.causes.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
    let first = without_logins(first);
    let first = escape(&first);
    let mark = if failure.verbatim { "" } else { "error: " };
    let mut shown = format!("{}{first}", styled(AnsiColor::Red.on_default().bold(), mark));
    for (place, cause) in (1..).zip(rest) {
        let _ = write!(shown, "\n  {place}: {}", escape(&without_logins(cause)));
    }
    if let Some(hint) = &failure.hint {
        let name = styled(AnsiColor::Cyan.on_default(), "hint:");
        let _ = write!(shown, "\n{name} {}", escape(&without_logins(hint)));
    }
    shown
}

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
        let failure = |problem: crate::config::Problem| {
            let what = format!("{}: {}", problem.at, problem.what);
            let failure = Failure::new(FailureKind::Invalid, crate::model::Side::Local, what);
            Failure { hint: problem.hint, ..failure }
        };
        Self { exit: Exit::Usage, failures: problems.0.into_iter().map(failure).collect() }
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Problems(problems) => problems.into(),
            error @ LoadError::Unreadable { .. } => {
                from_error(Exit::Usage, FailureKind::Invalid, &error)
            }
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let exit =
            if matches!(refusal, Refusal::Disorder(_)) { Exit::Internal } else { Exit::Usage };
        from_error(exit, FailureKind::Invalid, &refusal)
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        // Another process ends at some time.
        let passes = matches!(error, JournalError::Busy(_));
        let exit = if passes { Exit::Partial } else { Exit::Refused };
        let shown = from_error(exit, FailureKind::Storage, &error);
        match error {
            JournalError::Io { .. } => shown,
            JournalError::Busy(_) => shown.hint("wait until it ends, or stop it"),
            JournalError::Newer { .. } => shown.hint("use that castoff"),
            JournalError::Corrupt { .. } | JournalError::Empty(_) => {
                shown.hint("restore the file, or begin a new run: what was sent is still there")
            }
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        from_error(Exit::Refused, FailureKind::Storage, &error)
    }
}

fn from_error(exit: Exit, kind: FailureKind, error: &(dyn std::error::Error + 'static)) -> Error {
    Error { exit, failures: vec![Failure::from_error(kind, crate::model::Side::Local, error)] }
}
