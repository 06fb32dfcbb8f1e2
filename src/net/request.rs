//! What is asked of a server.

use std::{fmt, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::io::AsyncRead;
use url::Url;

use super::address::{self, redacted};

/// A request. What it is authorised with stays apart from its headers, so
/// that a redirect to elsewhere cannot carry it along.
pub struct OutgoingRequest {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers, without `Authorization`.
    pub headers: HeaderMap,
    /// The value of `Authorization`.
    pub authorization: Option<HeaderValue>,
    /// What is sent.
    pub body: HttpBody,
    shown: Option<String>,
    patient: bool,
    /// The most bytes of the document that it asks for, if it does.
    document: Option<u64>,
}

/// What a request sends.
pub enum HttpBody {
    /// Nothing.
    Empty,
    /// Bytes in memory, which can be sent again.
    Bytes(Bytes),
    /// Bytes that pass by, once.
    Stream(Outgoing),
}

/// Bytes that pass by on their way to a server.
pub struct Outgoing {
    /// How many there are.
    pub length: u64,
    /// Where they come from.
    pub reader: Pin<Box<dyn AsyncRead + Send>>,
    /// Hears of each piece that goes out, in bytes.
    pub sent: Arc<dyn Fn(u64) + Send + Sync>,
}

impl OutgoingRequest {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        let (headers, body) = (HeaderMap::new(), HttpBody::Empty);
        let (authorization, shown, document) = (None, None, None);
        Self { method, url, headers, authorization, body, shown, patient: false, document }
    }

    /// The same, with a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same, with a body.
    #[must_use]
    pub fn body(self, body: HttpBody) -> Self {
        Self { body, ..self }
    }

    /// The same, shown in messages as `url`, since its own is a secret.
    #[must_use]
    pub fn shown_as(self, url: String) -> Self {
        Self { shown: Some(url), ..self }
    }

    /// The same, for an answer that takes long to work out, as when a server
    /// puts together what it was sent.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { patient: true, ..self }
    }

    /// The same, for a document of at most `limit` bytes, which is asked for again
    /// where the answer breaks off.
    #[must_use]
    pub fn document(self, limit: u64) -> Self {
        Self { document: Some(limit), ..self }
    }

    /// The same request once more, unless its body has passed by.
    #[must_use]
    pub fn again(&self) -> Option<Self> {
        let body = match &self.body {
            HttpBody::Empty => HttpBody::Empty,
            HttpBody::Bytes(bytes) => HttpBody::Bytes(bytes.clone()),
            HttpBody::Stream(_) => return None,
        };
        Some(Self {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            authorization: self.authorization.clone(),
            body,
            shown: self.shown.clone(),
            patient: self.patient,
            document: self.document,
        })
    }

    /// The method and URL, for messages.
    #[must_use]
    pub fn line(&self) -> String {
        match &self.shown {
            Some(shown) => format!("{} {shown}", self.method),
            None => format!("{} {}", self.method, redacted(&self.url)),
        }
    }

    /// Whether what its URL is shown as hides a secret.
    pub(super) fn has_secret_url(&self) -> bool {
        self.shown.is_some()
    }

    /// Whether a redirect with `status` to `to` is followed. What changes
    /// something stays at the server that it was meant for; where it says
    /// nothing at all, as what opens an upload, it may go elsewhere.
    pub(super) fn follows(&self, status: StatusCode, to: &Url) -> bool {
        if self.is_read() {
            return true;
        }
        // The others may turn a write into something else.
        let keeps_method = matches!(status.as_u16(), 307 | 308);
        let says_nothing = self.method == Method::POST && matches!(self.body, HttpBody::Empty);
        keeps_method && (says_nothing || address::same_origin(&self.url, to))
    }

    /// Whether it changes nothing.
    pub(super) fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    pub(super) fn limit(&self) -> Option<u64> {
        self.document
    }

    pub(super) fn is_patient(&self) -> bool {
        self.patient
    }

    /// Turns this towards where a redirect leads, without what only the
    /// first server may know.
    pub(super) fn redirected(mut self, to: Url) -> Self {
        if !address::same_origin(&self.url, &to) {
            self.authorization = None;
            self.shown = None;
        }
        Self { url: to, ..self }
    }
}

impl fmt::Debug for OutgoingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}
