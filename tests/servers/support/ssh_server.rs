//! A real SSH server, whose sessions find an engine.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    process::{Child, Command},
};

use tempfile::TempDir;

use super::process::{free_ports, run, terminate, wait_until_ready};

/// A running server that lets in whoever uses [`Self::path`].
pub(crate) struct SshServer {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl SshServer {
    /// A server in whose sessions `DOCKER_HOST` is `host`.
    pub(crate) fn start(host: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name).display().to_string();
        for key in ["host", "client"] {
            run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]));
        }
        let [port] = free_ports();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n\
             SetEnv DOCKER_HOST={host}\n",
            at("host"),
            at("client.pub"),
        );
        fs::write(at("sshd_config"), config).expect("the folder can be written");
        // Where Debian's server shuts itself in; it is made at boot.
        let _ = fs::create_dir_all("/run/sshd");
        let log = File::create(at("log")).expect("the folder can be written");
        let mut process = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f", &at("sshd_config")])
            .stderr(log)
            .spawn()
            .expect("`sshd` is installed (tests/run)");
        wait_until_ready(&mut process, folder.path().join("log").as_path(), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        fs::create_dir(at("bin")).expect("the folder can be written");
        // The system's `ssh`, told which keys are meant.
        let script = format!(
            "#!/bin/sh\nexec /usr/bin/ssh -F none -i {} -o UserKnownHostsFile={} \
             -o StrictHostKeyChecking=accept-new \"$@\"\n",
            at("client"),
            at("known_hosts"),
        );
        fs::write(at("bin/ssh"), script).expect("the folder can be written");
        fs::set_permissions(at("bin/ssh"), fs::Permissions::from_mode(0o755)).expect("a mode");
        Self { process, folder, port }
    }

    /// What stands behind `ssh://`.
    pub(crate) fn destination(&self) -> String {
        let user = run(Command::new("id").arg("-un"));
        format!("{}@127.0.0.1:{}", user.trim_end(), self.port)
    }

    /// A `PATH` whose `ssh` may come in.
    pub(crate) fn path(&self) -> String {
        let path = std::env::var("PATH").expect("it is set");
        format!("{}:{path}", self.folder.path().join("bin").display())
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        terminate(&mut self.process);
    }
}
