//! Documents that a service seals, over HTTP.
//!
//! `POST` of the document as it is, to the service's URL:
//!
//! ```text
//! POST /v1/cms HTTP/1.1
//! Authorization: Bearer TOKEN
//! Content-Type: application/octet-stream
//! Accept: application/pkcs7-mime
//! ```
//!
//! and the answer is `200` with `Content-Type: application/pkcs7-mime` and a CMS
//! `SignedData` in DER with the document within (RFC 5652, RFC 8551, section
//! 3.2), of the document's size and at most 1 MiB more. `401` says that the
//! token is not taken: it is renewed, and the document is sent once more. What
//! else an answer says is told as it is.
//!
//! No answer is used before it is checked: the document in it must be the one
//! that was sent, and the seal right and valid now, with a
//! certificate that chains to a trusted one. So neither the service nor
//! an attacker on the way can have something else released.

use std::{
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{
    HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use tokio::{runtime::Handle, time::timeout};
use url::Url;

use super::{Trust, Unsealed, Verifier, parse::parse, unseal};
use crate::{
    login::Login,
    model::{Failure, FailureKind, Side},
    net::{self, Answer, Body, Http, Request},
    ports::Sealer,
    sign::file::{About, Content, FileSigner, FileVerifier},
};

/// The largest document that is sealed, in bytes.
const DOCUMENT_LIMIT: u64 = 4 << 20;
/// How much larger its seal may be.
const SEAL_LIMIT: u64 = 1 << 20;
/// What the answer is (RFC 8551, section 3.2).
const PKCS7: &str = "application/pkcs7-mime";

/// A service that seals for the user that is logged in.
pub struct Service {
    http: Arc<Http>,
    url: Url,
    login: Login,
    trust: Trust,
    /// How long an answer may take.
    patience: Duration,
}

impl Service {
    /// The service at `url`; `trust` must accept its seals.
    #[must_use]
    pub fn new(http: Arc<Http>, url: Url, login: Login, trust: Trust, patience: Duration) -> Self {
        Self { http, url, login, trust, patience }
    }

    async fn sealed(&self, document: &[u8]) -> Result<Vec<u8>, Failure> {
        let document = Bytes::copy_from_slice(document);
        let bearer = self.login.bearer().await?;
        let answer = self.send(&document, bearer.header()?).await?;
        let answer = if answer.status == StatusCode::UNAUTHORIZED {
            drop(answer);
            let other = self.login.instead_of(&bearer).await?;
            self.send(&document, other.header()?).await?
        } else {
            answer
        };
        let line = answer.line().to_owned();
        let sealed = read(answer, document.len() as u64 + SEAL_LIMIT).await?;
        self.check(&sealed, &document).map_err(|failure| failure.context(line))?;
        Ok(sealed)
    }

    async fn send(&self, document: &Bytes, token: HeaderValue) -> Result<Answer, Failure> {
        let mut request = Request::new(Method::POST, self.url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))
            .header(ACCEPT, HeaderValue::from_static(PKCS7))
            .body(Body::Bytes(document.clone()));
        request.authorization = Some(token);
        self.http.send(request).await
    }

    /// Fails unless a seal is of this document, and by a trusted signer.
    fn check(&self, sealed: &[u8], document: &[u8]) -> Result<(), Failure> {
        let Unsealed { content, by } =
            unseal(sealed, Some(&self.trust), crate::net::Clock::system().now())
                .map_err(|failure| failure.context("the signature that it returns"))?;
        let wrong = |what| Err(Failure::new(FailureKind::Integrity, Side::Sink, what));
        if content != document {
            return wrong("it signed other content than it was sent");
        }
        if by.is_none() {
            return wrong("its answer has no signature");
        }
        Ok(())
    }
}

#[async_trait]
impl Sealer for Service {
    async fn seal(&self, content: &[u8]) -> Result<Vec<u8>, Failure> {
        if content.len() as u64 > DOCUMENT_LIMIT {
            let what = format!("a signing service signs at most {DOCUMENT_LIMIT} bytes");
            return Err(Failure::new(FailureKind::Invalid, Side::Local, what));
        }
        timeout(self.patience, self.sealed(content)).await.unwrap_or_else(|_| {
            let what = format!("it did not answer within {} s", self.patience.as_secs());
            Err(Failure::new(FailureKind::Timeout, Side::Sink, what)
                .context(format!("the signing service {}", net::redacted(&self.url))))
        })
    }

    fn who(&self) -> String {
        // Only the service needs to know the user.
        net::redacted(&self.url)
    }

    fn certificate(&self) -> Option<Vec<u8>> {
        None
    }
}

/// On a thread that may block, of a runtime.
impl FileSigner for Service {
    fn ending(&self) -> &'static str {
        "p7m"
    }

    fn sign(
        &self,
        content: &mut dyn Content,
        about: &About,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let failed = |error| Failure::from_io(Side::Local, &about.name, &error);
        let mut document = Vec::new();
        content.take(DOCUMENT_LIMIT + 1).read_to_end(&mut document).map_err(failed)?;
        let sealed = Handle::current().block_on(self.seal(&document));
        let sealed = sealed.map_err(|failure| failure.context(&about.name))?;
        out.write_all(&sealed).map_err(failed)
    }

    fn verifier(&self) -> Result<Box<dyn FileVerifier>, Failure> {
        Ok(Box::new(Verifier(self.trust.clone())))
    }

    fn is_one(&self, bytes: &[u8]) -> bool {
        super::signer::is_cms(bytes)
    }

    fn may_sign_over(&self, there: &mut dyn Content, _content: &mut dyn Content) -> bool {
        parse(there).is_ok_and(|of| of.is_by(&self.trust))
    }
}

async fn read(answer: Answer, limit: u64) -> Result<Vec<u8>, Failure> {
    if answer.status != StatusCode::OK {
        let refusal = answer.refusal().await;
        let words = String::from_utf8_lossy(&refusal.body).into_owned();
        return Err(refusal.because(&words));
    }
    let kind = answer.header(&CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(PKCS7) {
        let what = format!("its answer is `{kind}`, not {PKCS7}");
        return Err(answer.fault(FailureKind::Protocol, what));
    }
    Ok(answer.bytes(limit).await?.to_vec())
}
