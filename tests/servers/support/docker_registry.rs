//! A real `docker-registry` in a folder of its own, at a port of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, ChildStderr, Command, Stdio},
};

use tempfile::TempDir;

/// How the registry is set up.
#[derive(Default)]
pub(crate) struct Setup {
    /// The only user, with the password.
    pub(crate) user: Option<(&'static str, &'static str)>,
    /// Whether it speaks TLS, with a certificate of an authority of its own.
    pub(crate) tls: bool,
    /// The certificate and the key that it speaks TLS with instead.
    pub(crate) certificate: Option<(PathBuf, PathBuf)>,
    /// The authority of the clients' certificates that it asks for.
    pub(crate) client_authority: Option<PathBuf>,
}

/// A running registry, which ends with this value.
pub(crate) struct DockerRegistry {
    process: Child,
    address: String,
    folder: TempDir,
}

impl DockerRegistry {
    /// An open registry.
    pub(crate) fn start() -> Self {
        Self::with(&Setup::default())
    }

    /// A registry that is set up.
    pub(crate) fn with(setup: &Setup) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("config.yml");
        fs::write(&config, configuration(&folder, setup)).expect("the folder can be written");
        let mut process = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("`docker-registry` is installed (apt-get install docker-registry)");
        let log = process.stderr.take().expect("it is a pipe");
        let address = address_in(log);
        Self { process, address, folder }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where it keeps blobs and repositories.
    pub(crate) fn storage(&self) -> PathBuf {
        self.folder.path().join("data/docker/registry/v2")
    }

    /// The authority of a registry that speaks TLS.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Reads the log until it tells the port, and the rest on a thread.
fn address_in(log: ChildStderr) -> String {
    let mut lines = BufReader::new(log).lines().map_while(Result::ok);
    let mut read = Vec::new();
    let address = lines.find_map(|line| {
        read.push(line);
        let (_, rest) = read.last()?.split_once("listening on ")?;
        Some(rest.split(['"', ',', ' ']).next()?.to_owned())
    });
    std::thread::spawn(move || lines.for_each(drop));
    address.unwrap_or_else(|| panic!("the registry did not start:\n{}", read.join("\n")))
}

fn configuration(folder: &TempDir, setup: &Setup) -> String {
    let root = folder.path().display();
    let mut config = format!(
        "version: 0.1\n\
         log: {{level: info, accesslog: {{disabled: true}}}}\n\
         storage: {{filesystem: {{rootdirectory: {root}/data}}, delete: {{enabled: true}}}}\n"
    );
    if let Some((user, password)) = setup.user {
        run(folder, "htpasswd", &["-Bbc", "htpasswd", user, password]);
        let path = format!("{root}/htpasswd");
        config.extend(["auth: {htpasswd: {realm: test, path: ", &path, "}}\n"]);
    }
    let mut certificate = setup.certificate.clone();
    if setup.tls {
        make_certificate(folder);
        let at = |name| folder.path().join(name);
        certificate = Some((at("cert.pem"), at("key.pem")));
    }
    let mut tls = String::new();
    if let Some((certificate, key)) = certificate {
        let asked = setup.client_authority.as_ref();
        let asked = asked.map(|of| format!(", clientcas: [{}]", of.display())).unwrap_or_default();
        let (certificate, key) = (certificate.display(), key.display());
        tls = format!(", tls: {{certificate: {certificate}, key: {key}{asked}}}");
    }
    config + &format!("http: {{addr: \"127.0.0.1:0\", secret: test{tls}}}\n")
}

/// Makes an authority, and a certificate that it signs.
pub(crate) fn make_certificate(folder: &TempDir) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    let authority = format!("req -x509 {key} -days 2 -keyout ca.key -out ca.pem -subj /CN=test-ca");
    let request = format!("req {key} -keyout key.pem -out cert.csr -subj /CN=castoff-test");
    fs::write(
        folder.path().join("cert.ext"),
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .expect("the folder can be written");
    let sign = "x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                -extfile cert.ext -out cert.pem";
    for command in [authority.as_str(), &request, sign] {
        run(folder, "openssl", &command.split_whitespace().collect::<Vec<_>>());
    }
}

fn run(folder: &TempDir, program: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("`{program}` is installed: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
