//! A real notary server that forgets all when it ends, and notary's own client.

use std::{
    fs::{self, File},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use serde_json::json;
use tempfile::TempDir;

use super::{
    docker_registry::make_certificate,
    process::{free_ports, terminate, wait_until_ready},
};

/// A running server, which ends with this value. It has the keys of the
/// timestamps itself.
pub(crate) struct NotaryServer {
    process: Child,
    port: u16,
    tls: bool,
    folder: TempDir,
}

impl NotaryServer {
    /// A server that speaks plain HTTP.
    pub(crate) fn start() -> Self {
        Self::with(false)
    }

    /// A server that speaks TLS, with a certificate of an authority of its own.
    pub(crate) fn with_tls() -> Self {
        Self::with(true)
    }

    fn with(tls: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        let [port] = free_ports();
        let mut server = json!({ "http_addr": format!("127.0.0.1:{port}") });
        if tls {
            make_certificate(&folder);
            server["tls_cert_file"] = json!(at("cert.pem"));
            server["tls_key_file"] = json!(at("key.pem"));
        }
        let config = json!({
            "server": server,
            "trust_service": {
                "type": "local", "hostname": "", "port": "", "key_algorithm": "ecdsa",
            },
            "logging": { "level": "info" },
            "storage": { "backend": "memory" },
        });
        fs::write(at("server.json"), config.to_string()).expect("the folder can be written");
        let log = File::create(at("log")).expect("the folder can be written");
        let mut process = Command::new("notary-server")
            .arg("-config")
            .arg(at("server.json"))
            .stdout(log.try_clone().expect("a file"))
            .stderr(log)
            .spawn()
            .expect("`notary-server` is installed (tests/run)");
        wait_until_ready(&mut process, &at("log"), || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Self { process, port, tls, folder }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.address())
    }

    /// The authority of a server that speaks TLS.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// notary's own client, with its keys in the folder `trust`.
    pub(crate) fn client(&self, trust: &Path) -> Command {
        let mut client = Command::new("notary");
        client.args(["-s", &self.url(), "-d"]).arg(trust);
        if self.tls {
            client.arg("--tlscacert").arg(self.authority());
        }
        client
            .env_clear()
            .env("HOME", trust)
            .env("PATH", std::env::var_os("PATH").expect("a path"));
        for (role, passphrase) in [
            ("ROOT", ROOT_PASSPHRASE),
            ("TARGETS", PASSPHRASE),
            ("SNAPSHOT", PASSPHRASE),
            ("DELEGATION", PASSPHRASE),
        ] {
            client.env(format!("NOTARY_{role}_PASSPHRASE"), passphrase);
        }
        client
    }
}

/// The passphrase of root keys in these tests.
pub(crate) const ROOT_PASSPHRASE: &str = "root of all passphrases";
/// The passphrase of all other keys.
pub(crate) const PASSPHRASE: &str = "any other passphrase";

impl Drop for NotaryServer {
    fn drop(&mut self) {
        terminate(&mut self.process);
    }
}
