//! A registry in memory that behaves as badly as a test wants.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use castoff::model::Digest;
use serde_json::{Value, json};

/// What is a large body, in bytes.
pub(crate) const LARGE: usize = 64 << 10;

/// How a registry behaves.
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    /// How long after a write reads show what was there before.
    pub(crate) late: Duration,
    /// How many of a thousand requests are answered 502 before they are looked at.
    pub(crate) bad_gateways: u64,
    /// How many of a thousand chunks find that their session was forgotten.
    pub(crate) forgotten: u64,
    /// Whether it closes each connection after an answer, and does not say so.
    pub(crate) closes: bool,
    /// Whether its answers to HEAD tell no length.
    pub(crate) no_lengths: bool,
    /// What it answers to every large body of a blob, having read it.
    pub(crate) refuses_bodies: Option<u16>,
    /// What it answers to every manifest, having read it.
    pub(crate) refuses_manifests: Option<u16>,
    /// What it answers to every manifest under a tag.
    pub(crate) refuses_tags: Option<u16>,
    /// What it answers to every index.
    pub(crate) refuses_indexes: Option<u16>,
    /// The longest body that is let through, in bytes.
    pub(crate) longest: Option<usize>,
    /// The longest body whose connection is not cut, in bytes. Nothing of a
    /// longer one is kept.
    pub(crate) uncut: Option<usize>,
    /// Whether it lists what refers to a manifest.
    pub(crate) lists_referrers: bool,
    /// Whether it takes connections and requests and says nothing.
    pub(crate) silent: bool,
    /// The seed of its chance.
    pub(crate) seed: u64,
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: usize,
    pub(crate) at: Instant,
}

/// A running registry, which ends with this value.
pub(crate) struct BadRegistry {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    manners: Mutex<Manners>,
    state: Mutex<State>,
    is_over: AtomicBool,
}

/// What a manifest's name means, and from when on that is shown; nothing where
/// it was removed.
type Held = (Instant, Option<Vec<u8>>);

#[derive(Default)]
struct State {
    blobs: BTreeMap<String, Vec<u8>>,
    /// Those of them that were lost.
    lost: BTreeSet<String>,
    /// Whether a manifest was refused for what was lost.
    is_honest: bool,
    /// Manifests by repository and name: all that each was, and since when.
    manifests: BTreeMap<String, Vec<Held>>,
    kinds: BTreeMap<Vec<u8>, String>,
    sessions: BTreeMap<u64, Vec<u8>>,
    next: u64,
    chance: u64,
    asked: Vec<Asked>,
}

