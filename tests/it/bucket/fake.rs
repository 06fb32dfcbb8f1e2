//! A bucket that does what no real one can be made to do: it takes or ignores
//! conditions, says 200 and means another thing, or has a rival write at just
//! the wrong moment.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
};

use castoff::model::Digest;

/// The only bucket.
const BUCKET: &str = "/rel";

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path without the bucket, and the query.
    pub(crate) key: String,
    pub(crate) query: BTreeMap<String, String>,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) path: String,
    body: Vec<u8>,
}

/// An answer: its status, headers and body.
pub(crate) type Response = (u16, Vec<(String, String)>, Vec<u8>);

/// An object: its content, and the headers that it was sent with.
pub(crate) type Object = (Vec<u8>, Vec<(String, String)>);

/// What the bucket holds.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) seen: Vec<Request>,
    parts: BTreeMap<(String, u32), Vec<u8>>,
    begun: Vec<(String, String)>,
}

type Hook = dyn Fn(&Request, &mut State) -> Option<Response> + Send + Sync;

/// A running fake, which ends with the test.
pub(crate) struct Bucket {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Bucket {
    /// A bucket of which `hook` answers first. One that `heeds` conditions
    /// writes nothing where they do not hold.
    pub(crate) fn start(
        heeds: bool,
        hook: impl Fn(&Request, &mut State) -> Option<Response> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, hook): (_, Arc<Hook>) = (Arc::clone(&state), Arc::new(hook));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, hook) = (Arc::clone(&shared), Arc::clone(&hook));
                std::thread::spawn(move || serve(&stream, &state, &*hook, heeds));
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        self.url_at("")
    }

    /// The bucket at an endpoint with a path.
    pub(crate) fn url_at(&self, path: &str) -> String {
        let address = self.address;
        format!("s3://rel?endpoint=http://{address}{path}&region=us-east-1&s3ForcePathStyle=true")
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no hook panics")
    }

    /// The requests so far with this method whose key contains `key`.
    pub(crate) fn seen(&self, method: &str, key: &str) -> Vec<Request> {
        let is_it = |of: &&Request| of.method == method && of.key.contains(key);
        self.state().seen.iter().filter(is_it).cloned().collect()
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let object = self.state().objects.get(key).map(|object| object.0.clone())?;
        String::from_utf8(object).ok()
    }
}

impl State {
    pub(crate) fn put(&mut self, key: &str, body: impl Into<Vec<u8>>) {
        self.objects.insert(key.to_owned(), (body.into(), Vec::new()));
    }
}

/// An answer with an error document.
pub(crate) fn error(status: u16, code: &str, more: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>said so</Message>{more}</Error>"
    );
    (status, vec![("content-type".to_owned(), "application/xml".to_owned())], body.into_bytes())
}

fn serve(stream: &TcpStream, state: &Mutex<State>, hook: &Hook, heeds: bool) -> Option<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let is_head = request.method == "HEAD";
        let (status, headers, body) = {
            let mut state = state.lock().ok()?;
            state.seen.push(request.clone());
            let made = hook(&request, &mut state);
            made.unwrap_or_else(|| answer(&request, &mut state, heeds))
        };
        let mut head = format!("HTTP/1.1 {status} Test\r\n");
        for (name, value) in headers {
            head.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        let length = body.len().to_string();
        head.extend(["content-length: ", &length, "\r\n\r\n"]);
        let mut stream = stream;
        stream.write_all(head.as_bytes()).ok()?;
        if !is_head {
            stream.write_all(&body).ok()?;
        }
    }
    None
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    if reader.fill_buf().ok()?.first() == Some(&0x16) {
        // A handshake of TLS.
        reader.get_mut().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").ok()?;
        return None;
    }
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|size| *size > 0)?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let url = url::Url::parse(&format!("http://host{path}")).ok()?;
    let decoded =
        url::form_urlencoded::parse(format!("k={}", url.path().replace('+', "%2B")).as_bytes())
            .next()?
            .1
            .into_owned();
    let key = decoded.split_once(BUCKET).map_or("", |(_, key)| key).trim_start_matches('/');
    let query = url.query_pairs().into_owned().collect();
    Some(Request { method, key: key.to_owned(), query, headers, path, body })
}

fn tag(body: &[u8]) -> String {
    format!("\"{}\"", &Digest::of(body).hex()[..32])
}

fn empty(status: u16) -> Response {
    (status, Vec::new(), Vec::new())
}

