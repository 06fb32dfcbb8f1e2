//! The program in a folder and a home of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

/// A folder to work in, with a home beside it.
pub(crate) struct Project {
    folder: TempDir,
}

/// How the program ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    pub(crate) fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(project.path("")).unwrap();
        project
    }

    /// A path below the folder.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join("project").join(below)
    }

    /// A path below the home.
    pub(crate) fn home(&self, below: &str) -> PathBuf {
        self.folder.path().join("home").join(below)
    }

    /// Writes a file of the folder, and the folders above it.
    pub(crate) fn write(&self, below: &str, content: impl AsRef<[u8]>) {
        write(&self.path(below), content);
    }

    /// Writes a file of the home.
    pub(crate) fn write_home(&self, below: &str, content: impl AsRef<[u8]>) {
        write(&self.home(below), content);
    }

    /// The archives of this repository's example.
    pub(crate) fn archives() -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        root.join("tests/example/docker").display().to_string()
    }

    /// A project that releases the example as `version`, and `latest`, to the
    /// layout at `shelf`.
    pub(crate) fn configure(&self, version: &str, more: &str) {
        self.write(
            "castoff.toml",
            format!(
                "[release]\nversion = \"{version}\"\nplatforms = [\"linux/amd64\"]\n\
                 tags = [\"{{version}}\", \"latest\"]\n\
                 [[artifact]]\nname = \"app\"\nfrom = {{ archives = \"{}\" }}\n\
                 [[sink]]\nname = \"shelf\"\nurl = \"oci:out/shelf\"\n{more}",
                Self::archives()
            ),
        );
    }

    /// Runs a release that cannot begin, since a file is where its layout goes.
    /// What is left is an unfinished run, of which the name is returned.
    pub(crate) fn hinder(&self) -> String {
        let (out, aside) = (self.path("out"), self.path("aside"));
        let is_there = out.exists();
        if is_there {
            fs::rename(&out, &aside).unwrap();
        }
        fs::write(&out, "in the way").unwrap();
        let before = self.runs();
        let ended = self.run(&["--batch", "-q"]);
        assert_ne!(ended.status, Some(0), "{ended:?}");
        fs::remove_file(&out).unwrap();
        if is_there {
            fs::rename(&aside, &out).unwrap();
        }
        self.runs().into_iter().find(|run| !before.contains(run)).expect("a run began")
    }

    /// Releases, and returns the run's name.
    pub(crate) fn release(&self) -> String {
        let before = self.runs();
        self.run(&["--batch", "-q"]).expect(0);
        self.runs().into_iter().find(|run| !before.contains(run)).expect("a run began")
    }

    pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castoff"));
        command.env_clear().current_dir(self.path("")).args(arguments);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.home("")).env("CASTOFF_KEYRING", "system");
        for (name, below) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(name, self.home(below));
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// The names of all journals, in no order.
    pub(crate) fn runs(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.home("state/castoff/runs")) else { return Vec::new() };
        let names = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
        names.filter_map(|name| name.strip_suffix(".jsonl").map(str::to_owned)).collect()
    }

    pub(crate) fn journal(&self, run: &str) -> PathBuf {
        self.home(&format!("state/castoff/runs/{run}.jsonl"))
    }

    /// Changes the plan that a journal begins with.
    pub(crate) fn replan(&self, run: &str, change: impl FnOnce(&mut Value)) {
        let text = fs::read_to_string(self.journal(run)).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        let mut first: Value = serde_json::from_str(first).unwrap();
        change(&mut first["event"]["plan"]);
        fs::write(self.journal(run), format!("{first}\n{rest}")).unwrap();
    }

    /// Leaves of a journal what a kill just after the start leaves.
    pub(crate) fn kill_at_start(&self, run: &str) {
        let text = fs::read_to_string(self.journal(run)).unwrap();
        fs::write(self.journal(run), text.split_inclusive('\n').next().unwrap()).unwrap();
    }

    /// What a tag of the layout at `path` names.
    pub(crate) fn tag(&self, path: &str, name: &str) -> Option<String> {
        let index = fs::read(self.path(path).join("index.json")).ok()?;
        let index: Value = serde_json::from_slice(&index).unwrap();
        let is_it =
            |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == name;
        let entry = index["manifests"].as_array().unwrap().iter().find(is_it)?;
        Some(entry["digest"].as_str().unwrap().to_owned())
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.status, Some(status), "stdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }

    /// Fails unless standard error has each of these.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in\n{}", self.stderr);
        }
        self
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

fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}
