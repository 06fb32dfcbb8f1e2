//! The program at a bucket whose faults only a fake can make.

mod answers;
pub(crate) mod fake;
mod foreign;
mod keys;
mod late;
mod locks;
mod marks;
mod rivals;
mod spoilt;
mod turns;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

/// The program in a project of its own, with a home beside it.
struct Program {
    folder: TempDir,
    env: Vec<(&'static str, String)>,
}

impl Program {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = Self { folder, env: Vec::new() };
        program.write("df/linux/amd64/tool", "tool");
        program.env("AWS_ACCESS_KEY_ID", "GKtest").env("AWS_SECRET_ACCESS_KEY", "secret")
    }

    /// The same, with another variable.
    fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn write(&self, below: &str, content: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(&path, content).expect("a file");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_castoff"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path("home")).env("NO_COLOR", "1");
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("CASTOFF_KEYRING", "system");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end: its status, and what it wrote to stderr.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.command(arguments).output().expect("castoff can be run");
        ended(&output)
    }

    /// Publishes the files, or the archives, of the project.
    fn push(&self, name: &str, path: &str, url: &str) -> (Option<i32>, String) {
        self.run(&["push", "-t", name, path, url])
    }
}

impl Program {
    /// Whether a file below the home folder holds `text`.
    fn keeps(&self, text: &str) -> bool {
        let mut folders = vec![self.path("home")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if String::from_utf8_lossy(&fs::read(path).expect("a file")).contains(text) {
                    return true;
                }
            }
        }
        false
    }
}

fn ended(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Writes an image archive into the project.
fn image(program: &Program, text: &str) {
    use crate::support::{
        images::{Form, Image},
        tars::layer,
    };
    let image = Image::new("linux/amd64", &[layer("file", text)]);
    let path = program.write("docker/linux.amd64.tar", "");
    fs::write(path, image.save(Form::Docker25, true)).expect("a file");
}
