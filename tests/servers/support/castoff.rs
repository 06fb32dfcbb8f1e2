//! The real program, in a world of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use super::Garage;

/// A project folder with a home beside it.
pub(crate) struct Castoff {
    folder: TempDir,
    env: Vec<(String, String)>,
}

/// How castoff ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Castoff {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["home", "project"] {
            fs::create_dir(folder.path().join(name)).expect("the folder can be written");
        }
        Self { folder, env: Vec::new() }
    }

    /// The same, with a variable in its environment.
    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// The same, with the keys of a bucket.
    pub(crate) fn with(self, garage: &Garage) -> Self {
        let keys = garage.credentials();
        keys.into_iter().fold(self, |castoff, (name, value)| castoff.env(name, value))
    }

    /// Writes the project's configuration.
    pub(crate) fn configure(&self, config: &str) {
        fs::write(self.path("castoff.toml"), config).expect("the folder can be written");
    }

    /// A path below the project.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join("project").join(below)
    }

    /// Writes a file of the project, and the folders above it.
    pub(crate) fn write(&self, below: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, content).expect("a file");
        path
    }

    /// castoff, which reads nothing but what a test gave it.
    pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Command {
        let home = self.folder.path().join("home");
        let mut command = Command::new(env!("CARGO_BIN_EXE_castoff"));
        command.args(arguments).current_dir(self.path("")).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, below) in [
            ("HOME", ""),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_RUNTIME_DIR", "run"),
            ("DOCKER_CONFIG", "docker"),
        ] {
            command.env(name, home.join(below));
        }
        // Nothing of a test goes into the kernel's.
        command.env("CASTOFF_KEYRING", "system");
        command.env("NO_COLOR", "1").env("AWS_EC2_METADATA_DISABLED", "true");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs castoff to its end.
    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Ended {
        self.command(arguments).output().expect("castoff can be run").into()
    }

    /// Writes a file that Docker's tools read.
    pub(crate) fn docker_config(&self, config: &str) {
        let folder = self.folder.path().join("home/docker");
        fs::create_dir_all(&folder).expect("the folder can be written");
        fs::write(folder.join("config.json"), config).expect("the folder can be written");
    }
}

impl Ended {
    /// Fails unless castoff ended so.
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.status, Some(status), "stdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }

    /// The digests on stdout, by what stands before them.
    pub(crate) fn digests(&self) -> Vec<(String, String)> {
        let digest = |line: &str| {
            let (name, rest) = line.split_once(" digest: ")?;
            Some((name.to_owned(), rest.split(' ').next()?.to_owned()))
        };
        self.stdout.lines().filter_map(digest).collect()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    super::process::run(Command::new("cp").arg("-a").arg(from).arg(to));
}