struct Request {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl BadRegistry {
    pub(crate) fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = State { chance: manners.seed + 1, ..State::default() };
        let shared = Arc::new(Shared {
            manners: Mutex::new(manners),
            state: Mutex::new(state),
            is_over: false.into(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.is_over.load(Ordering::Relaxed) {
                    break;
                }
                let serving = Arc::clone(&serving);
                thread::spawn(move || serving.serve(&stream));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Shows all that was written so far.
    pub(crate) fn settle(&self) {
        for (from, _) in lock(&self.shared.state).manifests.values_mut().flatten() {
            *from = (*from).min(Instant::now());
        }
    }

    /// Behaves otherwise from now on.
    pub(crate) fn behave(&self, manners: Manners) {
        *lock(&self.shared.manners) = manners;
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        lock(&self.shared.state).asked.clone()
    }

    /// The requests that carried bytes of a blob.
    pub(crate) fn bodies(&self) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|of| of.path.contains("/blobs/uploads/") && of.body > 0);
        asked
    }

    /// What a tag names now, whatever is shown.
    pub(crate) fn names(&self, repository: &str, tag: &str) -> Option<Digest> {
        let state = lock(&self.shared.state);
        let all = state.manifests.get(&format!("{repository}/manifests/{tag}"))?;
        Some(Digest::of(all.last()?.1.as_ref()?))
    }

    /// How many manifests say that they are about another one.
    pub(crate) fn signatures(&self, repository: &str) -> usize {
        let state = lock(&self.shared.state);
        let by_digest = format!("{repository}/manifests/sha256:");
        let all = state.manifests.iter().filter(|(key, _)| key.starts_with(&by_digest));
        let now = all.filter_map(|(_, all)| all.last()?.1.as_ref());
        now.filter(|bytes| String::from_utf8_lossy(bytes).contains("\"subject\"")).count()
    }

    /// Whether all is there that a tag names, however deep.
    pub(crate) fn is_whole(&self, repository: &str, tag: &str) -> bool {
        let state = lock(&self.shared.state);
        let now = |name: &str| {
            let all = state.manifests.get(&format!("{repository}/manifests/{name}"))?;
            all.last()?.1.clone()
        };
        let mut names = vec![tag.to_owned()];
        while let Some(name) = names.pop() {
            let Some(bytes) = now(&name) else { return false };
            if state.missing(repository, &bytes).is_some() {
                return false;
            }
            let manifest: Value = serde_json::from_slice(&bytes).expect("a manifest");
            let below = manifest["manifests"].as_array().into_iter().flatten();
            names.extend(below.filter_map(|of| of["digest"].as_str()).map(str::to_owned));
        }
        true
    }

    /// Loses all blobs, and says that they are there until a manifest needs one.
    pub(crate) fn lose_blobs(&self) {
        let mut state = lock(&self.shared.state);
        state.lost = state.blobs.keys().cloned().collect();
        state.is_honest = false;
    }

    /// Loses all manifests that are named by digest, as a collection does.
    pub(crate) fn lose_manifests(&self) {
        lock(&self.shared.state).manifests.retain(|name, _| !name.contains("sha256:"));
    }
}

impl Drop for BadRegistry {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        loop {
            let longest = lock(&self.manners).longest;
            let Ok(Some(request)) = read(&mut reader, longest) else { return };
            let manners = lock(&self.manners).clone();
            if manners.silent {
                while !self.is_over.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(20));
                }
                return;
            }
            if manners.uncut.is_some_and(|uncut| request.body.len() > uncut) {
                let (method, path, body) = (request.method, request.path, request.body.len());
                lock(&self.state).asked.push(Asked { method, path, body, at: Instant::now() });
                return;
            }
            let answer = self.answer(&request, &manners);
            let is_early = answer.status == 413;
            let is_written = write(stream, &request, answer, &manners).is_ok();
            if is_early {
                linger(stream, &mut reader);
            }
            if !is_written || manners.closes || is_early {
                return;
            }
        }
    }

    fn answer(&self, request: &Request, manners: &Manners) -> Answer {
        let mut state = lock(&self.state);
        let body = request.body.len();
        let (method, path) = (request.method.clone(), request.path.clone());
        state.asked.push(Asked { method, path, body, at: Instant::now() });
        if state.chance(manners.bad_gateways) {
            return Answer::new(502);
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let path = path.strip_prefix("/v2/").unwrap_or_default();
        if path.is_empty() {
            return Answer::new(200);
        }
        if let Some((repository, name)) = path.split_once("/manifests/") {
            return state.manifest(request, repository, name, manners);
        }
        if let Some(repository) = path.strip_suffix("/tags/list") {
            return state.tags(repository);
        }
        if let Some((repository, digest)) = path.split_once("/referrers/") {
            let is_asked = manners.lists_referrers;
            return if is_asked { state.referrers(repository, digest) } else { Answer::new(404) };
        }
        if let Some((repository, id)) = path.split_once("/blobs/uploads/") {
            return state.upload(request, repository, id, query, manners);
        }
        if let Some((_, digest)) = path.split_once("/blobs/") {
            let is_shown = !state.lost.contains(digest) || !state.is_honest;
            return match state.blobs.get(digest).filter(|_| is_shown) {
                None => Answer::error(404, "BLOB_UNKNOWN", digest),
                Some(bytes) => Answer { body: bytes.clone(), ..Answer::new(200) }
                    .with("docker-content-digest", digest),
            };
        }
        Answer::new(404)
    }
}

