//! Requests on the connections of this machine.

use std::{
    error::Error,
    io,
    path::Path,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;
use futures_util::StreamExt;
use http::{
    HeaderValue, Method,
    header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH},
};
use reqwest::{Client, ClientBuilder, Proxy, redirect::Policy};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls_platform_verifier::Verifier;
use tokio::io::AsyncReadExt;
use tokio_rustls::rustls::{self, ClientConfig};
use tokio_util::io::ReaderStream;
use url::Url;

use super::{
    address::authority,
    connection_error::trouble,
    network::Network,
    options::{ClientIdentity, ClientOptions},
    request::{HttpBody, Outgoing, OutgoingRequest},
    transport::{Lost, Moved, Pieces, Reply, Transport},
    trust::TrustedCertificates,
};
use crate::model::{Failure, FailureKind, Side};

/// How many bytes are read from a source at once.
const PIECE: usize = 256 << 10;

/// The clients of one policy, each with its connections.
#[derive(Debug)]
pub(super) struct ReqwestTransport {
    options: ClientOptions,
    usual: Client,
    /// The same, which keeps no connection.
    fresh: OnceLock<Client>,
}

impl ReqwestTransport {
    pub(super) fn new(options: &ClientOptions) -> Result<Self, Failure> {
        Ok(Self {
            options: options.clone(),
            usual: build(options, |builder| builder)?,
            fresh: OnceLock::new(),
        })
    }

    /// The client for `url`; one that makes a new connection where `is_new`.
    fn client(&self, url: &Url, is_new: bool) -> Result<&Client, Failure> {
        self.options.network.proxies().refuse_odd(url)?;
        if !is_new {
            return Ok(&self.usual);
        }
        if let Some(client) = self.fresh.get() {
            return Ok(client);
        }
        let made = build(&self.options, |builder| builder.pool_max_idle_per_host(0))?;
        Ok(self.fresh.get_or_init(|| made))
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn exchange(
        &self,
        request: OutgoingRequest,
        is_new: bool,
        moved: &Moved,
    ) -> Result<Reply, Lost> {
        let client = self.client(&request.url, is_new)?;
        let network = self.options.network.clone();
        let mut response = built(request, client, moved).send().await.map_err(|error| {
            let is_unreached = error.is_connect();
            let is_stale = !is_unreached && error.is_request() && has_ended(&error);
            Lost { failure: lost(error, &network), is_stale, is_unreached }
        })?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let begin = (response, network);
        let pieces =
            futures_util::stream::try_unfold(begin, |(mut response, network)| async move {
                let piece = response.chunk().await.map_err(|error| lost(error, &network))?;
                Ok(piece.map(|piece| (piece, (response, network))))
            });
        Ok(Reply { status, headers, body: Pieces::of(pieces) })
    }
}

/// The request as the client takes it. `moved` hears of what goes out.
fn built(mut request: OutgoingRequest, client: &Client, moved: &Moved) -> reqwest::RequestBuilder {
    // What is read is checked, stored and passed on: it is wanted as it is.
    let as_it_is = HeaderValue::from_static("identity");
    request.headers.entry(ACCEPT_ENCODING).or_insert(as_it_is);
    let mut builder = client.request(request.method.clone(), request.url).headers(request.headers);
    if let Some(value) = request.authorization {
        builder = builder.header(AUTHORIZATION, value);
    }
    match request.body {
        HttpBody::Empty if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) => {
            builder.header(CONTENT_LENGTH, 0)
        }
        HttpBody::Empty => builder,
        HttpBody::Bytes(bytes) => builder.body(bytes),
        HttpBody::Stream(outgoing) => {
            builder.header(CONTENT_LENGTH, outgoing.length).body(stream(outgoing, moved))
        }
    }
}

/// A body that sends exactly as much as was said, or fails.
fn stream(outgoing: Outgoing, moved: &Moved) -> reqwest::Body {
    let Outgoing { length, reader, sent } = outgoing;
    let moved = moved.clone();
    let pieces = ReaderStream::with_capacity(reader.take(length), PIECE).map(move |piece| {
        let piece = piece?;
        moved.tell();
        sent(piece.len() as u64);
        io::Result::Ok(piece)
    });
    reqwest::Body::wrap_stream(pieces)
}

