//! A server that stands before another and makes faults by rule, or answers
//! all by itself. It notes every request.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

use super::wire::{Answer, Seen, header, read_head};

/// What happens to a request instead of being passed on as it is.
#[derive(Clone)]
pub(crate) enum Fault {
    /// It is read whole, and answered so.
    Answer(Answer),
    /// The connection breaks after so many bytes of the request's body. Of
    /// such an upload docker-registry 2.8 keeps nothing.
    Cut(u64),
    /// The same, before a registry that keeps what came: the upload's old URL
    /// stays good, as with docker-registry 3.
    CutKept(u64),
    /// It tells that it came, and is passed on once it may go.
    Hold {
        /// Notified when it came.
        came: Arc<Notify>,
        /// Notified when it may go.
        go: Arc<Notify>,
    },
    /// A header of the answer is another, or gone.
    Header(&'static str, Option<String>),
}

/// Which requests a fault befalls.
pub(crate) struct Rule {
    method: &'static str,
    path: String,
    unless: Option<&'static str>,
    behind: Option<&'static str>,
    skip: usize,
    times: usize,
    fault: Fault,
    matched: AtomicUsize,
    /// Whether what it comes behind has come.
    begun: AtomicBool,
}

/// A running proxy, which ends with this value.
pub(crate) struct FaultProxy {
    address: String,
    rules: Arc<Mutex<Vec<Rule>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    mended: Arc<AtomicBool>,
    accepting: JoinHandle<()>,
}

struct Shared {
    upstream: Option<String>,
    rules: Arc<Mutex<Vec<Rule>>>,
    /// Whether there are no more faults.
    mended: Arc<AtomicBool>,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// URLs of uploads by the older URLs that still name them.
    kept: Mutex<HashMap<String, String>>,
}

impl Rule {
    /// Each request with this method, or any for `*`, whose path contains
    /// `path`.
    pub(crate) fn on(method: &'static str, path: &str, fault: Fault) -> Self {
        let (path, matched, begun) = (path.to_owned(), AtomicUsize::new(0), AtomicBool::new(false));
        let (unless, behind, skip, times) = (None, None, 0, usize::MAX);
        Self { method, path, unless, behind, skip, times, fault, matched, begun }
    }

    /// Not the first `skip` of these.
    pub(crate) fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Only so many of these.
    pub(crate) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Only those without this `Authorization`.
    pub(crate) fn unless(self, authorization: &'static str) -> Self {
        Self { unless: Some(authorization), ..self }
    }

    /// Only those that come after one of this path with this method.
    pub(crate) fn behind(self, method: &'static str) -> Self {
        Self { behind: Some(method), ..self }
    }

    fn befalls(&self, seen: &Seen) -> bool {
        let is_first = |method| {
            method == seen.method
                && seen.path.contains(&self.path)
                && !self.begun.swap(true, Ordering::SeqCst)
        };
        let waits = self
            .behind
            .is_some_and(|method| is_first(method) || !self.begun.load(Ordering::SeqCst));
        let matches = !waits
            && (self.method == "*" || self.method == seen.method)
            && seen.path.contains(&self.path)
            && self.unless.is_none_or(|good| seen.header("authorization") != Some(good));
        let place = || self.matched.fetch_add(1, Ordering::SeqCst);
        matches && (self.skip..self.skip.saturating_add(self.times)).contains(&place())
    }
}

impl FaultProxy {
    /// A proxy before the server at `upstream`.
    pub(crate) async fn start(upstream: &str, rules: Vec<Rule>) -> Self {
        Self::run(Some(upstream.to_owned()), rules).await
    }

    /// A server that has nothing behind it: what no rule answers is 404.
    pub(crate) async fn alone(rules: Vec<Rule>) -> Self {
        Self::run(None, rules).await
    }