impl State {
    /// Whether what happens to so many of a thousand happens now.
    fn chance(&mut self, of_thousand: u64) -> bool {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.chance >> 33) % 1000 < of_thousand
    }

    fn manifest(
        &mut self,
        request: &Request,
        repository: &str,
        name: &str,
        manners: &Manners,
    ) -> Answer {
        let key = format!("{repository}/manifests/{name}");
        match request.method.as_str() {
            "PUT" => {
                let is_index = String::from_utf8_lossy(&request.body).contains("\"manifests\"");
                let refused = [
                    manners.refuses_manifests,
                    manners.refuses_tags.filter(|_| !name.starts_with("sha256:")),
                    manners.refuses_indexes.filter(|_| is_index),
                ];
                if let Some(status) = refused.into_iter().flatten().next() {
                    return Answer::new(status);
                }
                if let Some(missing) = self.missing(repository, &request.body) {
                    self.is_honest = true;
                    return Answer::error(404, "MANIFEST_BLOB_UNKNOWN", &missing);
                }
                let digest = Digest::of(&request.body).to_string();
                let kind = request.headers.get("content-type").cloned().unwrap_or_default();
                self.kinds.insert(request.body.clone(), kind);
                for key in [key, format!("{repository}/manifests/{digest}")] {
                    let all = self.manifests.entry(key).or_default();
                    if all.last().and_then(|(_, last)| last.as_ref()) != Some(&request.body) {
                        all.push((Instant::now() + manners.late, Some(request.body.clone())));
                    }
                }
                Answer::new(201).with("docker-content-digest", &digest)
            }
            "DELETE" => {
                self.manifests.entry(key).or_default().push((Instant::now() + manners.late, None));
                Answer::new(202)
            }
            _ => match self.shown(&key) {
                None => Answer::error(404, "MANIFEST_UNKNOWN", name),
                Some(bytes) => {
                    let kind = self.kinds.get(&bytes).cloned().unwrap_or_default();
                    let digest = Digest::of(&bytes).to_string();
                    let answer = Answer { body: bytes, ..Answer::new(200) };
                    answer.with("content-type", &kind).with("docker-content-digest", &digest)
                }
            },
        }
    }

    /// The tags, as far as they are shown.
    fn tags(&self, repository: &str) -> Answer {
        let below = format!("{repository}/manifests/");
        let names = self.manifests.keys().filter_map(|key| key.strip_prefix(&below));
        let tags: Vec<&str> = names
            .filter(|name| !name.starts_with("sha256:"))
            .filter(|name| self.shown(&format!("{below}{name}")).is_some())
            .collect();
        let list = json!({ "name": repository, "tags": tags });
        Answer { body: list.to_string().into_bytes(), ..Answer::new(200) }
    }

    /// The manifests about this one, as far as they are shown.
    fn referrers(&self, repository: &str, digest: &str) -> Answer {
        let by_digest = format!("{repository}/manifests/sha256:");
        let keys = self.manifests.keys().filter(|key| key.starts_with(&by_digest));
        let referrers: Vec<Value> = keys
            .filter_map(|key| {
                let bytes = self.shown(key)?;
                let manifest: Value = serde_json::from_slice(&bytes).ok()?;
                let kind = manifest["artifactType"].as_str();
                let is_about = manifest["subject"]["digest"] == digest;
                is_about.then(|| {
                    json!({
                        "mediaType": manifest["mediaType"], "digest": Digest::of(&bytes),
                        "size": bytes.len(),
                        "artifactType": kind.or(manifest["config"]["mediaType"].as_str()),
                        "annotations": manifest["annotations"],
                    })
                })
            })
            .collect();
        let list = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": referrers,
        });
        let answer = Answer { body: list.to_string().into_bytes(), ..Answer::new(200) };
        answer.with("content-type", "application/vnd.oci.image.index.v1+json")
    }

    fn shown(&self, key: &str) -> Option<Vec<u8>> {
        let (all, now) = (self.manifests.get(key)?, Instant::now());
        all.iter().rev().find(|(from, _)| *from <= now)?.1.clone()
    }

    /// What a manifest refers to and the registry does not have.
    fn missing(&self, repository: &str, manifest: &[u8]) -> Option<String> {
        let manifest: Value = serde_json::from_slice(manifest).expect("a manifest");
        let list = |name: &str| manifest[name].as_array().cloned().unwrap_or_default();
        let mut blobs = list("layers");
        blobs.extend((!manifest["config"].is_null()).then(|| manifest["config"].clone()));
        let digest = |of: &Value| of["digest"].as_str().unwrap_or_default().to_owned();
        let has = |digest: &String| {
            self.manifests.contains_key(&format!("{repository}/manifests/{digest}"))
        };
        blobs
            .iter()
            .map(digest)
            .find(|digest| !self.has_blob(digest))
            .or_else(|| list("manifests").iter().map(digest).find(|digest| !has(digest)))
    }

    fn has_blob(&self, digest: &str) -> bool {
        self.blobs.contains_key(digest) && !self.lost.contains(digest)
    }

    fn upload(
        &mut self,
        request: &Request,
        repository: &str,
        id: &str,
        query: &str,
        manners: &Manners,
    ) -> Answer {
        let body = &request.body;
        if manners.longest.is_some_and(|longest| {
            let length = request.headers.get("content-length").and_then(|it| it.parse().ok());
            length.unwrap_or(0) > longest
        }) {
            return Answer::new(413);
        }
        if let (Some(status), true) = (manners.refuses_bodies, body.len() > LARGE) {
            return Answer::new(status);
        }
        if request.method == "POST" {
            self.next += 1;
            self.sessions.insert(self.next, Vec::new());
            return Answer::new(202).at(repository, self.next);
        }
        let id: u64 = id.parse().unwrap_or_default();
        if request.method != "GET" && self.chance(manners.forgotten) {
            self.sessions.remove(&id);
        }
        let Some(held) = self.sessions.get_mut(&id) else {
            return Answer::error(404, "BLOB_UPLOAD_UNKNOWN", "");
        };
        let range = |held: &[u8]| format!("0-{}", held.len().saturating_sub(1));
        match request.method.as_str() {
            "PATCH" => {
                let start = request.headers.get("content-range");
                let start = start.and_then(|range| range.split_once('-')?.0.parse().ok());
                if start.unwrap_or(held.len()) != held.len() {
                    return Answer::new(416).at(repository, id);
                }
                held.extend(body);
                Answer::new(202).at(repository, id).with("range", &range(held))
            }
            "GET" => Answer::new(204).at(repository, id).with("range", &range(held)),
            "PUT" => {
                held.extend(body);
                let digest = query.split_once("digest=").map_or("", |(_, digest)| digest);
                let digest = digest.replace("%3A", ":");
                let found = Digest::of(held).to_string();
                let held = self.sessions.remove(&id).unwrap_or_default();
                if found != digest {
                    return Answer::error(400, "DIGEST_INVALID", &found);
                }
                self.lost.remove(&digest);
                self.blobs.insert(digest, held);
                Answer::new(201).with("docker-content-digest", &found)
            }
            _ => {
                self.sessions.remove(&id);
                Answer::new(204)
            }
        }
    }
}

