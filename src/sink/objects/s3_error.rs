//! What a bucket's refusals mean.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use http::StatusCode;

use crate::{
    model::{Failure, FailureKind, Side},
    net::is_definite,
};

/// Describes what went wrong while `doing`: the request, the status, the
/// server's words.
#[expect(clippy::needless_pass_by_value, reason = "the error is used up by its description")]
pub(super) fn failure<E>(error: SdkError<E, HttpResponse>, doing: String) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    // A body that could not be read is the source's fault, not the bucket's.
    if let Some(failure) = Failure::find_in(&error) {
        return failure.context(doing);
    }
    match &error {
        SdkError::ServiceError(refused) => {
            let status = refused.raw().status().as_u16();
            let code = refused.err().code().unwrap_or_default();
            let kind = kind(status, code);
            let failure =
                Failure::new(kind, Side::Sink, format!("{doing}: {status} {code}").trim_end());
            let failure = match refused.err().message() {
                Some(message) => failure.because(message),
                None => failure,
            };
            let wait =
                refused.raw().headers().get("retry-after").and_then(|wait| wait.parse().ok());
            let failure = failure.retry_after(wait.map(std::time::Duration::from_secs));
            let definite = StatusCode::from_u16(status).is_ok_and(is_definite);
            // It broke off there, and may have been done all the same.
            Failure { undone: definite && code != "RequestTimeout", ..failure }
        }
        SdkError::TimeoutError(_) => network(FailureKind::Timeout, &error, doing),
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => {
            network(FailureKind::Timeout, &error, doing)
        }
        SdkError::ConstructionFailure(_) => network(FailureKind::Invalid, &error, doing),
        SdkError::DispatchFailure(dispatch) if dispatch.is_user() => {
            network(FailureKind::Unauthorized, &error, doing)
        }
        _ => {
            let shown = DisplayErrorContext(&error).to_string();
            if shown.contains("credentials") {
                let failure = Failure::new(FailureKind::Unauthorized, Side::Sink, doing);
                return failure.because("no credentials were found").hint(
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or \
                         store them with castoff secret set s3://…",
                );
            }
            if shown.contains("ertificate") {
                return network(FailureKind::Protocol, &error, doing);
            }
            network(FailureKind::Network, &error, doing)
        }
    }
}

fn network<E>(kind: FailureKind, error: &SdkError<E, HttpResponse>, doing: String) -> Failure
where
    E: std::error::Error + Send + Sync + 'static,
{
    Failure::from_error(kind, Side::Sink, error).context(doing)
}

fn kind(status: u16, code: &str) -> FailureKind {
    match (status, code) {
        (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken") => {
            FailureKind::Unauthorized
        }
        (_, "SlowDown" | "TooManyRequests") | (429, _) => FailureKind::RateLimited,
        (_, "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch") => FailureKind::Integrity,
        (501 | 505, _) => FailureKind::Protocol,
        (_, "RequestTimeout") | (408 | 500..=599, _) => FailureKind::Server,
        (401, _) => FailureKind::Unauthorized,
        (403, _) => FailureKind::Forbidden,
        (404, _) => FailureKind::NotFound,
        (409 | 412, _) => FailureKind::Conflict,
        _ => FailureKind::Protocol,
    }
}