    async fn run(upstream: Option<String>, rules: Vec<Rule>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let seen = Arc::new(Mutex::default());
        let mended = Arc::new(AtomicBool::new(false));
        let rules = Arc::new(Mutex::new(rules));
        let shared = Arc::new(Shared {
            upstream,
            rules: Arc::clone(&rules),
            mended: Arc::clone(&mended),
            seen: Arc::clone(&seen),
            kept: Mutex::default(),
        });
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // A connection that breaks is what these tests are about.
                tokio::spawn(async move { shared.serve(stream).await.ok() });
            }
        });
        Self { address, rules, seen, mended, accepting }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The same server under another host name.
    pub(crate) fn other_name(&self) -> String {
        self.address.replace("127.0.0.1", "localhost")
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics while it notes").clone()
    }

    /// The requests so far with this method whose path contains `path`.
    pub(crate) fn seen_of(&self, method: &str, path: &str) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|it| it.method == method && it.path.contains(path));
        seen
    }

    /// Makes no more faults.
    pub(crate) fn mend(&self) {
        self.mended.store(true, Ordering::SeqCst);
    }

    /// Makes these faults from now on, and no others.
    pub(crate) fn fail(&self, rules: Vec<Rule>) {
        *self.rules.lock().expect("no test panics while it looks") = rules;
        self.mended.store(false, Ordering::SeqCst);
    }

    /// Forgets all requests so far.
    pub(crate) fn forget(&self) {
        self.seen.lock().expect("no test panics while it notes").clear();
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let Some((mut seen, rest)) = Seen::read(&mut client).await? else { return Ok(()) };
        if let Some(newer) = self.kept().get(&seen.path) {
            seen.path.clone_from(newer);
        }
        let mended = self.mended.load(Ordering::SeqCst);
        let fault = {
            let rules = self.rules.lock().expect("no test panics while it looks");
            let rule = rules.iter().find(|rule| !mended && rule.befalls(&seen));
            rule.map(|it| it.fault.clone())
        };
        let result = self.respond(&mut client, &mut seen, rest, fault).await;
        // Noted before the client can know that it is over.
        self.seen.lock().expect("no test panics while it notes").push(seen);
        if let Some(bytes) = result? {
            client.write_all(&bytes).await?;
            client.shutdown().await?;
        }
        Ok(())
    }

    async fn respond(
        &self,
        client: &mut TcpStream,
        seen: &mut Seen,
        rest: Vec<u8>,
        fault: Option<Fault>,
    ) -> io::Result<Option<Vec<u8>>> {
        match (fault, &self.upstream) {
            (Some(Fault::Answer(answer)), _) => answer_it(client, seen, rest, &answer).await,
            (_, None) => answer_it(client, seen, rest, &Answer::new(404)).await,
            (Some(Fault::CutKept(limit)), Some(upstream)) => {
                if let Some(newer) = keep(client, seen, rest, upstream, limit).await? {
                    self.kept().insert(seen.path.clone(), newer);
                }
                Ok(None)
            }
            (fault, Some(upstream)) => pass_on(client, seen, rest, upstream, fault).await,
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.kept.lock().expect("no test panics while it notes")
    }
}

/// Reads the request whole and answers it.
async fn answer_it(
    client: &mut TcpStream,
    seen: &mut Seen,
    mut rest: Vec<u8>,
    answer: &Answer,
) -> io::Result<Option<Vec<u8>>> {
    let left = seen.length().saturating_sub(rest.len() as u64);
    client.take(left).read_to_end(&mut rest).await?;
    seen.body = rest.len() as u64;
    rest.truncate(4096);
    seen.text = String::from_utf8_lossy(&rest).into_owned();
    seen.status = Some(answer.status);
    Ok(Some(answer.bytes(seen.method != "HEAD")))
}

/// Passes the request on, and gives back the answer.
async fn pass_on(
    client: &mut TcpStream,
    seen: &mut Seen,
    rest: Vec<u8>,
    upstream: &str,
    fault: Option<Fault>,
) -> io::Result<Option<Vec<u8>>> {
    if let Some(Fault::Hold { came, go }) = &fault {
        came.notify_one();
        go.notified().await;
    }
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(seen.head().as_bytes()).await?;
    let length = seen.length();
    let limit = if let Some(Fault::Cut(limit)) = fault { limit.min(length) } else { length };
    let mut body = io::Cursor::new(rest).chain(client).take(limit);
    seen.body = tokio::io::copy(&mut body, &mut server).await?;
    if matches!(fault, Some(Fault::Cut(_))) {
        // The server is done with it before the client may ask.
        server.shutdown().await?;
        server.read_to_end(&mut Vec::new()).await?;
        return Ok(None);
    }
    let replaced = match fault {
        Some(Fault::Header(name, value)) => Some((name, value)),
        _ => None,
    };
    answer_of(&mut server, seen, replaced).await
}

/// Reads the answer, with a header replaced.
async fn answer_of(
    server: &mut TcpStream,
    seen: &mut Seen,
    replaced: Option<(&str, Option<String>)>,
) -> io::Result<Option<Vec<u8>>> {
    let Some((head, rest)) = read_head(server).await? else { return Ok(None) };
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    seen.status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut text = format!("{first}\r\nconnection: close\r\n");
    for (name, value) in lines.filter_map(header) {
        let is_replaced = replaced.as_ref().is_some_and(|(other, _)| *other == name);
        if name != "connection" && !is_replaced {
            text.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
    }
    if let Some((name, Some(value))) = replaced {
        text.extend([name, ": ", value.as_str(), "\r\n"]);
    }
    let mut bytes = (text + "\r\n").into_bytes();
    bytes.extend(rest);
    server.read_to_end(&mut bytes).await?;
    Ok(Some(bytes))
}

/// Passes on the first `limit` bytes as if they were all, and gives back
/// where the upload goes on.
async fn keep(
    client: &mut TcpStream,
    seen: &mut Seen,
    rest: Vec<u8>,
    upstream: &str,
    limit: u64,
) -> io::Result<Option<String>> {
    let mut short = seen.clone();
    short.headers.retain(|(name, _)| !name.starts_with("content-"));
    short.headers.push(("content-length".to_owned(), limit.to_string()));
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(short.head().as_bytes()).await?;
    let mut body = io::Cursor::new(rest).chain(client).take(limit);
    seen.body = tokio::io::copy(&mut body, &mut server).await?;
    let Some((head, _)) = read_head(&mut server).await? else { return Ok(None) };
    let location = head.lines().filter_map(header).find(|(name, _)| name == "location");
    Ok(location.and_then(|(_, url)| Some(url[url.find("/v2/")?..].to_owned())))
}
