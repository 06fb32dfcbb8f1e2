//! What a bucket's refusals mean.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use http::StatusCode;
use hyper_util::client::legacy;

use super::{
    hint,
    way::{CARRIED, THROUGH},
};
use crate::{
    model::{Failure, FailureKind, Side},
    net::{Trouble, is_definite, trouble},
};

/// Describes what went wrong while `doing`: the request, the status, the
/// server's words.
#[expect(clippy::needless_pass_by_value, reason = "the error is used up by its description")]
pub(super) fn failure<E>(error: SdkError<E, HttpResponse>, doing: String) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    // A body that could not be read is the source's fault, not the bucket's.
    if let Some(failure) = Failure::find_in(&error) {
        return failure.context(doing);
    }
    let kind = match &error {
        SdkError::ServiceError(refused) => {
            let (code, message) = (refused.err().code(), refused.err().message());
            return told(refused.raw(), code, message, &doing);
        }
        SdkError::TimeoutError(_) => FailureKind::Timeout,
        SdkError::ConstructionFailure(_) => FailureKind::Invalid,
        _ if find::<CredentialsError>(&error).is_some() => FailureKind::Unauthorized,
        SdkError::DispatchFailure(_) if trouble(&error).is_some() => {
            let trouble = trouble(&error).unwrap_or(Trouble::Tls);
            let failure = Failure::from_error(FailureKind::Protocol, Side::Sink, &error);
            return troubled(trouble, failure.context(doing));
        }
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => FailureKind::Timeout,
        SdkError::DispatchFailure(dispatch) if dispatch.is_user() => FailureKind::Unauthorized,
        _ => FailureKind::Network,
    };
    let failure = Failure::from_error(kind, Side::Sink, &error).context(doing);
    let is_connect = find::<legacy::Error>(&error).is_some_and(legacy::Error::is_connect);
    if is_connect { failure.unreached() } else { failure }
}

/// None where the answer was "not found", and the failure otherwise. A bucket
/// that is not there is not an object that is not there.
pub(super) fn absent<T, E>(
    error: SdkError<E, HttpResponse>,
    doing: String,
) -> Result<Option<T>, Failure>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let lacks_bucket = error.code() == Some("NoSuchBucket");
    match failure(error, doing) {
        failure if failure.kind == FailureKind::NotFound && !lacks_bucket => Ok(None),
        failure => Err(failure),
    }
}

/// A bucket's endpoint is asked without TLS where its URL says so.
fn troubled(trouble: Trouble, failure: Failure) -> Failure {
    let doing = failure.causes.first().cloned().unwrap_or_default();
    let failure = trouble.explain(failure, "the endpoint");
    match trouble {
        Trouble::Plain => failure
            .context(doing)
            .hint("if that is safe, use disableSSL=true or endpoint=http://HOST:PORT in the URL"),
        Trouble::Certificate => {
            failure.hint("put the certificate of its authority into SSL_CERT_FILE or AWS_CA_BUNDLE")
        }
        Trouble::Name => failure.hint("use a host name that is in the endpoint's certificate"),
        Trouble::Expired => failure,
        Trouble::Authority => failure.hint(
            "castoff does not accept a certificate authority's certificate as a server's own, \
             even if it is trusted: issue one for the server with basicConstraints=CA:FALSE",
        ),
        Trouble::Asks | Trouble::Tls => Failure { hint: None, ..failure },
    }
}

/// Whether the server knows nothing of what was asked, such as a condition.
pub(super) fn is_unknown_to_server<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata,
{
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    status == Some(501) || error.code() == Some("NotImplemented")
}

fn told(raw: &HttpResponse, code: Option<&str>, message: Option<&str>, doing: &str) -> Failure {
    let (status, code) = (raw.status().as_u16(), code.unwrap_or_default());
    let token = raw.headers().get(CARRIED).unwrap_or_default();
    let hide = |said: &str| match token {
        "" => said.to_owned(),
        token => said.replace(token, "…"),
    };
    let what = format!("{doing}: {status} {}", hide(code));
    let mut failure = Failure::new(kind(status, code), Side::Sink, what.trim_end());
    if let Some(message) = message {
        failure = failure.because(hide(message));
    }
    if let Some(proxy) = raw.headers().get(THROUGH).filter(|_| code.is_empty()) {
        failure = failure.because(format!("asked through the proxy {proxy}"));
    }
    if let Some(hint) = hint::of(raw, code) {
        failure = failure.hint(hint);
    }
    let wait = raw.headers().get("retry-after").and_then(|wait| wait.parse().ok());
    let failure = failure.retry_after(wait.map(std::time::Duration::from_secs));
    let definite = StatusCode::from_u16(status).is_ok_and(is_definite);
    // It broke off there, and may have been done all the same.
    Failure { undone: definite && code != "RequestTimeout", ..failure }
}

fn kind(status: u16, code: &str) -> FailureKind {
    match (status, code) {
        (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken") => {
            FailureKind::Unauthorized
        }
        (_, "SlowDown" | "TooManyRequests") | (429, _) => FailureKind::RateLimited,
        (_, "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch") => FailureKind::Integrity,
        (501 | 505, _) => FailureKind::Protocol,
        // A copy or an upload may fail after its answer has begun with 200.
        (_, "InternalError" | "ServiceUnavailable" | "OperationAborted" | "RequestTimeout")
        | (200 | 408 | 500..=599, _) => FailureKind::Server,
        (401 | 407, _) => FailureKind::Unauthorized,
        (403, _) => FailureKind::Forbidden,
        (404, _) => FailureKind::NotFound,
        (409 | 412, _) => FailureKind::Conflict,
        _ => FailureKind::Protocol,
    }
}

/// The first cause of a type, however deep.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        // An `io::Error` does not name what it holds as its source.
        error.downcast_ref().or_else(|| inner.and_then(|inner| find(inner)))
    })
}