pub(crate) fn answer(request: &Request, state: &mut State, heeds: bool) -> Response {
    let Request { method, key, query, .. } = request;
    match (method.as_str(), key.as_str()) {
        ("HEAD", "") => empty(200),
        ("GET", "") => list(query, state),
        ("GET" | "HEAD", _) if query.contains_key("uploadId") => error(404, "NoSuchUpload", ""),
        ("GET" | "HEAD", _) => match state.objects.get(key) {
            Some((body, headers)) => {
                let mut headers = headers.clone();
                headers.push(("etag".to_owned(), tag(body)));
                headers
                    .push(("last-modified".to_owned(), "Thu, 01 Jan 2026 00:00:00 GMT".to_owned()));
                (200, headers, body.clone())
            }
            None => error(404, "NoSuchKey", ""),
        },
        ("POST", _) if query.contains_key("uploads") => {
            let id = format!("u{}", state.begun.len());
            let noted = request.headers.get("x-amz-meta-digest").cloned().unwrap_or_default();
            state.begun.push((id.clone(), noted));
            let body = format!(
                "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            );
            (200, Vec::new(), body.into_bytes())
        }
        ("POST", _) => complete(request, state),
        ("PUT", _) => put(request, state, heeds),
        ("DELETE", _) => {
            if let Some(refused) = refused(request, state, heeds) {
                refused
            } else {
                state.objects.remove(key);
                empty(204)
            }
        }
        _ => empty(405),
    }
}

fn refused(request: &Request, state: &State, heeds: bool) -> Option<Response> {
    let now = state.objects.get(&request.key).map(|(body, _)| tag(body));
    let (same, new) = (request.headers.get("if-match"), request.headers.get("if-none-match"));
    let fails =
        same.is_some_and(|same| now.as_ref() != Some(same)) || (new.is_some() && now.is_some());
    (heeds && fails).then(|| error(412, "PreconditionFailed", ""))
}

fn put(request: &Request, state: &mut State, heeds: bool) -> Response {
    let Request { key, query, headers, body, .. } = request;
    if let Some(number) = query.get("partNumber").and_then(|number| number.parse().ok()) {
        if let Some(source) = headers.get("x-amz-copy-source") {
            let range = headers["x-amz-copy-source-range"].trim_start_matches("bytes=");
            let [from, to] = [0, 1].map(|at| range.split('-').nth(at).unwrap().parse().unwrap());
            let part: Vec<u8> = state.objects[&source["rel/".len()..]].0[from..=to].to_vec();
            let told = format!("<CopyPartResult><ETag>{}</ETag></CopyPartResult>", tag(&part));
            state.parts.insert((key.clone(), number), part);
            return (200, Vec::new(), told.into_bytes());
        }
        state.parts.insert((key.clone(), number), body.clone());
        return (200, vec![("etag".to_owned(), tag(body))], Vec::new());
    }
    if let Some(refused) = refused(request, state, heeds) {
        return refused;
    }
    if let Some(source) = headers.get("x-amz-copy-source") {
        let Some(object) = state.objects.get(&source["rel/".len()..]).cloned() else {
            return error(404, "NoSuchKey", "");
        };
        let body = format!("<CopyObjectResult><ETag>{}</ETag></CopyObjectResult>", tag(&object.0));
        state.objects.insert(key.clone(), object);
        return (200, Vec::new(), body.into_bytes());
    }
    let kept = headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-amz-meta-") || *name == "content-type");
    let kept = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    state.objects.insert(key.clone(), (body.clone(), kept));
    (200, vec![("etag".to_owned(), tag(body))], Vec::new())
}

fn complete(request: &Request, state: &mut State) -> Response {
    let of_key = |place: &(String, u32)| place.0 == request.key;
    let parts: Vec<_> = state.parts.keys().filter(|place| of_key(place)).cloned().collect();
    let body: Vec<u8> =
        parts.iter().filter_map(|place| state.parts.remove(place)).flatten().collect();
    let id = request.query.get("uploadId").cloned().unwrap_or_default();
    let noted = state.begun.iter().find(|(begun, _)| *begun == id).map(|(_, noted)| noted.clone());
    let Some(noted) = noted.filter(|_| !body.is_empty()) else {
        return error(404, "NoSuchUpload", "");
    };
    let text = format!(
        "<CompleteMultipartUploadResult><ETag>{}</ETag></CompleteMultipartUploadResult>",
        tag(&body)
    );
    state
        .objects
        .insert(request.key.clone(), (body, vec![("x-amz-meta-digest".to_owned(), noted)]));
    (200, Vec::new(), text.into_bytes())
}

fn list(query: &BTreeMap<String, String>, state: &State) -> Response {
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let (prefix, delimiter) = (text("prefix"), text("delimiter"));
    let mut folders = std::collections::BTreeSet::new();
    let mut body = String::from("<ListBucketResult><IsTruncated>false</IsTruncated>");
    for (key, (content, _)) in state.objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let below = key[prefix.len()..].split_once('/').filter(|_| !delimiter.is_empty());
        if let Some((folder, _)) = below {
            folders.insert(format!("{prefix}{folder}/"));
            continue;
        }
        let size = content.len();
        body.extend([
            format!("<Contents><Key>{key}</Key><Size>{size}</Size>"),
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>".to_owned(),
        ]);
    }
    for folder in folders {
        body.extend(["<CommonPrefixes><Prefix>", &folder, "</Prefix></CommonPrefixes>"]);
    }
    body += "</ListBucketResult>";
    (200, Vec::new(), body.into_bytes())
}
