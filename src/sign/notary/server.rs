//! A notary server, and how it is asked.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{Gun, METADATA_LIMIT, Remote, TufKey};
use crate::{
    model::{Digest, Failure, FailureKind, Remedy, Side, lenient},
    net::{ClientOptions, HttpAnswer, HttpBody, HttpRefusal, Network, OutgoingRequest, Patience},
    registry::{Beside, Credentials, Scopes},
};

/// What a server says where it does not have some metadata.
const NOT_FOUND: [&str; 2] = ["METADATA_NOT_FOUND", "GUN_NOT_FOUND"];
/// What it says where it has a newer version already.
const OLD_VERSION: &str = "VERSION";

/// One name at a notary server.
pub struct Server {
    asked: Beside,
    gun: Gun,
    scopes: Scopes,
    /// Where the certificate of its authority may lie.
    authority: PathBuf,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<Said>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default, deserialize_with = "lenient::or_usual")]
    code: String,
    #[serde(default, deserialize_with = "lenient::or_usual")]
    message: String,
    #[serde(default)]
    detail: Value,
}

impl Server {
    /// The name `gun` at the server at `url`. `docker` is Docker's folder,
    /// where certificates of servers may lie.
    ///
    /// # Errors
    ///
    /// Fails where a certificate there cannot be used.
    pub fn new(
        url: Url,
        gun: &Gun,
        docker: &Path,
        credentials: Arc<dyn Credentials>,
        patience: Patience,
        network: Network,
    ) -> Result<Self, Failure> {
        // As Docker does.
        let authority = docker.join("tls").join(url.authority()).join("ca.crt");
        let options = ClientOptions {
            // Only where the configuration says http:// itself.
            insecure: url.scheme() == "http",
            ca: authority.exists().then(|| authority.clone()),
            patience,
            ..ClientOptions::on(network)
        };
        let asked = Beside::new(url, &options, gun.host(), credentials)?;
        Ok(Self { asked, gun: gun.clone(), scopes: Scopes::trust(gun.as_str()), authority })
    }

    /// The same, with the right to read only.
    #[must_use]
    pub fn to_read(self) -> Self {
        Self { scopes: Scopes::trust_to_read(self.gun.as_str()), ..self }
    }

    /// The server's URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.asked.base()
    }

    /// How much patience castoff has with the server.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.asked.patience()
    }

    /// The public half of a key that the server keeps for a role.
    ///
    /// # Errors
    ///
    /// Fails where the server refuses.
    pub async fn key(&self, role: &str) -> Result<TufKey, Failure> {
        let request = OutgoingRequest::new(Method::GET, self.at(&format!("{role}.key"))?)
            .document(METADATA_LIMIT);
        let answer = self.send(request).await?;
        if answer.status != StatusCode::OK {
            return Err(self.refused(answer).await);
        }
        let garbage = answer.fault(FailureKind::Protocol, "its answer is not a key");
        let bytes = answer.bytes(METADATA_LIMIT).await?;
        serde_json::from_slice(&bytes).map_err(|error| garbage.because(error))
    }

    /// Publishes metadata by role, all or nothing.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Conflict`] if another publisher published meanwhile.
    pub async fn publish(&self, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
        let (kind, body) = form(files);
        let kind = HeaderValue::from_str(&kind)
            .map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))?;
        let request = OutgoingRequest::new(Method::POST, self.at("")?)
            .header(CONTENT_TYPE, kind)
            .body(HttpBody::Bytes(Bytes::from(body)))
            .patient();
        let answer = self.send(request).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        let failure = self.refused(answer).await;
        Err(failure.context(format!("the server received nothing for {}", self.gun)))
    }

    async fn send(&self, request: OutgoingRequest) -> Result<HttpAnswer, Failure> {
        let sent = self.asked.send(request, &self.scopes).await;
        sent.map_err(|failure| {
            // The type of the error is known below, where its kind is decided;
            // these words only choose which of two hints fits.
            if failure.causes.iter().any(|cause| cause.contains("invalid peer certificate")) {
                let authority = self.authority.display();
                return failure.hint(format!(
                    "put the certificate of its authority where Docker reads it: {authority}"
                ));
            }
            failure
        })
    }

    fn at(&self, name: &str) -> Result<Url, Failure> {
        let base = self.asked.base().as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/v2/{}/_trust/tuf/{name}", self.gun))
            .map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))
    }

    /// Why the server refused, in its own words.
    async fn refused(&self, answer: HttpAnswer) -> Failure {
        let refusal = answer.refusal().await;
        let said = said(&refusal);
        let is_old = said.iter().any(|said| said.code == OLD_VERSION);
        let words: Vec<String> = said.iter().map(Said::words).collect();
        let mut failure = refusal.because(&words.join("; "));
        if is_old {
            failure.kind = FailureKind::Conflict;
        }
        let host = self.gun.host();
        let hint = match failure.kind {
            FailureKind::Unauthorized if self.asked.has_credential() => {
                format!("the server rejects the credentials for `{host}`; log in again")
            }
            FailureKind::Unauthorized => {
                format!(
                    "castoff has no credentials for `{host}`; log in with `docker login {host}`"
                )
            }
            FailureKind::Forbidden => "ask for the permission to push there".to_owned(),
            FailureKind::Conflict => return failure.hint(Remedy::ResumeFromWhatWasSigned),
            _ => return failure,
        };
        failure.hint(hint)
    }
}

#[async_trait]
impl Remote for Server {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let request = OutgoingRequest::new(Method::GET, self.at(&format!("{name}.json"))?)
            .document(METADATA_LIMIT);
        let answer = self.send(request).await?;
        match answer.status {
            StatusCode::OK => Ok(Some(answer.bytes(METADATA_LIMIT).await?.to_vec())),
            StatusCode::NOT_FOUND => {
                let none = answer
                    .fault(FailureKind::Protocol, "the server answers, but is not a notary server");
                let refusal = answer.refusal().await;
                let is_known = said(&refusal).iter().any(|it| NOT_FOUND.contains(&&*it.code));
                if is_known {
                    return Ok(None);
                }
                Err(none.hint("set another `server` for the signer"))
            }
            _ => Err(self.refused(answer).await),
        }
    }
}

impl Said {
    fn words(&self) -> String {
        let detail = match &self.detail {
            Value::Null => String::new(),
            Value::String(text) => format!(": {text}"),
            other => format!(": {other}"),
        };
        format!("{}: {}{detail}", self.code, self.message)
    }
}

fn said(refusal: &HttpRefusal) -> Vec<Said> {
    serde_json::from_slice::<Errors>(&refusal.body).map(|it| it.errors).unwrap_or_default()
}

/// A form with files, and its media type (RFC 7578).
fn form(files: &[(String, Vec<u8>)]) -> (String, Vec<u8>) {
    // No file has its own digest in it.
    let all: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    let boundary = Digest::of(&all).hex().to_owned();
    let mut body = Vec::new();
    for (role, bytes) in files {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; \
             filename=\"{role}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
