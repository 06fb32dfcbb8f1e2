//! A login service as of Keycloak, and a signing service behind it, in one
//! server that speaks TLS. openssl does the signing.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use tempfile::TempDir;
use tokio_rustls::rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::{make_certificate, run};

/// Who may log in, and with what.
pub(crate) const USER: &str = "joe@example.org";
pub(crate) const PASSWORD: &str = "canary-keycloak-77f0";

/// What openssl makes keys of.
pub(crate) const P256: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1";

/// How the services behave.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is another thing to get wrong")]
pub(crate) struct Manners {
    /// What the login service answers instead of a token: a status and JSON.
    pub(crate) login: Option<(u16, &'static str)>,
    /// Whether it answers at all, and the signing service.
    pub(crate) is_mute: bool,
    pub(crate) is_signing_mute: bool,
    /// What it calls itself; none: as it is called.
    pub(crate) issuer: Option<String>,
    /// Where it gives tokens; none: below itself.
    pub(crate) tokens_at: Option<String>,
    /// How long a token is said to be good for, in seconds.
    pub(crate) life: u64,
    /// How many tokens the signing service does not take, from the first on.
    pub(crate) refused: usize,
    /// Whether tokens can be renewed.
    pub(crate) renews: bool,
    /// What the signing service answers instead of a seal.
    pub(crate) seal: Option<(u16, &'static str, Vec<u8>)>,
    /// Whether it seals something else.
    pub(crate) lies: bool,
    /// Whose key it seals with.
    pub(crate) key: &'static str,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            login: None,
            is_mute: false,
            is_signing_mute: false,
            issuer: None,
            tokens_at: None,
            life: 300,
            refused: 0,
            renews: true,
            seal: None,
            lies: false,
            key: "leaf",
        }
    }
}

/// Both services, until this is dropped.
pub(crate) struct Notarial {
    port: u16,
    shared: Arc<Shared>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    folder: TempDir,
    port: u16,
    manners: Mutex<Manners>,
    /// What was asked: paths, and of forms what kind of grant.
    asked: Mutex<Vec<String>>,
    /// The tokens that were given, in order.
    given: Mutex<Vec<String>>,
}

struct Asked {
    path: String,
    authorization: String,
    body: Vec<u8>,
}

impl Notarial {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        make_certificate(&folder);
        for (name, root) in [("leaf", "signing-ca"), ("stranger", "strange-ca")] {
            make_signer(folder.path(), name, root, P256);
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (manners, asked, given) = Default::default();
        let shared = Arc::new(Shared { folder, port, manners, asked, given });
        let (stop, serves) = (Arc::new(AtomicBool::new(false)), Arc::clone(&shared));
        let (until, tls) = (Arc::clone(&stop), Arc::new(shared.tls()));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if until.load(Ordering::Relaxed) {
                    break;
                }
                let (shared, tls) = (Arc::clone(&serves), Arc::clone(&tls));
                // Who asks may have gone away, or not trust the certificate.
                std::thread::spawn(move || drop(stream.map(|stream| shared.serve(stream, &tls))));
            }
        });
        Self { port, shared, stop, thread: Some(thread) }
    }

    /// The same, with other manners.
    pub(crate) fn behaves(&self, manners: Manners) {
        *self.shared.manners.lock().unwrap() = manners;
        self.shared.asked.lock().unwrap().clear();
        self.shared.given.lock().unwrap().clear();
    }

    /// What was asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// The tokens that were given.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.shared.given.lock().unwrap().clone()
    }

    /// A file of the server's: `ca.pem`, which vouches for it, `signing-ca.pem`,
    /// which vouches for the signer, and others.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.shared.folder.path().join(name)
    }

    /// The `[[signer]]` that uses it.
    pub(crate) fn signer(&self) -> String {
        format!(
            "[[signer]]\nname = \"veea\"\nkind = \"cms\"\nuser = \"{USER}\"\n\
             service = \"https://127.0.0.1:{0}/v1/cms\"\n\
             issuer = \"https://127.0.0.1:{0}/realms/partners\"\n\
             certificate = \"{1}\"\nca = \"{2}\"\n",
            self.port,
            self.file("signing-ca.pem").display(),
            self.file("ca.pem").display(),
        )
    }
}

