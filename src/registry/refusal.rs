//! Why a registry refused, in its own words
//! (OCI distribution specification, "Error Codes").

use http::StatusCode;
use oci_client::errors::{OciEnvelope, OciErrorCode};
use serde_json::Value;

use crate::{
    model::{Digest, Failure, FailureKind},
    net::{Answer, Refusal},
};

/// A refusal, with its codes.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) failure: Failure,
    pub(super) codes: Vec<OciErrorCode>,
    /// The first digest that the details name.
    pub(super) digest: Option<Digest>,
}

impl Refused {
    /// The failure, with what the registry misses.
    pub(super) fn missing(self) -> Failure {
        match &self.digest {
            Some(missing) if self.has(&OciErrorCode::ManifestBlobUnknown) => {
                let what = format!("the registry misses {missing}");
                self.failure.because(what)
            }
            _ => self.failure,
        }
    }

    pub(super) fn has(&self, code: &OciErrorCode) -> bool {
        self.codes.contains(code)
    }
}

/// Reads what `answer` says.
pub(super) async fn read(answer: Answer) -> Refused {
    let refusal = answer.refusal().await;
    let status = refusal.status;
    let envelope: Option<OciEnvelope> = serde_json::from_slice(&refusal.body).ok();
    let errors = envelope.map(|envelope| envelope.errors).unwrap_or_default();
    let digest = errors.iter().find_map(|error| digest_in(&error.detail));
    let words = if errors.is_empty() {
        plain_words(&refusal)
    } else {
        let words = errors.iter().map(|error| match error.message.trim() {
            "" => code_text(&error.code),
            message => format!("{}: {message}", code_text(&error.code)),
        });
        words.collect::<Vec<_>>().join("; ")
    };
    let codes: Vec<_> = errors.into_iter().map(|error| error.code).collect();
    let mut failure = refusal.because(&words);
    if let Some(kind) = codes.iter().find_map(kind_of) {
        failure.kind = kind;
    }
    Refused { status, failure, codes, digest }
}

/// What a code says that a status may not.
fn kind_of(code: &OciErrorCode) -> Option<FailureKind> {
    match code {
        OciErrorCode::Denied => Some(FailureKind::Forbidden),
        OciErrorCode::Toomanyrequests => Some(FailureKind::RateLimited),
        OciErrorCode::DigestInvalid | OciErrorCode::SizeInvalid => Some(FailureKind::Integrity),
        OciErrorCode::ManifestBlobUnknown => Some(FailureKind::NotFound),
        OciErrorCode::Unsupported => Some(FailureKind::Protocol),
        _ => None,
    }
}

fn code_text(code: &OciErrorCode) -> String {
    match serde_json::to_value(code) {
        Ok(Value::String(text)) => text,
        _ => format!("{code:?}"),
    }
}

/// What a body says that is no envelope, such as a token service's.
fn plain_words(refusal: &Refusal) -> String {
    let Ok(text) = std::str::from_utf8(&refusal.body) else { return String::new() };
    if let Ok(Value::Object(fields)) = serde_json::from_str(text) {
        let names = ["message", "details", "error_description", "error"];
        let words = names.iter().find_map(|name| fields.get(*name)?.as_str());
        return words.unwrap_or_default().to_owned();
    }
    // A page for a browser tells less than its status.
    let line = text.trim().lines().next().unwrap_or_default();
    if line.starts_with('<') { String::new() } else { line.to_owned() }
}

/// The first digest in a detail, whatever shape the registry gave it.
fn digest_in(detail: &Value) -> Option<Digest> {
    match detail {
        Value::String(text) => text.parse().ok(),
        Value::Array(values) => values.iter().find_map(digest_in),
        Value::Object(fields) => fields.values().find_map(digest_in),
        _ => None,
    }
}
