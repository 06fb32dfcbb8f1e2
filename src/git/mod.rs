//! What git says of a folder, asked of the `git` program, so that the answers
//! are those that the user gets; and repositories elsewhere, fetched by it.

mod fetch;
mod program;
mod remote;

use std::path::Path;

pub use fetch::{check_out, commit};
pub use remote::{Login, Remote};

use crate::{
    child,
    model::{Failure, FailureKind, Side},
};

/// The nearest tag, and how far behind it is: `git describe --tags --always`.
///
/// # Errors
///
/// Fails outside a repository, and when the tree differs from the commit: a
/// dirty tree has no version.
pub async fn describe(folder: &Path) -> Result<String, Failure> {
    refuse_dirty(folder).await?;
    git(folder, &["describe", "--tags", "--always"]).await
}

/// The id of the tree that is checked out in `folder`.
///
/// # Errors
///
/// Fails outside a repository, and when the tree differs from the commit.
pub async fn tree(folder: &Path) -> Result<String, Failure> {
    refuse_dirty(folder).await?;
    git(folder, &["rev-parse", "HEAD:./"]).await
}

async fn refuse_dirty(folder: &Path) -> Result<(), Failure> {
    let changed =
        git(folder, &["status", "--porcelain", "--untracked-files=no", "--", "."]).await?;
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

async fn git(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let doing = || format!("git {}", arguments.join(" "));
    let output = child::command("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await;
    let output = output.map_err(|error| Failure::from_io(Side::Local, doing(), &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(FailureKind::Invalid, Side::Source, said.trim_end()).context(doing()))
}
