//! Opens connections to an engine.

use std::{
    io,
    pin::Pin,
    process::Stdio,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bollard::{BollardRequest, errors::Error};
use futures_util::future::BoxFuture;
use hyper::{Response, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, client::WebPkiServerVerifier},
};

use super::{context::Endpoint, failure::WITHOUT_TLS};
use crate::{
    environment::Environment,
    model::{EngineTls, Failure, FailureKind, Side},
    net::{Trouble, TrustedCertificates, trouble},
};

/// How long an engine may take to answer a small question.
pub(super) const ANSWER: Duration = Duration::from_mins(1);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(20);
/// The most of what `ssh` says that is told, in bytes.
const SAID: u64 = 4 << 10;

/// Bytes to and from an engine.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Knows how to connect.
pub(super) struct Dial {
    endpoint: Endpoint,
    environment: Environment,
    tls: Option<TlsConnector>,
}

impl Dial {
    pub(super) fn new(endpoint: Endpoint, environment: Environment) -> Result<Self, Failure> {
        let tls = match &endpoint {
            Endpoint::Tcp { tls: Some(tls), .. } => Some(connector(tls)?),
            _ => None,
        };
        Ok(Self { endpoint, environment, tls })
    }

    /// A new connection.
    pub(super) async fn dial(&self) -> Result<Box<dyn Stream>, Failure> {
        let dialled = timeout(CONNECT, self.dial_slowly()).await;
        dialled.unwrap_or_else(|_| {
            let what = format!("no connection within {} s", CONNECT.as_secs());
            Err(Failure::new(FailureKind::Timeout, Side::Sink, what))
        })
    }

    async fn dial_slowly(&self) -> Result<Box<dyn Stream>, Failure> {
        match &self.endpoint {
            Endpoint::Unix(path) => {
                let found = UnixStream::connect(path).await;
                found
                    .map(|stream| Box::new(stream) as _)
                    .map_err(|error| unreachable(path.display(), &error))
            }
            Endpoint::Tcp { address, .. } => {
                let stream = TcpStream::connect(address).await;
                let stream = stream.map_err(|error| unreachable(address, &error))?;
                let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
                let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
                let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
                let name = name.map_err(|error| {
                    Failure::from_error(FailureKind::Invalid, Side::Local, &error)
                })?;
                let secured = tls.connect(name, stream).await;
                secured
                    .map(|stream| Box::new(stream) as _)
                    .map_err(|error| unsecured(address, &error))
            }
            Endpoint::Ssh { destination, port } => {
                let command = self.environment.command("ssh");
                ssh(command, destination, *port).map(|it| Box::new(it) as _)
            }
        }
    }
}

/// The failure of an engine that does not speak TLS, or not as it should.
fn unsecured(address: &str, error: &io::Error) -> Failure {
    let failure = unreachable(address, error);
    match trouble(error) {
        Some(Trouble::Plain) => Trouble::Plain.explain(failure, address).hint(WITHOUT_TLS),
        Some(trouble) => Failure { hint: None, ..trouble.explain(failure, address) },
        None => failure,
    }
}

/// The failure of an engine that does not answer.
fn unreachable(at: impl std::fmt::Display, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied => FailureKind::Forbidden,
        _ => FailureKind::Network,
    };
    let failure = Failure::from_error(kind, Side::Sink, error).context(at).unreached();
    match kind {
        FailureKind::Forbidden => failure.hint(
            "this user may not be allowed to use the socket; `groups` lists the user's groups",
        ),
        _ => failure,
    }
}

