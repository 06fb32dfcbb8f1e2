//! Why a registry refused, in its own words
//! (OCI distribution specification, "Error Codes").

use http::StatusCode;
use oci_client::errors::OciErrorCode;
use serde_json::Value;

use super::written_once;
use crate::{
    model::{Digest, Failure, FailureKind},
    net::{HttpAnswer, HttpRefusal},
};

/// What refuses a manifest that names a blob which is not there.
const BLOB_MISSING: &str = "MANIFEST_BLOB_UNKNOWN";
/// What a proxy answers that wants a password, of which more is told.
const PROXY_ASKS: StatusCode = StatusCode::PROXY_AUTHENTICATION_REQUIRED;

/// A refusal, with its codes.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) failure: Failure,
    codes: Vec<String>,
    /// The first digest that the details name.
    pub(super) digest: Option<Digest>,
    /// Whether it says that a tag is written only once.
    pub(super) immutable: bool,
}

/// One error of an envelope, as far as it can be read: each registry fills
/// them in its own way, and one odd field must not lose the others.
struct ErrorInfo {
    code: String,
    message: String,
    /// What only the details say, where they are a sentence.
    detail: String,
}

impl Refused {
    /// The failure, with what the registry misses.
    pub(super) fn missing(self) -> Failure {
        match &self.digest {
            Some(missing)
                if self.has(&OciErrorCode::ManifestBlobUnknown)
                    && self.failure.kind == FailureKind::NotFound =>
            {
                let what = format!("the registry lacks {missing}");
                self.failure.because(what)
            }
            _ => self.failure,
        }
    }

    pub(super) fn has(&self, code: &OciErrorCode) -> bool {
        let wanted = code_text(code);
        self.codes.iter().any(|code| code.eq_ignore_ascii_case(&wanted))
    }

    /// Whether any error of the protocol was named.
    pub(super) fn has_codes(&self) -> bool {
        !self.codes.is_empty()
    }

    /// The same, where what was refused is the change of a tag: that tags
    /// are written once is said in many ways, and is never mended by a retry.
    /// That another operation is going on passes.
    pub(super) fn of_tag(mut self) -> Self {
        if self.immutable {
            self.failure.kind = FailureKind::Conflict;
            self.failure.hint =
                Some("the tag is immutable at the registry; use another tag".into());
        } else if self.status == StatusCode::CONFLICT {
            self.failure = passing(self.failure);
        }
        self
    }

    /// The same, where what was refused is content under its own digest: no
    /// other content can be there, so that only something else is in the way.
    pub(super) fn of_content(mut self) -> Self {
        match self.status {
            StatusCode::CONFLICT => self.failure = passing(self.failure),
            StatusCode::PRECONDITION_FAILED if self.failure.kind == FailureKind::Conflict => {
                self.failure.kind = FailureKind::Protocol;
            }
            _ => {}
        }
        self
    }
}

/// A conflict is over when what goes on at the registry is.
fn passing(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Conflict => Failure { kind: FailureKind::Server, ..failure },
        _ => failure,
    }
}

/// Reads what `answer` says.
pub(super) async fn read(answer: HttpAnswer) -> Refused {
    let (url, proxy) = (answer.url.clone(), answer.proxy.clone());
    let refusal = answer.refusal().await;
    let status = refusal.status;
    // With TLS it is the server that answers, and no other.
    let proxy = proxy.filter(|_| url.scheme() == "http" && status != PROXY_ASKS);
    let envelope: Value = serde_json::from_slice(&refusal.body).unwrap_or_default();
    let errors = match envelope.get("errors") {
        Some(Value::Array(errors)) => errors.as_slice(),
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    };
    let digest = errors.iter().find_map(|error| digest_in(error.get("detail")?));
    let mut told: Vec<ErrorInfo> = errors.iter().filter_map(ErrorInfo::read).collect();
    if told.is_empty() {
        told.extend(ErrorInfo::of_amazon(&envelope));
    }
    let words = if told.is_empty() {
        plain_words(&refusal)
    } else {
        told.iter().map(ErrorInfo::words).collect::<Vec<_>>().join("; ")
    };
    let immutable = told.iter().any(ErrorInfo::is_immutable) || written_once::is_said(&words);
    let codes: Vec<_> = told.into_iter().map(|it| it.code).filter(|it| !it.is_empty()).collect();
    let mut failure = refusal.because(&words);
    if let Some(proxy) = proxy.filter(|_| codes.is_empty()) {
        failure = failure.because(format!("asked through the proxy {proxy}"));
    }
    // docker-registry names a wrong digest besides, where it reads the entry of a
    // blob that another publisher is just writing.
    let missing = codes.iter().find(|code| code.eq_ignore_ascii_case(BLOB_MISSING));
    let said = missing.into_iter().chain(&codes).find_map(|code| kind_of(code));
    // A quota that is used up, or a fault, may be called `DENIED`, and pass.
    if let Some(kind) = said.filter(|kind| !failure.is_transient() || kind.is_transient()) {
        failure.kind = kind;
    }
    Refused { status, failure, codes, digest, immutable }
}

