//! What an engine's answers mean.

use bollard::errors::Error;

use crate::{
    model::{Failure, FailureKind, Side},
    net::trouble,
};

/// What to do where an engine is asked in the wrong way.
pub(super) const WITHOUT_TLS: &str =
    "for an engine without TLS, use tcp://HOST:PORT and unset DOCKER_TLS_VERIFY";

/// What an engine refused, with what it said.
pub(super) fn refused(status_code: u16, message: String) -> Failure {
    failure(&Error::DockerResponseServerError { status_code, message })
}

/// Describes what an engine answered, or why it did not.
#[must_use]
pub fn failure(error: &Error) -> Failure {
    // What was read for the engine may have failed.
    let of_ours = match error {
        // It does not name what it holds as its source.
        Error::IOError { err } => Failure::find_in(err),
        error => Failure::find_in(error),
    };
    if let Some(failure) = of_ours {
        return failure;
    }
    let kind = match error {
        Error::DockerResponseServerError { status_code: 404, .. } => FailureKind::NotFound,
        Error::DockerResponseServerError { status_code: 401 | 403, .. } => FailureKind::Forbidden,
        Error::DockerResponseServerError { status_code: 409, .. } => FailureKind::Conflict,
        Error::DockerResponseServerError { status_code: 500.., .. }
        | Error::DockerStreamError { .. } => FailureKind::Server,
        Error::DockerResponseServerError { .. } => FailureKind::Protocol,
        Error::RequestTimeoutError => FailureKind::Timeout,
        Error::UnsupportedURISchemeError { .. } => FailureKind::Invalid,
        _ => FailureKind::Network,
    };
    let failure = Failure::from_error(kind, Side::Sink, error);
    if let Some(trouble) = trouble(error) {
        return trouble.explain(failure, "the engine").hint(WITHOUT_TLS);
    }
    // The API has no code for that, so the words choose a hint and no more:
    // what the status says decides whether it is tried again.
    if failure.to_string().contains("no space left on device") {
        return failure.hint(
            "the engine's disk is full: free some space there, such as with docker system prune",
        );
    }
    failure
}
