//! A real Secret Service, gnome-keyring, on a bus of its own, without a screen
//! to ask anybody on.

use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::{
    Castoff,
    process::{output, terminate, wait_until_ready},
};

/// A bus with a keyring, which both end with this value.
pub(crate) struct SecretService {
    bus: Child,
    daemon: Child,
    folder: TempDir,
}

impl SecretService {
    /// An unlocked keyring with nothing in it.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["home", "run"] {
            fs::create_dir(folder.path().join(name)).expect("the folder can be written");
        }
        let config = folder.path().join("bus.conf");
        fs::write(&config, configuration(&folder)).expect("the folder can be written");
        let log = folder.path().join("bus.log");
        let mut bus = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nosyslog"])
            .stderr(File::create(&log).expect("the folder can be written"))
            .spawn()
            .expect("`dbus-daemon` is installed (tests/run)");
        wait_until_ready(&mut bus, &log, || socket(&folder).exists());
        let daemon = unlocked(&folder);
        Self { bus, daemon, folder }
    }

    /// castoff in the session of this keyring.
    pub(crate) fn castoff(&self) -> Castoff {
        Castoff::new().env("DBUS_SESSION_BUS_ADDRESS", address(&self.folder))
    }

    /// Ends the keyring, and leaves the bus.
    pub(crate) fn end(&mut self) {
        terminate(&mut self.daemon);
    }

    /// Begins the keyring again, unlocked, with what was in it.
    pub(crate) fn begin(&mut self) {
        self.daemon = unlocked(&self.folder);
    }

    /// Ends the session and begins another one, in which nobody unlocks what
    /// was kept.
    pub(crate) fn lock(&mut self) {
        self.end();
        self.daemon = daemon(&self.folder, &["--foreground"], None);
        let (log, folder) = (self.folder.path().join("daemon.log"), &self.folder);
        wait_until_ready(&mut self.daemon, &log, || is_locked(folder) == Some(true));
    }

    /// Lets the service answer nothing any more, and still be there.
    pub(crate) fn hang(&self) {
        let id = self.daemon.id().to_string();
        super::run(Command::new("kill").args(["-STOP", &id]));
    }

    /// Has another program keep something under a name, beside what is there.
    pub(crate) fn store_beside(&self, name: &str) {
        let store = ["store", "--label=other", "service", "castoff", "username", name];
        let mut tool = in_session(&self.folder, "secret-tool");
        let tool = tool.args(store).args(["of", "another"]).stdin(Stdio::piped());
        let mut tool = tool.spawn().expect("`secret-tool` is installed (tests/run)");
        drop(tool.stdin.take().expect("it is a pipe").write_all(b"other"));
        assert!(tool.wait().expect("it ends").success());
    }

    /// What another program finds under a name; none where there is nothing.
    pub(crate) fn lookup(&self, name: &str) -> Option<String> {
        let lookup = ["lookup", "service", "castoff", "username", name];
        let found = output(in_session(&self.folder, "secret-tool").args(lookup));
        let text = String::from_utf8(found.stdout).expect("it is text");
        found.status.success().then_some(text)
    }
}

impl Drop for SecretService {
    fn drop(&mut self) {
        // What was stopped hears of nothing else.
        drop(self.daemon.kill());
        drop(self.daemon.wait());
        terminate(&mut self.bus);
    }
}

fn unlocked(folder: &TempDir) -> Child {
    let mut daemon = daemon(folder, &["--foreground", "--unlock"], Some("keyring-password"));
    let log = folder.path().join("daemon.log");
    wait_until_ready(&mut daemon, &log, || is_locked(folder) == Some(false));
    daemon
}

fn daemon(folder: &TempDir, arguments: &[&str], password: Option<&str>) -> Child {
    let log = File::create(folder.path().join("daemon.log")).expect("the folder can be written");
    let mut daemon = in_session(folder, "gnome-keyring-daemon")
        .args(arguments)
        .arg("--components=secrets")
        .stdin(Stdio::piped())
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .spawn()
        .expect("`gnome-keyring-daemon` is installed (tests/run)");
    let mut stdin = daemon.stdin.take().expect("it is a pipe");
    stdin.write_all(password.unwrap_or_default().as_bytes()).expect("it reads a password");
    daemon
}

/// Whether the keyring is locked; none where there is none.
fn is_locked(folder: &TempDir) -> Option<bool> {
    let get = [
        "--session",
        "--print-reply=literal",
        "--reply-timeout=2000",
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets/collection/login",
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    ];
    let said = output(in_session(folder, "dbus-send").args(get)).stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    let word = said.split_whitespace().last()?;
    word.parse().ok()
}

/// A program of the keyring's session, which knows no other one.
fn in_session(folder: &TempDir, program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("DBUS_SESSION_BUS_ADDRESS", address(folder));
    command.env("HOME", folder.path().join("home"));
    command.env("XDG_DATA_HOME", folder.path().join("home/data"));
    command.env("XDG_RUNTIME_DIR", folder.path().join("run"));
    command
}

fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("bus")
}

fn address(folder: &TempDir) -> String {
    format!("unix:path={}", socket(folder).display())
}

/// A bus that starts no services by itself.
fn configuration(folder: &TempDir) -> String {
    format!(
        "<busconfig><type>session</type><listen>{}</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
         <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
        address(folder)
    )
}