impl Shared {
    fn tls(&self) -> ServerConfig {
        let path = |name: &str| self.folder.path().join(name);
        let certificate = CertificateDer::from_pem_file(path("cert.pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(path("key.pem")).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth();
        config.with_single_cert(vec![certificate], key).expect("they belong together")
    }

    fn serve(&self, stream: TcpStream, tls: &Arc<ServerConfig>) -> std::io::Result<()> {
        let connection = ServerConnection::new(Arc::clone(tls)).map_err(std::io::Error::other)?;
        let mut stream = BufReader::new(StreamOwned::new(connection, stream));
        // A client may send several requests, one after another.
        while let Some(asked) = read(&mut stream)? {
            let Some((status, kind, body)) = self.answer(&asked) else {
                // It stays silent until the client gives up.
                return stream.read_to_end(&mut Vec::new()).map(drop);
            };
            let head = format!(
                "HTTP/1.1 {status} Test\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.get_mut().write_all(&[head.as_bytes(), &body].concat())?;
            stream.get_mut().flush()?;
        }
        Ok(())
    }

    fn answer(&self, asked: &Asked) -> Option<(u16, String, Vec<u8>)> {
        let manners = self.manners.lock().unwrap().clone();
        let json =
            |status, text: String| (status, "application/json".to_owned(), text.into_bytes());
        let form = String::from_utf8_lossy(&asked.body).into_owned();
        let grant = form.split('&').find_map(|pair| pair.strip_prefix("grant_type="));
        let told =
            format!("{}{}", asked.path, grant.map(|of| format!(" {of}")).unwrap_or_default());
        self.asked.lock().unwrap().push(told);
        let realm = "/realms/partners";
        match asked.path.as_str() {
            path if path == format!("{realm}/.well-known/openid-configuration") => {
                let own = format!("https://127.0.0.1:{}{realm}", self.port);
                let issuer = manners.issuer.unwrap_or_else(|| own.clone());
                let tokens = manners.tokens_at.unwrap_or_else(|| format!("{own}/token"));
                let text = format!(
                    "{{\"issuer\":\"{issuer}\",\"token_endpoint\":\"{tokens}\",\
                     \"grant_types_supported\":[\"password\",\"refresh_token\"]}}"
                );
                Some(json(200, text))
            }
            path if path == format!("{realm}/token") => {
                if manners.is_mute {
                    return None;
                }
                let (status, text) = self.token(&manners, &form);
                Some(json(status, text))
            }
            "/v1/cms" if manners.is_signing_mute => None,
            "/v1/cms" => Some(self.seal(&manners, asked)),
            _ => Some(json(404, "{\"error\":\"Realm does not exist\"}".to_owned())),
        }
    }

    /// A token, as Keycloak gives and refuses it.
    fn token(&self, manners: &Manners, form: &str) -> (u16, String) {
        let refused = |status, code: &str, words: &str| {
            (status, format!("{{\"error\":\"{code}\",\"error_description\":\"{words}\"}}"))
        };
        if let Some((status, text)) = manners.login {
            return (status, text.to_owned());
        }
        let field = |name: &str| {
            let pairs = url::form_urlencoded::parse(form.as_bytes());
            pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        if field("client_id").as_deref() != Some("castoff") {
            return refused(401, "invalid_client", "Invalid client or Invalid client credentials");
        }
        let mut given = self.given.lock().unwrap();
        let is_good = match field("grant_type").as_deref() {
            Some("password") => {
                field("username").as_deref() == Some(USER)
                    && field("password").as_deref() == Some(PASSWORD)
            }
            Some("refresh_token") if manners.renews => {
                field("refresh_token") == given.last().map(|token| format!("refresh-{token}"))
            }
            Some("refresh_token") => return refused(400, "invalid_grant", "Token is not active"),
            _ => return refused(400, "unsupported_grant_type", "Unsupported grant_type"),
        };
        if !is_good {
            return refused(401, "invalid_grant", "Invalid user credentials");
        }
        let token = format!("canary-token-{}", given.len());
        given.push(token.clone());
        let text = format!(
            "{{\"access_token\":\"{token}\",\"refresh_token\":\"refresh-{token}\",\
             \"token_type\":\"Bearer\",\"expires_in\":{}}}",
            manners.life
        );
        (200, text)
    }

    fn seal(&self, manners: &Manners, asked: &Asked) -> (u16, String, Vec<u8>) {
        let given = self.given.lock().unwrap().clone();
        let place = given.iter().position(|token| asked.authorization == format!("Bearer {token}"));
        if place.is_none_or(|place| place < manners.refused) {
            return (401, "text/plain".to_owned(), b"the token is not active".to_vec());
        }
        if let Some((status, kind, body)) = &manners.seal {
            return (*status, (*kind).to_owned(), body.clone());
        }
        let content = if manners.lies { b"something else".to_vec() } else { asked.body.clone() };
        let sealed = sign(self.folder.path(), manners.key, &content);
        (200, "application/pkcs7-mime; smime-type=signed-data".to_owned(), sealed)
    }
}

impl Drop for Notarial {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A request with its body; none where the client has no more.
fn read(stream: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or_default(),
            "authorization" => value.clone_into(&mut authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(Asked { path, authorization, body }))
}

/// Makes an authority, `ROOT.pem`, and a key of a kind that it vouches for.
pub(crate) fn make_signer(folder: &Path, name: &str, root: &str, kind: &str) {
    let extensions = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n\
                      extendedKeyUsage=emailProtection\n";
    fs::write(folder.join("signer.ext"), extensions).expect("the folder can be written");
    let key = format!("{P256} -nodes");
    for command in [
        format!("req -x509 {key} -days 2 -keyout {root}.key -out {root}.pem -subj /CN={root}"),
        format!("req {kind} -nodes -keyout {name}.key -out {name}.csr -subj /O=castoff/CN={name}"),
        format!(
            "x509 -req -in {name}.csr -CA {root}.pem -CAkey {root}.key -CAcreateserial \
             -days 2 -extfile signer.ext -out {name}.pem"
        ),
    ] {
        run(Command::new("openssl").args(command.split_whitespace()).current_dir(folder));
    }
}

/// A CMS by a key, with the content within.
fn sign(folder: &Path, name: &str, content: &[u8]) -> Vec<u8> {
    let (certificate, key) = (format!("{name}.pem"), format!("{name}.key"));
    let arguments = "cms -sign -binary -nodetach -nosmimecap -outform DER -signer";
    let mut openssl = Command::new("openssl")
        .args(arguments.split(' '))
        .args([&certificate, "-inkey", &key])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    let mut to = openssl.stdin.take().expect("it is piped");
    to.write_all(content).expect("openssl reads");
    drop(to);
    openssl.wait_with_output().expect("openssl ends").stdout
}