/// The connection did not come about, or broke.
fn lost(error: reqwest::Error, network: &Network) -> Failure {
    let asked = error.url().cloned();
    let error = error.without_url();
    if let Some(failure) = Failure::find_in(&error) {
        return failure;
    }
    let mut failure = Failure::from_error(FailureKind::Network, Side::Sink, &error);
    // It says no more than the request's line does.
    failure.causes.retain(|cause| cause != "error sending request");
    if let Some(trouble) = trouble(&error) {
        let host = asked.as_ref().map(authority).unwrap_or_default();
        return trouble.explain(failure, &host);
    }
    let proxy = asked.as_ref().and_then(|url| network.proxies().name(url));
    match proxy.filter(|_| error.is_connect()) {
        // It may be the proxy that refuses, of which nothing else is told.
        Some(proxy) => failure.context(format!("through the proxy {proxy}")),
        None => failure,
    }
}

/// Whether the other side ended the connection.
fn has_ended(error: &reqwest::Error) -> bool {
    let first: Option<&(dyn Error + 'static)> = Some(error);
    std::iter::successors(first, |&error| error.source()).any(|error| {
        let ended = [
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::BrokenPipe,
            io::ErrorKind::NotConnected,
            io::ErrorKind::UnexpectedEof,
        ];
        let is_closed = |error: &hyper::Error| {
            error.is_incomplete_message() || error.is_canceled() || error.is_closed()
        };
        error.downcast_ref::<hyper::Error>().is_some_and(is_closed)
            || error.downcast_ref::<io::Error>().is_some_and(|error| ended.contains(&error.kind()))
    })
}

fn build(
    options: &ClientOptions,
    adjust: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, Failure> {
    let network = options.network.clone();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("castoff/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .proxy(Proxy::custom(move |url| network.proxies().way(url).cloned()))
        // One stream a connection: large bodies do not wait for each other.
        .http1_only()
        .connect_timeout(options.connect_timeout);
    let mut given = Vec::new();
    for path in options.ca.iter().chain(&options.authorities) {
        given.extend(certificates(path)?);
    }
    let identity = options.identity.as_ref();
    let builder = if options.insecure {
        let builder = builder.tls_danger_accept_invalid_certs(true);
        match identity {
            Some(identity) => builder.identity(shown(identity)?),
            None => builder,
        }
    } else {
        builder.tls_backend_preconfigured(secure(given, identity)?)
    };
    adjust(builder).build().map_err(|error| not_made(&error))
}

/// How TLS is spoken with servers that are to be trusted: those that the system
/// trusts, and those that show or lead to a certificate that is `given`.
fn secure(
    given: Vec<CertificateDer<'static>>,
    identity: Option<&ClientIdentity>,
) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let usual = Verifier::new_with_extra_roots(given.iter().cloned(), Arc::clone(&provider));
    let usual = usual.map_err(|error| not_made(&error))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| not_made(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TrustedCertificates::new(
            Arc::new(usual),
            given,
            true,
        )));
    let mut config = match identity {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let pem = read_shown(identity)?;
            let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
            let chain = chain.map_err(|error| cannot_show(identity, &error))?;
            let key = PrivateKeyDer::from_pem_slice(&pem);
            let key = key.map_err(|error| cannot_show(identity, &error))?;
            let config = config.with_client_auth_cert(chain, key);
            config.map_err(|error| cannot_show(identity, &error))?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn not_made(error: &(dyn Error + 'static)) -> Failure {
    Failure::from_error(FailureKind::Invalid, Side::Local, error)
        .context("the HTTP client cannot be created")
        .hint("install the system's certificates (`ca-certificates`), or give `ca = \"FILE\"`")
}

fn shown(identity: &ClientIdentity) -> Result<reqwest::Identity, Failure> {
    let pem = read_shown(identity)?;
    reqwest::Identity::from_pem(&pem).map_err(|error| cannot_show(identity, &error))
}

/// The key and the certificates, one after the other.
fn read_shown(identity: &ClientIdentity) -> Result<Vec<u8>, Failure> {
    let mut pem = Vec::new();
    for path in [&identity.key, &identity.certificate] {
        let part = std::fs::read(path)
            .map_err(|error| Failure::from_io(Side::Local, path.display(), &error))?;
        pem.extend(part);
        pem.push(b'\n');
    }
    Ok(pem)
}

fn cannot_show(identity: &ClientIdentity, error: &(dyn Error + 'static)) -> Failure {
    let ClientIdentity { certificate, key } = identity;
    Failure::new(FailureKind::Invalid, Side::Local, error.to_string())
        .context(format!("{} with {}", certificate.display(), key.display()))
        .hint("a certificate and its key, without a passphrase, each in PEM form")
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = std::fs::read(path)
        .map_err(|error| Failure::from_io(Side::Local, path.display(), &error))?;
    let wrong = |why: String| {
        Failure::new(FailureKind::Invalid, Side::Local, why)
            .context(path.display())
            .hint("give a file of certificates in PEM form")
    };
    let found = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let found = found.map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("it contains no certificate".into())) } else { Ok(found) }
}
