//! A web server with git repositories, which git's own `http-backend` serves,
//! and with files. It may demand a login, or send on to another server.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use castoff::model::Digest;
use tempfile::TempDir;

use super::{process::run, wire::header};

/// A running server, which ends with this value.
pub(crate) struct GitServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    folder: TempDir,
    /// What `Authorization` must be.
    authorization: Option<String>,
    /// Where everything is sent on to.
    moved_to: Option<String>,
    stop: AtomicBool,
    /// The values of `Authorization` that came, and what all processes of
    /// the machine were called with meanwhile.
    seen: Mutex<Vec<String>>,
    processes: Mutex<Vec<u8>>,
}

impl GitServer {
    /// One that lets in whoever comes, or only one user.
    pub(crate) fn start(login: Option<(&str, &str)>) -> Self {
        let pair = |(user, password)| STANDARD.encode(format!("{user}:{password}"));
        let authorization = login.map(|login| format!("Basic {}", pair(login)));
        Self::with(authorization, None)
    }

    /// One that sends everything on to another server.
    pub(crate) fn moved_to(other: &str) -> Self {
        Self::with(None, Some(other.to_owned()))
    }

    fn with(authorization: Option<String>, moved_to: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            folder: tempfile::tempdir().expect("a temporary folder"),
            authorization,
            moved_to,
            stop: AtomicBool::new(false),
            seen: Mutex::default(),
            processes: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.stop.load(Ordering::Relaxed) {
                    break;
                }
                let serving = Arc::clone(&serving);
                // Who asks may have gone away.
                std::thread::spawn(move || drop(serving.answer(&stream)));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// `http://127.0.0.1:PORT/BELOW`.
    pub(crate) fn url(&self, below: &str) -> String {
        format!("http://{}/{below}", self.address)
    }

    /// Where a file or a repository lies that is served as `below`.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.shared.folder.path().join(below)
    }

    /// Serves a file.
    pub(crate) fn file(&self, below: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(below), content).expect("a file");
    }

    /// The values of `Authorization` that came.
    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.shared.seen.lock().expect("nobody panics with it").clone()
    }

    /// The arguments of all processes that ran while something was asked for.
    pub(crate) fn processes(&self) -> String {
        let seen = self.shared.processes.lock().expect("nobody panics with it");
        String::from_utf8_lossy(&seen).into_owned()
    }
}

impl Shared {
    fn answer(&self, stream: &TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let mut headers: Vec<(String, String)> = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            headers.extend(header(&line));
        }
        let of = |name: &str| {
            let found = headers.iter().find(|(known, _)| known == name);
            found.map_or_else(String::new, |(_, value)| value.clone())
        };
        let mut body = vec![0; of("content-length").parse().unwrap_or_default()];
        reader.read_exact(&mut body)?;
        self.watch(&of("authorization"));
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut stream = stream;
        if let Some(other) = &self.moved_to {
            let head = format!("302 Found\r\nLocation: {other}{target}");
            return stream.write_all(&told(&head, b""));
        }
        if self.authorization.as_ref().is_some_and(|needed| *needed != of("authorization")) {
            let head = "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"";
            return stream.write_all(&told(head, b""));
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if !path.contains(".git/") {
            return stream.write_all(&match fs::read(self.folder.path().join(&path[1..])) {
                // What tells one content from another, as web servers do.
                Ok(content) => {
                    let tag = Digest::of(&content);
                    let whole = told(&format!("200 OK\r\nETag: \"{}\"", tag.hex()), &content);
                    let body = if method == "HEAD" { content.len() } else { 0 };
                    whole[..whole.len() - body].to_vec()
                }
                Err(_) => told("404 Not Found", b""),
            });
        }
        stream.write_all(&self.backend(method, path, query, &of, &body))
    }

    /// Notes who came as whom, and what runs on this machine meanwhile.
    fn watch(&self, authorization: &str) {
        if !authorization.is_empty() {
            self.seen.lock().expect("nobody panics with it").push(authorization.to_owned());
        }
        let mut seen = self.processes.lock().expect("nobody panics with it");
        for process in fs::read_dir("/proc").expect("there is a /proc").flatten() {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            // So the registries of other tests get their users.
            if !line.starts_with(b"htpasswd") {
                seen.extend(line);
            }
        }
    }

    fn backend(
        &self,
        method: &str,
        path: &str,
        query: &str,
        of: &dyn Fn(&str) -> String,
        body: &[u8],
    ) -> Vec<u8> {
        let mut backend = Command::new("git")
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", self.folder.path())
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", method)
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("CONTENT_TYPE", of("content-type"))
            .env("HTTP_CONTENT_ENCODING", of("content-encoding"))
            .env("GIT_PROTOCOL", of("git-protocol"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`git` is installed (tests/run)");
        backend.stdin.take().expect("a pipe").write_all(body).expect("it listens");
        let output = backend.wait_with_output().expect("it ends").stdout;
        let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(output.len());
        let head = String::from_utf8_lossy(&output[..end]).into_owned();
        let (status, others): (Vec<&str>, Vec<&str>) =
            head.lines().partition(|line| line.starts_with("Status:"));
        let status = status.first().map_or("200 OK", |line| line["Status:".len()..].trim());
        let head = [&[status], &others[..]].concat().join("\r\n");
        told(&head, output.get(end + 4..).unwrap_or_default())
    }
}

fn told(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Makes a commit of files in a repository, which is made where there is none,
/// and tells its id.
#[track_caller]
pub(crate) fn commit(repository: &Path, files: &[(&str, &str)]) -> String {
    if !repository.exists() {
        fs::create_dir_all(repository).expect("folders");
        git(repository, &["init", "-q", "-b", "main"]);
    }
    for (name, content) in files {
        let path = repository.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, content).expect("a file");
    }
    git(repository, &["add", "--all"]);
    // Commits of one second, as scripts make them.
    git(repository, &["commit", "-q", "-m", "a commit"]);
    git(repository, &["rev-parse", "HEAD"])
}

/// What `git` says in a repository.
#[track_caller]
pub(crate) fn git(repository: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(repository).env("GIT_COMMITTER_DATE", "2023-11-14T22:13:20Z");
    for setting in ["user.name=Test", "user.email=test@example.org", "protocol.file.allow=always"] {
        command.args(["-c", setting]);
    }
    run(command.args(arguments)).trim_end().to_owned()
}