impl Answer {
    fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    fn error(status: u16, code: &str, detail: &str) -> Self {
        let body = json!({ "errors": [{ "code": code, "message": "", "detail": detail }] });
        Self { body: body.to_string().into_bytes(), ..Self::new(status) }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn at(self, repository: &str, session: u64) -> Self {
        self.with("location", &format!("/v2/{repository}/blobs/uploads/{session}"))
    }
}

/// Ends a connection of which not all was read, as proxies do: closed at once,
/// it would take the answer along.
fn linger(stream: &TcpStream, reader: &mut BufReader<&TcpStream>) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = io::copy(reader, &mut io::sink());
}

/// Reads a request; none at the end. A body that is too long is left unread.
fn read(reader: &mut BufReader<&TcpStream>, longest: Option<usize>) -> io::Result<Option<Request>> {
    if reader.fill_buf()?.first().is_none_or(|byte| !byte.is_ascii_uppercase()) {
        return Ok(None); // It ends, or TLS is tried.
    }
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = Vec::new();
    if longest.is_none_or(|longest| length <= longest) {
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
    }
    Ok(Some(Request { method, path, headers, body }))
}

fn write(
    mut stream: &TcpStream,
    request: &Request,
    answer: Answer,
    manners: &Manners,
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Test\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.extend([&name[..], ": ", &value[..], "\r\n"]);
    }
    let is_head = request.method == "HEAD";
    if !(is_head && manners.no_lengths) && answer.status != 204 {
        let length = answer.body.len().to_string();
        head.extend(["content-length: ", &length, "\r\n"]);
    }
    head += "\r\n";
    let mut bytes = head.into_bytes();
    if !is_head {
        bytes.extend(answer.body);
    }
    stream.write_all(&bytes)
}
