//! A connection that an engine hands over.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use http_body_util::Empty;
use hyper::{Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::dial::{Dial, cause};
use crate::model::{Failure, FailureKind, Side};

/// A connection that is ours after its first request.
pub struct Upgraded(TokioIo<hyper::upgrade::Upgraded>);

/// Asks for `path`, and takes the connection over.
pub(super) async fn upgrade(
    dial: &Dial,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Upgraded, Failure> {
    let broken = |error: hyper::Error| {
        Failure::find_in(&error)
            .unwrap_or_else(|| Failure::from_error(FailureKind::Network, Side::Sink, &error))
    };
    let stream = dial.dial().await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let connection = tokio::spawn(connection.with_upgrades());
    let mut request = Request::post(path)
        .header(header::HOST, "docker")
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "h2c")
        .header(header::CONTENT_LENGTH, "0");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Empty::<bytes::Bytes>::new())
        .map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))?;
    let answer = match sender.send_request(request).await {
        Ok(answer) => answer,
        Err(error) => return Err(broken(cause(error, connection).await)),
    };
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        let what = format!("it answered {}, without BuildKit", answer.status());
        return Err(Failure::new(FailureKind::Protocol, Side::Sink, what)
            .hint("castoff builds with BuildKit: use Docker 20.10 or later, or Podman"));
    }
    hyper::upgrade::on(answer).await.map(|stream| Upgraded(TokioIo::new(stream))).map_err(broken)
}

impl tonic::transport::server::Connected for Upgraded {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
