//! Fetches one commit of a repository elsewhere, and nothing around it.

use std::{
    ffi::OsStr,
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

use super::{
    DATE, Git, Remote,
    program::{LINKED, PROTOCOLS},
};
use crate::model::{Failure, FailureKind, Side, escape};

/// The lengths of a whole commit's id.
const IDS: [usize; 2] = [40, 64];
/// The fewest letters that a commit's id may be cut to.
const SHORT: usize = 4;
/// Where branches and tags are put.
const ALL: [&str; 2] = ["+refs/heads/*:refs/castoff/heads/*", "+refs/tags/*:refs/castoff/tags/*"];
/// What git calls its own folder.
const DOT_GIT: &str = ".git";

impl Git {
    /// The commit that `version` means now: a branch, a tag, or a commit's id,
    /// whole or cut short. `folder` is an empty folder to work in.
    ///
    /// # Errors
    ///
    /// Fails where the repository cannot be read, or knows no such version.
    pub async fn commit(
        &self,
        remote: &Remote,
        version: &str,
        folder: &Path,
    ) -> Result<String, Failure> {
        if IDS.contains(&version.len()) && is_hex(version) {
            return Ok(version.to_ascii_lowercase());
        }
        let names = names(version);
        let mut arguments = vec!["ls-remote", "--quiet", "--", remote.url()];
        arguments.extend(names.iter().map(String::as_str));
        let listed = self.run(remote, folder, PROTOCOLS, &arguments).await?;
        let refs: Vec<(&str, &str)> =
            listed.lines().filter_map(|line| line.split_once('\t')).collect();
        let found = names.iter().find_map(|name| refs.iter().find(|(_, known)| known == name));
        if let Some((commit, _)) = found {
            return Ok((*commit).to_owned());
        }
        let missing = || {
            let what = format!("{remote} has no branch, tag or commit `{}`", escape(version));
            Failure::new(FailureKind::NotFound, Side::Source, what)
        };
        if version.len() < SHORT || !is_hex(version) {
            return Err(missing());
        }
        self.begin(remote, folder, IDS[0]).await?;
        self.fetch_all(remote, folder).await?;
        let parsed = format!("{version}^{{commit}}");
        let arguments = ["rev-parse", "--quiet", "--verify", "--end-of-options", &parsed];
        self.run(remote, folder, PROTOCOLS, &arguments).await.map_err(|_| missing())
    }

    /// Puts the files of a commit into an empty folder, without its history.
    ///
    /// # Errors
    ///
    /// Fails where the repository cannot be read, or has no such commit.
    pub async fn check_out(
        &self,
        remote: &Remote,
        commit: &str,
        folder: &Path,
    ) -> Result<(), Failure> {
        self.begin(remote, folder, commit.len()).await?;
        let one = ["fetch", "--quiet", "--depth=1", "--no-tags", "--", remote.url(), commit];
        if let Err(failure) = self.run(remote, folder, PROTOCOLS, &one).await {
            if failure.is_transient() || failure.kind == FailureKind::Unauthorized {
                return Err(failure);
            }
            // Older servers give only what has a name.
            self.fetch_all(remote, folder).await?;
            let known = ["cat-file", "-e", &format!("{commit}^{{commit}}")];
            self.run(remote, folder, PROTOCOLS, &known).await.map_err(|_| failure)?;
        }
        let files = ["checkout", "--quiet", "--force", "--detach", commit];
        self.run(remote, folder, PROTOCOLS, &files).await?;
        if folder.join(".gitmodules").is_file() {
            let origin = ["config", "remote.origin.url", remote.url()];
            self.run(remote, folder, PROTOCOLS, &origin).await?;
            let modules = ["submodule", "--quiet", "update", "--init", "--recursive"];
            self.run(remote, folder, LINKED, &modules).await?;
        }
        let dated = [&DATE[..], &[commit, "--"]].concat();
        let dated = self.run(remote, folder, PROTOCOLS, &dated).await?;
        // A commit may be dated in any way, and what has no date has one here too.
        let seconds = dated.parse().unwrap_or_default();
        tidy(folder, seconds)
            .map_err(|error| Failure::from_io(Side::Local, folder.display(), &error))
    }

    async fn begin(&self, remote: &Remote, folder: &Path, id: usize) -> Result<(), Failure> {
        let format = if id == IDS[1] { "sha256" } else { "sha1" };
        let format = format!("--object-format={format}");
        self.run(remote, folder, PROTOCOLS, &["init", "--quiet", "--template=", &format])
            .await
            .map(drop)
    }

    async fn fetch_all(&self, remote: &Remote, folder: &Path) -> Result<(), Failure> {
        let [heads, tags] = ALL;
        let all = ["fetch", "--quiet", "--", remote.url(), "HEAD", heads, tags];
        self.run(remote, folder, PROTOCOLS, &all).await.map(drop)
    }
}

/// What a version may be called, what it most likely means first. A tag with
/// a message stands for what it tags.
fn names(version: &str) -> Vec<String> {
    match version {
        "HEAD" => vec![version.to_owned()],
        whole if whole.starts_with("refs/") => vec![format!("{whole}^{{}}"), whole.to_owned()],
        name => vec![
            format!("refs/heads/{name}"),
            format!("refs/tags/{name}^{{}}"),
            format!("refs/tags/{name}"),
        ],
    }
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Removes what git keeps beside the files, wherever it lies, and gives all
/// others the same modes and the same time on every machine.
fn tidy(folder: &Path, seconds: i64) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        let is_git = path.file_name() == Some(OsStr::new(DOT_GIT));
        match (is_git, kind.is_dir()) {
            (true, true) => fs::remove_dir_all(&path)?,
            (true, false) => fs::remove_file(&path)?,
            (false, true) => tidy(&path, seconds)?,
            (false, false) => settle(&path, kind.is_symlink(), seconds)?,
        }
    }
    settle(folder, false, seconds)
}

fn settle(path: &Path, is_link: bool, seconds: i64) -> io::Result<()> {
    if !is_link {
        let is_run = fs::metadata(path)?.mode() & 0o100 != 0;
        fs::set_permissions(path, Permissions::from_mode(if is_run { 0o755 } else { 0o644 }))?;
    }
    let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    Ok(utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}
