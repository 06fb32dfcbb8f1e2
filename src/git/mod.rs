//! What git says of a folder, asked of the `git` program, so that the answers
//! are those that the user gets; and repositories elsewhere, fetched by it.
//!
//! Nothing here needs a lock, so several castoffs may ask about one repository
//! at the same time.

mod fetch;
mod hidden_changes;
mod program;
mod pseudo_version;
mod remote;
mod submodule;
mod work_tree;

use std::{
    ffi::OsStr,
    path::Path,
    process::{Output, Stdio},
};

pub use remote::{GitLogin, Remote};
use tokio::process::Command;
pub use work_tree::WorkTree;

use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Side},
};

/// What the commit is called that is checked out.
const HEAD: &str = "HEAD";

/// Asks for the date of a commit, in seconds since the Unix epoch, and for
/// nothing that a user has git show besides.
const DATE: [&str; 4] = ["show", "--no-patch", "--no-show-signature", "--format=%ct"];

/// What would turn git to another repository, as in a hook.
const ELSEWHERE: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"];

/// The `git` program.
#[derive(Clone, Debug)]
pub struct Git {
    /// What it is started with.
    environment: Environment,
}

impl Git {
    /// The program, as it is found and set up in an environment.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }

    /// The nearest tag, and how far behind it is: `git describe --tags --always`.
    ///
    /// # Errors
    ///
    /// Fails outside a repository, and when the tree differs from the commit: a
    /// dirty tree has no version.
    pub async fn describe(&self, folder: &Path) -> Result<String, Failure> {
        self.refuse_dirty(folder).await?;
        self.line(folder, &["describe", "--tags", "--always"]).await
    }

    /// The id of the tree that is checked out in `folder`.
    ///
    /// # Errors
    ///
    /// Fails outside a repository, and when the tree differs from the commit.
    pub async fn tree(&self, folder: &Path) -> Result<String, Failure> {
        self.refuse_dirty(folder).await?;
        self.line(folder, &["rev-parse", "HEAD:./"]).await
    }

    async fn refuse_dirty(&self, folder: &Path) -> Result<(), Failure> {
        let status = ["status", "--porcelain", "--untracked-files=no", "--", "."];
        let changed = self.line(folder, &status).await?;
        match changed.lines().next() {
            None => Ok(()),
            Some(first) => {
                let what = format!(
                    "the source tree is dirty, and a dirty tree is never published: {}",
                    first.trim()
                );
                Err(Failure::new(FailureKind::Invalid, Side::Source, what)
                    .hint("commit or stash the changes"))
            }
        }
    }

    async fn line(&self, folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.ask(folder, arguments).await?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
        }
        Err(complaint(&output, arguments))
    }

    /// How git ends, and what it says, in English.
    async fn ask<S: AsRef<OsStr>>(
        &self,
        folder: &Path,
        arguments: &[S],
    ) -> Result<Output, Failure> {
        ended(self.command(folder), arguments).await
    }

    /// Git, which looks at the repository of the folder that it is given.
    fn program(&self) -> Command {
        let mut command = self.environment.command("git");
        for name in ELSEWHERE {
            command.env_remove(name);
        }
        command
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = self.program();
        command.arg("--no-optional-locks").arg("-C").arg(folder);
        command.env("LC_ALL", "C").env("GIT_LITERAL_PATHSPECS", "1");
        command
    }
}

async fn ended<S: AsRef<OsStr>>(mut command: Command, arguments: &[S]) -> Result<Output, Failure> {
    let output = command.args(arguments).kill_on_drop(true).stdin(Stdio::null()).output().await;
    output.map_err(|error| {
        let failure = Failure::from_io(Side::Local, shown(arguments), &error);
        match error.kind() {
            std::io::ErrorKind::NotFound => failure.hint("install git"),
            _ => failure,
        }
    })
}

/// What git complains about.
fn complaint<S: AsRef<OsStr>>(output: &Output, arguments: &[S]) -> Failure {
    let said = String::from_utf8_lossy(&output.stderr);
    Failure::new(FailureKind::Invalid, Side::Source, said.trim_end()).context(shown(arguments))
}

fn shown<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let words = arguments.iter().map(|argument| argument.as_ref().to_string_lossy());
    format!("git {}", words.collect::<Vec<_>>().join(" "))
}
