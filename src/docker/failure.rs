//! What an engine's answers mean.

use bollard::errors::Error;

use crate::model::{Failure, FailureKind, Side};

/// Describes what an engine answered, or why it did not.
#[must_use]
pub fn failure(error: &Error) -> Failure {
    // What was read for the engine may have failed.
    if let Some(failure) = Failure::find_in(error) {
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
    if failure.to_string().contains("no space left on device") {
        return Failure { kind: FailureKind::Storage, ..failure }
            .hint("the engine's disk is full: make room there, as with docker system prune");
    }
    failure
}