impl ErrorInfo {
    /// None where it says nothing.
    fn read(error: &Value) -> Option<Self> {
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Array(_) | Value::Object(_)) => {
                value.map(Value::to_string).unwrap_or_default()
            }
            _ => String::new(),
        };
        let told = match error {
            Value::Object(fields) => Self {
                code: text(fields.get("code")),
                message: text(fields.get("message")),
                detail: fields.get("detail").and_then(sentence).unwrap_or_default(),
            },
            other => {
                Self { code: String::new(), message: text(Some(other)), detail: String::new() }
            }
        };
        (!told.words().is_empty()).then_some(told)
    }

    /// For people.
    fn words(&self) -> String {
        let parts = [&self.code, &self.message, &self.detail];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.map(String::as_str).collect::<Vec<_>>().join(": ")
    }

    /// What Amazon's services say outside of an envelope.
    fn of_amazon(body: &Value) -> Option<Self> {
        let code = body.get("__type")?.as_str()?;
        let code = code.rsplit('#').next().unwrap_or(code).to_owned();
        let message = body.get("message").or(body.get("Message")).and_then(Value::as_str);
        Some(Self { code, message: message.unwrap_or_default().to_owned(), detail: String::new() })
    }

    /// By the code, else by what it is known to say with it.
    fn is_immutable(&self) -> bool {
        written_once::is_code(&self.code)
            || written_once::is_said(&self.message)
            || written_once::is_said(&self.detail)
    }
}

/// A detail that is text of its own; a digest or a name is none.
fn sentence(detail: &Value) -> Option<String> {
    let text = detail.as_str()?.trim();
    text.contains(' ').then(|| text.to_owned())
}

/// What a code says that a status may not.
fn kind_of(code: &str) -> Option<FailureKind> {
    match code.to_ascii_uppercase().as_str() {
        "DENIED" => Some(FailureKind::Forbidden),
        "TOOMANYREQUESTS" => Some(FailureKind::RateLimited),
        "DIGEST_INVALID" | "SIZE_INVALID" => Some(FailureKind::Integrity),
        BLOB_MISSING => Some(FailureKind::NotFound),
        "UNSUPPORTED" => Some(FailureKind::Protocol),
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
fn plain_words(refusal: &HttpRefusal) -> String {
    let Ok(text) = std::str::from_utf8(&refusal.body) else { return String::new() };
    if let Ok(Value::Object(fields)) = serde_json::from_str(text) {
        let names = ["message", "details", "error_description", "error"];
        let words = names.iter().find_map(|name| fields.get(*name)?.as_str());
        return words.unwrap_or_default().to_owned();
    }
    // A page for a browser tells less than its status; a storage's error more.
    let line = text.trim().lines().next().unwrap_or_default();
    if line.starts_with('<') { storage_words(text) } else { line.to_owned() }
}

/// What a storage says in XML: `<Error><Code>…</Code><Message>…</Message>`.
fn storage_words(text: &str) -> String {
    let Some((_, error)) = text.split_once("<Error>") else { return String::new() };
    let inside = |name: &str| {
        let (_, rest) = error.split_once(&format!("<{name}>"))?;
        let (inside, _) = rest.split_once(&format!("</{name}>"))?;
        Some(inside.trim()).filter(|inside| !inside.is_empty())
    };
    let parts: Vec<_> = ["Code", "Message"].into_iter().filter_map(inside).collect();
    parts.join(": ")
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
