//! Where castoff is run as a program.

use std::{
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

/// A folder in which castoff is run.
pub(super) struct Desk {
    pub(super) folder: TempDir,
    /// Who runs it; none: root.
    pub(super) user: Option<u32>,
}

/// Somebody who is nobody on this machine.
const SOMEBODY: u32 = 54321;

impl Desk {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), user: None }
    }

    /// The same, for somebody who may do no more than others.
    pub(super) fn of_somebody() -> Self {
        let desk = Self { user: Some(SOMEBODY), ..Self::new() };
        chown(desk.folder.path(), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
        fs::copy(assert_cmd::cargo::cargo_bin("castoff"), desk.path("castoff")).unwrap();
        desk
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// What `castoff aci` does with these arguments.
    pub(super) fn output(&self, arguments: &[&str]) -> Output {
        self.castoff(&[&["aci", "--dir", "store", "--workdir", "."], arguments].concat())
    }

    /// What castoff does with these arguments.
    pub(super) fn castoff(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// `castoff aci` with these arguments, which runs.
    pub(super) fn begun(&self, arguments: &[&str]) -> Child {
        let own = ["aci", "--dir", "store", "--workdir", "."];
        self.command(&[&own, arguments].concat()).spawn().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.user {
            None => Command::new(assert_cmd::cargo::cargo_bin("castoff")),
            Some(user) => {
                let mut command = Command::new("setpriv");
                let user = user.to_string();
                command.args(["--reuid", &user, "--regid", &user, "--clear-groups"]);
                command.args(["--bounding-set=-all", "--inh-caps=-all"]);
                command.arg(self.path("castoff"));
                command
            }
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", self.folder.path());
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    pub(super) fn told(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!(
            "status {:?}\n{}{}",
            output.status.code().unwrap(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    /// What a command that does well prints.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub(super) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--json"]].concat())).unwrap()
    }

    pub(super) fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(super) fn own(&self, path: &Path) {
        if let Some(user) = self.user {
            chown(path, Some(user), Some(user)).unwrap();
        }
    }

    pub(super) fn begin(&self, name: &str, manifest: &Value) -> PathBuf {
        let root = self.path(name).join("rootfs");
        fs::create_dir_all(&root).unwrap();
        fs::write(self.path(name).join("manifest"), manifest.to_string()).unwrap();
        root
    }
}
