//! castoff in a folder of its own, with an image to push.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use castoff::model::Digest;
use tempfile::TempDir;

use crate::support::{
    images::{Form, Image},
    tars::layer,
};

/// How long is waited for what tests make slow.
const HASTE: &str = "idle_timeout = \"2s\"\nshow_timeout = \"300ms\"\ndelay = \"10ms\"\n";

/// A project folder with a home beside it.
pub(super) struct Desk {
    folder: TempDir,
    env: Vec<(String, String)>,
}

/// How castoff ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) took: Duration,
}

impl Desk {
    /// With one image for amd64 in `images`.
    pub(super) fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().expect("a folder"), env: Vec::new() };
        desk.content("one");
        // What is not shown at once is not waited for.
        desk.write("home/config/castoff/config.toml", format!("[engine]\n{HASTE}"));
        desk
    }

    /// Makes another image of it.
    pub(super) fn content(&self, what: &str) {
        let image = Image::new("linux/amd64", &[layer("hello", what)]);
        self.write("images/linux.amd64.tar", image.save(Form::Docker25, true));
    }

    /// Makes another image of it, which is too large for one request.
    pub(super) fn large_content(&self) {
        let noise = (0..50_000_u32).map(|of| Digest::of(&of.to_be_bytes()).to_string());
        self.content(&noise.collect::<String>());
    }

    pub(super) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(super) fn write(&self, below: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, content).expect("a file");
        path
    }

    /// A castoff.toml that tries nothing twice, with this one sink.
    pub(super) fn configure(&self, url: &str) {
        self.write(
            "castoff.toml",
            format!(
                "[release]\nversion = \"1.0\"\ntags = [\"{{version}}\"]\n\
                 [engine]\nattempts = 1\n{HASTE}\
                 [[artifact]]\nname = \"app\"\nfrom = {{ archives = \"images\" }}\n\
                 [[sink]]\nname = \"hub\"\nurl = \"{url}\"\n"
            ),
        );
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castoff"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, below) in [
            ("HOME", "home"),
            ("XDG_CACHE_HOME", "home/cache"),
            ("XDG_CONFIG_HOME", "home/config"),
            ("XDG_STATE_HOME", "home/state"),
            ("XDG_RUNTIME_DIR", "home/run"),
        ] {
            command.env(name, self.path(below));
        }
        command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let begun = Instant::now();
        let output = command.output().expect("castoff runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            status: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            took: begun.elapsed(),
        }
    }
}

impl Ended {
    #[track_caller]
    pub(super) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Everything is in what was said.
    #[track_caller]
    pub(super) fn says(self, parts: &[&str]) -> Self {
        let said = format!("{}\n{}", self.stdout, self.stderr);
        for part in parts {
            assert!(said.contains(part), "`{part}` is missing in:\n{said}");
        }
        self
    }

    #[track_caller]
    pub(super) fn never_says(self, part: &str) -> Self {
        let said = format!("{}\n{}", self.stdout, self.stderr);
        assert!(!said.contains(part), "`{part}` is in:\n{said}");
        self
    }
}
