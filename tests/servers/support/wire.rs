//! HTTP/1.1 as far as a proxy for tests needs it: one request a connection.

use std::{io, time::Instant};

use tokio::{io::AsyncReadExt, net::TcpStream};

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// Header names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// How many bytes of the body came in.
    pub(crate) body: u64,
    /// The first bytes of a body that was not passed on.
    pub(crate) text: String,
    /// The answer's status, where there was an answer.
    pub(crate) status: Option<u16>,
    /// When it came in.
    pub(crate) at: Instant,
}

/// An answer that a test makes up.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    pub(crate) fn length(&self) -> u64 {
        self.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0)
    }

    /// Reads a request's head, and what came of its body along with it. None
    /// where none came, as when TLS is tried.
    pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Option<(Self, Vec<u8>)>> {
        let Some((head, rest)) = read_head(stream).await? else { return Ok(None) };
        let mut lines = head.lines();
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let headers = lines.filter_map(header).collect();
        let (method, path) = (method.to_owned(), path.to_owned());
        let at = Instant::now();
        let text = String::new();
        Ok(Some((Self { method, path, headers, body: 0, text, status: None, at }, rest)))
    }

    /// The head, as it is passed on.
    pub(super) fn head(&self) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "connection") {
            head.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        head + "connection: close\r\n\r\n"
    }
}

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn bytes(&self, with_body: bool) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} Test\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            text.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            text.extend(["content-length: ", &self.body.len().to_string(), "\r\n"]);
        }
        text += "\r\n";
        if with_body {
            text += &self.body;
        }
        text.into_bytes()
    }
}

/// Reads a head, up to its empty line, and what came along behind it.
pub(super) async fn read_head(stream: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok(Some((String::from_utf8_lossy(&bytes).trim_end().to_owned(), rest)));
        }
        let handshake = bytes.first() == Some(&0x16);
        if handshake || stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

pub(super) fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.to_lowercase(), value.trim().to_owned()))
}
