//! The connections to servers, and how they break.

use std::{
    error::Error,
    io,
    path::Path,
    sync::{Arc, OnceLock},
};

use reqwest::{Client, ClientBuilder, redirect::Policy};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::{self, ClientConfig};
use url::Url;

use super::{Identity, Options, Trust, no_proxy, outage::lost, proxy};
use crate::model::{Failure, FailureKind, Side};

/// The clients of one policy, each with its connections.
#[derive(Debug)]
pub(super) struct Ways {
    usual: Client,
    /// The same, which keeps no connection.
    usual_new: OnceLock<Client>,
    /// The same without proxies, for this machine.
    direct: OnceLock<Client>,
    direct_new: OnceLock<Client>,
}

/// A request of which no answer came.
pub(super) struct Lost {
    failure: Failure,
    /// Whether the connection ended before the first byte of an answer.
    pub(super) is_stale: bool,
    /// Whether there never was a connection.
    pub(super) is_unreached: bool,
}

impl Ways {
    pub(super) fn new(options: &Options) -> Result<Self, Failure> {
        Ok(Self {
            usual: build(options, |builder| builder)?,
            usual_new: OnceLock::new(),
            direct: OnceLock::new(),
            direct_new: OnceLock::new(),
        })
    }

    /// The client for `url`; one that makes a new connection where `is_new`.
    pub(super) fn client(
        &self,
        options: &Options,
        url: &Url,
        is_new: bool,
    ) -> Result<&Client, Failure> {
        let is_direct = no_proxy::is_direct(url);
        proxy::refuse_odd(url)?;
        let client = match (is_direct, is_new) {
            (false, false) => return Ok(&self.usual),
            (false, true) => &self.usual_new,
            (true, false) => &self.direct,
            (true, true) => &self.direct_new,
        };
        if let Some(client) = client.get() {
            return Ok(client);
        }
        let made = build(options, |builder| {
            let builder = if is_direct { builder.no_proxy() } else { builder };
            if is_new { builder.pool_max_idle_per_host(0) } else { builder }
        })?;
        Ok(client.get_or_init(|| made))
    }
}

impl Lost {
    pub(super) fn new(line: &str, error: reqwest::Error) -> Self {
        let is_unreached = error.is_connect();
        let is_stale = !is_unreached && error.is_request() && has_ended(&error);
        Self { failure: lost(line, error), is_stale, is_unreached }
    }

    /// The failure, of a host that was `reached` before or was not.
    pub(super) fn before(self, reached: bool) -> Failure {
        if self.is_unreached && !reached {
            return self.failure.unreached();
        }
        self.failure
    }
}

impl From<Failure> for Lost {
    fn from(failure: Failure) -> Self {
        Self { failure, is_stale: false, is_unreached: false }
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
    options: &Options,
    adjust: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, Failure> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("castoff/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
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
    identity: Option<&Identity>,
) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let usual = Verifier::new_with_extra_roots(given.iter().cloned(), Arc::clone(&provider));
    let usual = usual.map_err(|error| not_made(&error))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| not_made(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trust::new(Arc::new(usual), given, true)));
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
        .context("no HTTP client could be made")
        .hint("install the system's certificates (`ca-certificates`), or give `ca = \"FILE\"`")
}

fn shown(identity: &Identity) -> Result<reqwest::Identity, Failure> {
    let pem = read_shown(identity)?;
    reqwest::Identity::from_pem(&pem).map_err(|error| cannot_show(identity, &error))
}

/// The key and the certificates, one after the other.
fn read_shown(identity: &Identity) -> Result<Vec<u8>, Failure> {
    let mut pem = Vec::new();
    for path in [&identity.key, &identity.certificate] {
        let part = std::fs::read(path)
            .map_err(|error| Failure::from_io(Side::Local, path.display(), &error))?;
        pem.extend(part);
        pem.push(b'\n');
    }
    Ok(pem)
}

fn cannot_show(identity: &Identity, error: &(dyn Error + 'static)) -> Failure {
    let Identity { certificate, key } = identity;
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
    if found.is_empty() { Err(wrong("it holds no certificate".into())) } else { Ok(found) }
}
