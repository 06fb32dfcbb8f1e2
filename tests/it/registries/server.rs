//! HTTP/1.1 as far as these tests need it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// An answer; one with status 0 is a connection that breaks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// Whether the length of the body is told.
    pub(crate) has_length: bool,
    /// Whether the body goes on with a space now and then, for long.
    pub(crate) drips: bool,
}

/// A server that ends with this value.
pub(crate) struct Server {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
}

impl Asked {
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        (method == "*" || self.method == method) && self.path.contains(path)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A value of the query, as it stands there.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let (headers, body) = (BTreeMap::new(), body.into());
        Self { status, headers, body, has_length: true, drips: false }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.into());
        self
    }

    pub(crate) fn without_length(self) -> Self {
        Self { has_length: false, ..self }
    }

    /// The same, whose body does not end while the client listens.
    pub(crate) fn dripping(self) -> Self {
        Self { has_length: false, drips: true, ..self }
    }

    fn write(&self, stream: &mut TcpStream, with_body: bool) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Test\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        if self.has_length && !self.headers.contains_key("content-length") {
            head.extend(["content-length: ", &self.body.len().to_string(), "\r\n"]);
        }
        stream.write_all((head + "\r\n").as_bytes())?;
        if with_body {
            stream.write_all(&self.body)?;
        }
        stream.flush()
    }
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (seen, is_over) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<AtomicBool>::default());
        let answer = Arc::new(answer);
        let (noted, until) = (Arc::clone(&seen), Arc::clone(&is_over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if until.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let (answer, noted) = (Arc::clone(&answer), Arc::clone(&noted));
                // A client may go away whenever it likes.
                thread::spawn(move || serve(stream, &*answer, &noted).ok());
            }
        });
        Self { address, seen, is_over }
    }

    pub(crate) fn seen(&self, method: &str, path: &str) -> Vec<Asked> {
        let mut seen = self.seen.lock().expect("no test panics while it notes").clone();
        seen.retain(|asked| asked.is(method, path));
        seen
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(&self.address));
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &dyn Fn(&Asked) -> Answer,
    noted: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let Some(asked) = read(&mut stream)? else { return Ok(()) };
    noted.lock().expect("no test panics while it notes").push(asked.clone());
    let answer = answer(&asked);
    if answer.status == 0 {
        return Ok(());
    }
    let with_body = asked.method != "HEAD";
    answer.write(&mut stream, with_body)?;
    // No client of these tests listens for as long.
    for _ in 0..if answer.drips && with_body { 1_200 } else { 0 } {
        thread::sleep(Duration::from_millis(50));
        stream.write_all(b" ")?;
    }
    Ok(())
}

/// None where no request came, as when TLS is tried.
fn read(stream: &mut TcpStream) -> std::io::Result<Option<Asked>> {
    let mut reader = BufReader::new(stream.try_clone()?);
    if reader.fill_buf()?.first().is_none_or(|first| !first.is_ascii_uppercase()) {
        stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nthis is no HTTP")?;
        return Ok(None);
    }
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..Asked::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    if asked.header("expect") == "100-continue" {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if asked.header("transfer-encoding") == "chunked" {
        while read_chunk(&mut reader, &mut asked.body)? {}
        return Ok(Some(asked));
    }
    let length = asked.header("content-length").parse().unwrap_or(0);
    reader.take(length).read_to_end(&mut asked.body)?;
    Ok(Some(asked))
}

/// Whether it was not the last one.
fn read_chunk(reader: &mut impl BufRead, body: &mut Vec<u8>) -> std::io::Result<bool> {
    let (mut size, mut end) = (String::new(), String::new());
    reader.read_line(&mut size)?;
    let size = u64::from_str_radix(size.trim_end(), 16).map_err(std::io::Error::other)?;
    reader.take(size).read_to_end(body)?;
    reader.read_line(&mut end)?;
    Ok(size > 0)
}
