//! Why something did not work, as data that can be cloned, stored and shown.
//!
//! An adapter knows its protocol, so it decides the [`FailureKind`]; everyone
//! else asks [`Failure::is_transient`].

use std::{error::Error, fmt, io, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Hint, Remedy, escape};

/// The sort of a failure, which decides retry, hint and exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No credential, or one that the other side does not accept.
    Unauthorized,
    /// The credential is good, but not for this.
    Forbidden,
    /// What was named does not exist.
    NotFound,
    /// The other side asked for fewer requests.
    RateLimited,
    /// The other side answered 5xx.
    Server,
    /// The other side could not be reached, or the connection broke.
    Network,
    /// Nothing moved for too long.
    Timeout,
    /// Something moved under us, or must not move.
    Conflict,
    /// What arrived is not what was promised.
    Integrity,
    /// The disk is full or does not work.
    Storage,
    /// The other side does not speak its protocol.
    Protocol,
    /// The other side speaks plain HTTP where it was asked with TLS.
    Plain,
    /// What was given cannot be used as it is.
    Invalid,
    /// A step of a build failed.
    Build,
    /// A source is not what it was when the run began.
    Changed,
    /// A defect of castoff.
    Internal,
}

/// The side that is at fault, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What is read from.
    Source,
    /// What is written to.
    Sink,
    /// This machine.
    Local,
}

/// How hard it was tried before it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// Once.
    #[default]
    Once,
    /// As often as is allowed: trying the same again at once is no use.
    Spent,
}

/// A failure that can be cloned, stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", Causes(causes))]
pub struct Failure {
    /// What sort it is.
    pub kind: FailureKind,
    /// On which side.
    pub side: Side,
    /// What was being done, and each cause below it. Safe to show.
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
    /// How long the other side asked to be left alone, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// How hard it was tried, in this process.
    #[serde(skip)]
    pub effort: Effort,
    /// Whether the other side was never reached, in this process: it may not
    /// exist, and trying again rarely helps.
    #[serde(skip)]
    pub unreached: bool,
    /// Whether it is certain that nothing was changed: the other side refused,
    /// or was not asked yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
    /// Whether the first cause is said as the tool says it that castoff stands
    /// for, with a mark of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verbatim: bool,
}

impl Failure {
    /// A failure with a single cause. What came from outside is escaped.
    #[must_use]
    pub fn new(kind: FailureKind, side: Side, cause: impl fmt::Display) -> Self {
        let causes = vec![escape(&cause.to_string()).to_string()];
        Self::with(kind, side, causes)
    }

    /// Whether what was read is of a form that cannot be used: asking again
    /// gives the same.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        matches!(self.kind, FailureKind::Invalid | FailureKind::Protocol)
    }

    /// Describes `error` and its sources, outermost first.
    #[must_use]
    pub fn from_error(kind: FailureKind, side: Side, error: &(dyn Error + 'static)) -> Self {
        let mut causes: Vec<String> = Vec::new();
        for error in std::iter::successors(Some(error), |&error| error.source()) {
            let cause = escape(&error.to_string()).to_string();
            // Many errors repeat their source's text in their own.
            if causes.last().is_none_or(|last| !last.contains(&cause)) {
                causes.push(cause);
            }
        }
        Self::with(kind, side, causes)
    }

    /// A failure with causes that are escaped.
    fn with(kind: FailureKind, side: Side, causes: Vec<String>) -> Self {
        Self {
            kind,
            side,
            causes,
            hint: None,
            retry_after_ms: None,
            undone: false,
            verbatim: false,
            effort: Effort::Once,
            unreached: false,
        }
    }

    /// The failure that `error` holds, however deep, as the error of a
    /// reader of content does.
    #[must_use]
    pub fn find_in(error: &(dyn Error + 'static)) -> Option<Self> {
        std::iter::successors(Some(error), |&error| error.source()).find_map(|error| {
            let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            // An `io::Error` does not name what it holds as its source.
            error
                .downcast_ref::<Self>()
                .cloned()
                .or_else(|| inner.and_then(|inner| Self::find_in(inner)))
        })
    }

    /// Describes an I/O error at `path`, unless it holds a failure already.
    #[must_use]
    pub fn from_io(side: Side, path: impl fmt::Display, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => FailureKind::NotFound,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                FailureKind::Forbidden
            }
            _ => FailureKind::Storage,
        };
        let full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        );
        let new = || Self {
            hint: full.then(|| Remedy::MakeRoomAndResume.into()),
            ..Self::new(kind, side, error)
        };
        Self::find_in(error).unwrap_or_else(new).context(path)
    }

    /// The same, with what was being done put before its causes.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.causes.insert(0, escape(&doing.to_string()).to_string());
        self.verbatim = false;
        self
    }

    /// The same, with a further cause below the others.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(escape(&cause.to_string()).to_string());
        self
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<Hint>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, after the wait that the other side asked for.
    #[must_use]
    pub fn retry_after(self, wait: Option<Duration>) -> Self {
        let retry_after_ms = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        Self { retry_after_ms, ..self }
    }

    /// The same; its first cause needs no mark, as the tool says it that
    /// castoff stands for.
    #[must_use]
    pub fn verbatim(self) -> Self {
        Self { verbatim: true, ..self }
    }

    /// The same, after all tries that are allowed.
    #[must_use]
    pub fn spent(self) -> Self {
        Self { effort: Effort::Spent, ..self }
    }

    /// The same, of a side that was never reached.
    #[must_use]
    pub fn unreached(self) -> Self {
        let hint =
            || Some("no server answers there: check the name, the port and the network".into());
        Self { unreached: true, hint: self.hint.clone().or_else(hint), ..self }
    }

    /// The same, of something that surely changed nothing.
    #[must_use]
    pub fn undone(self) -> Self {
        Self { undone: true, ..self }
    }

    /// The same, of something that may have changed what was to be changed.
    #[must_use]
    pub fn unsure(self) -> Self {
        Self { undone: false, ..self }
    }

    /// Whether the same attempt, made again, might succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }

    /// Whether it is likely to pass by itself: a server that was never reached
    /// may as well not exist.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.is_transient() && !self.unreached
    }
}

impl FailureKind {
    /// Whether the same attempt, made again, might succeed.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::Server | Self::Network | Self::Timeout)
    }
}

struct Causes<'a>(&'a [String]);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(&self.0.join(": ")).fmt(f)
    }
}