fn connector(tls: &EngineTls) -> Result<TlsConnector, Failure> {
    let (mut roots, mut given) = (RootCertStore::empty(), Vec::new());
    let unreadable = |path: &std::path::Path, error: &(dyn std::error::Error + 'static)| {
        Failure::from_error(FailureKind::Invalid, Side::Local, error).context(path.display())
    };
    if let Some(ca) = &tls.ca {
        let found = CertificateDer::pem_file_iter(ca).map_err(|error| unreadable(ca, &error))?;
        for certificate in found {
            let certificate = certificate.map_err(|error| unreadable(ca, &error))?;
            given.push(certificate.clone());
            roots.add(certificate).map_err(|error| unreadable(ca, &error))?;
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
    }
    let usual = WebPkiServerVerifier::builder(Arc::new(roots)).build().map_err(|error| {
        Failure::from_error(FailureKind::Invalid, Side::Local, &error)
            .context("the system has no trusted certificates")
    })?;
    let trust = TrustedCertificates::new(usual, given, tls.ca.is_none());
    let config =
        ClientConfig::builder().dangerous().with_custom_certificate_verifier(Arc::new(trust));
    let config = match &tls.identity {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = CertificateDer::pem_file_iter(certificate)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| unreadable(certificate, &error))?;
            let own = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?;
            config
                .with_client_auth_cert(chain, own)
                .map_err(|error| unreadable(certificate, &error))?
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

/// What `ssh` connects to another machine's engine.
struct Ssh {
    input: ChildStdin,
    output: ChildStdout,
    stderr: Option<ChildStderr>,
    /// Ended with the connection.
    _child: Child,
    silent: bool,
    said: Option<BoxFuture<'static, String>>,
}

/// Runs `docker system dial-stdio` there, as the Docker command line does.
fn ssh(mut command: Command, destination: &str, port: Option<u16>) -> Result<Ssh, Failure> {
    // No user is there to answer a question.
    command.args(["-o", "BatchMode=yes", "-o", "ConnectTimeout=20", "-T"]);
    if let Some(port) = port {
        command.args(["-p", &port.to_string()]);
    }
    command.args(["--", destination, "docker", "system", "dial-stdio"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child =
        command.spawn().map_err(|error| Failure::from_io(Side::Local, "ssh", &error))?;
    let pipes = child.stdin.take().zip(child.stdout.take());
    let (input, output) = pipes.ok_or_else(|| {
        Failure::new(FailureKind::Internal, Side::Local, "ssh was started without pipes")
    })?;
    let stderr = child.stderr.take();
    Ok(Ssh { input, output, stderr, _child: child, silent: true, said: None })
}

impl AsyncRead for Ssh {
    /// Fails with what `ssh` says where it ends before the engine said a word.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if self.said.is_none() {
            let read = Pin::new(&mut self.output).poll_read(cx, buffer);
            if buffer.filled().len() > before {
                self.silent = false;
            }
            let ended = matches!(read, Poll::Ready(Ok(()))) && buffer.filled().len() == before;
            let wants_reason = ended && self.silent;
            let Some(stderr) = self.stderr.take_if(|_| wants_reason) else { return read };
            self.said = Some(Box::pin(async move {
                let mut said = Vec::new();
                let _ = stderr.take(SAID).read_to_end(&mut said).await;
                String::from_utf8_lossy(&said).trim().to_owned()
            }));
        }
        let Some(said) = &mut self.said else { return Poll::Ready(Ok(())) };
        said.as_mut().poll(cx).map(|said| {
            let what = format!("ssh exited: {said}");
            Err(io::Error::other(Failure::new(FailureKind::Network, Side::Sink, what).unreached()))
        })
    }
}

impl AsyncWrite for Ssh {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // Why `ssh` ended is told by reading.
        match Pin::new(&mut self.input).poll_write(cx, bytes) {
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe && self.silent => {
                Poll::Ready(Ok(bytes.len()))
            }
            other => other,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.input).poll_flush(cx) {
            Poll::Ready(Err(_)) if self.silent => Poll::Ready(Ok(())),
            other => other,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}

/// Carries `bollard`'s requests, each over a connection of its own.
#[derive(Clone)]
pub(super) struct Transport(pub(super) Arc<Dial>);

impl Transport {
    pub(super) fn into_request(
        self,
    ) -> impl Fn(BollardRequest) -> BoxFuture<'static, Result<Response<Incoming>, Error>>
    + Send
    + Sync
    + 'static {
        move |request| {
            let this = self.clone();
            Box::pin(async move { this.send(request).await })
        }
    }

    pub(super) async fn send(&self, request: BollardRequest) -> Result<Response<Incoming>, Error> {
        let as_io = |failure: Failure| Error::IOError { err: io::Error::other(failure) };
        let stream = self.0.dial().await.map_err(as_io)?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(Error::from)?;
        let connection = tokio::spawn(connection);
        let (mut parts, body) = request.into_parts();
        // What is asked of an engine names a path and a host, and no scheme.
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        parts.uri = path.parse().map_err(|_| Error::IOError { err: io::Error::other("a path") })?;
        parts
            .headers
            .insert(hyper::header::HOST, hyper::header::HeaderValue::from_static("docker"));
        match sender.send_request(BollardRequest::from_parts(parts, body)).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(cause(error, connection).await.into()),
        }
    }
}

/// Why a request was not answered: where its connection ended first, what ended
/// that.
pub(super) async fn cause(
    error: hyper::Error,
    connection: JoinHandle<hyper::Result<()>>,
) -> hyper::Error {
    if !error.is_canceled() {
        return error;
    }
    match connection.await {
        Ok(Err(cause)) => cause,
        _ => error,
    }
}
