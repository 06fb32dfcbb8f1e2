//! Why a service gives no token, as Keycloak says it (RFC 6749, section 5.2).

use oauth2::{
    RequestTokenError,
    basic::{BasicErrorResponse, BasicErrorResponseType},
};

use crate::model::{Failure, FailureKind, Side};

/// The longest that is shown of what the service says, in letters.
const WORDS_LIMIT: usize = 500;

/// What an error means. Nothing of an answer that is no error is in it: there
/// may be a token in that.
pub(super) fn failure(error: RequestTokenError<Failure, BasicErrorResponse>) -> Failure {
    match error {
        RequestTokenError::Request(failure) => failure,
        RequestTokenError::ServerResponse(said) => refused(&said),
        RequestTokenError::Parse(..) => protocol("its answer has no token"),
        RequestTokenError::Other(why) => protocol(&why),
    }
}

fn refused(said: &BasicErrorResponse) -> Failure {
    let words: String = said
        .error_description()
        .into_iter()
        .flat_map(|words| words.chars())
        .take(WORDS_LIMIT)
        .collect();
    let (kind, what, hint) = match said.error() {
        BasicErrorResponseType::InvalidGrant => account(&words),
        BasicErrorResponseType::InvalidClient => (
            FailureKind::Forbidden,
            "it does not know this client, or the client's secret is wrong",
            Some("see `client` and `client_secret` of the signer"),
        ),
        BasicErrorResponseType::UnauthorizedClient
        | BasicErrorResponseType::UnsupportedGrantType => (
            FailureKind::Forbidden,
            "this client may not log in with a password",
            Some("ask the operator of the service to allow it direct access grants"),
        ),
        BasicErrorResponseType::Extension(code)
            if code == "temporarily_unavailable" || code == "server_error" =>
        {
            (FailureKind::Server, "it is temporarily unavailable", None)
        }
        _ => (FailureKind::Protocol, "it rejects the request", None),
    };
    let failure = Failure::new(kind, Side::Sink, what);
    let failure = match words.trim() {
        "" => failure.because(said.error()),
        words => failure.because(words),
    };
    Failure { hint: hint.map(Into::into), ..failure }
}

/// What is wrong with a name and a password, or with an older token. One code
/// stands for all, so that the words must tell.
fn account(words: &str) -> (FailureKind, &'static str, Option<&'static str>) {
    let says = |word: &str| words.to_ascii_lowercase().contains(word);
    if says("disabled") || says("locked") {
        let hint = "wait, or ask the operator of the service to unlock it";
        return (FailureKind::Forbidden, "the account is locked", Some(hint));
    }
    if says("not fully set up") || says("action") {
        let hint = "log in once with a browser, and complete the account setup";
        return (FailureKind::Forbidden, "the account is not set up", Some(hint));
    }
    (FailureKind::Unauthorized, "it rejects this user name and password", None)
}

fn protocol(what: &str) -> Failure {
    Failure::new(FailureKind::Protocol, Side::Sink, what)
}
