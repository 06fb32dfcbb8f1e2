//! A work tree, and what it has at a commit.

use std::{
    ffi::{OsStr, OsString},
    io::{Error, Read},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::Output,
};

use super::{Git, HEAD, complaint, submodule::is_checked_out};
use crate::model::{Failure, FailureKind, Hasher, Side};

/// How much of a file is read at once, in bytes.
const CHUNK: usize = 64 << 10;
/// Lists what git tracks, byte by byte: other forms quote odd names.
const TRACKED: [&str; 2] = ["ls-files", "-z"];
/// Lists what git neither tracks nor ignores.
const UNTRACKED: [&str; 4] = ["ls-files", "-z", "--exclude-standard", "--others"];

/// The work tree around a folder. Its paths have no links in them, so that
/// they can be compared.
#[derive(Clone, Debug)]
pub struct WorkTree {
    pub(super) git: Git,
    pub(super) top: PathBuf,
}

impl Git {
    /// The work tree that `folder` lies in; none where git knows of no
    /// repository there.
    ///
    /// # Errors
    ///
    /// Fails where git cannot tell, as in a repository of another user, and
    /// within `.git` itself. That is not the same as no repository.
    pub async fn work_tree(&self, folder: &Path) -> Result<Option<WorkTree>, Failure> {
        let arguments = ["rev-parse", "--is-inside-work-tree", "--show-toplevel"];
        let output = self.ask(folder, &arguments).await?;
        let at = |failure: Failure| failure.context(folder.display());
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            // Other complaints begin in the same way.
            if said.contains("not a git repository (or any") {
                return Ok(None);
            }
            return Err(at(complaint(&output, &arguments)));
        }
        let Some(top) = output.stdout.strip_prefix(b"true\n") else {
            let what = "it is in git's own folder, not in a work tree";
            return Err(at(Failure::new(FailureKind::Invalid, Side::Source, what)));
        };
        let top = path(top.strip_suffix(b"\n").unwrap_or(top));
        let top = top.canonicalize();
        let top = top.map_err(|error| Failure::from_io(Side::Source, folder.display(), &error))?;
        Ok(Some(WorkTree { git: self.clone(), top }))
    }
}

impl WorkTree {
    /// The uppermost folder.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The id of the tree that `folder` is at `commit`; none where it is not
    /// in it. Ids may have 40 digits or 64.
    ///
    /// # Errors
    ///
    /// Fails where there is no such commit, and where `folder` lies elsewhere
    /// or is no folder there.
    pub async fn tree_id(&self, folder: &Path, commit: &str) -> Result<Option<String>, Failure> {
        let within = self.within(folder)?;
        let commit = self.commit_id(commit).await?;
        if within.as_os_str().is_empty() {
            return self.line(&["rev-parse", &format!("{commit}^{{tree}}")]).await.map(Some);
        }
        let arguments = ["ls-tree", "-z", "--full-tree", &commit, "--"].map(OsStr::new);
        let listed = self.ask(&[&arguments[..], &[within.as_os_str()]].concat()).await?;
        if listed.is_empty() {
            return Ok(None);
        }
        let unreadable = || {
            let said = String::from_utf8_lossy(&listed);
            let what = format!("Unable to parse ls-tree output: {said:?}");
            Failure::new(FailureKind::Invalid, Side::Source, what).context(folder.display())
        };
        tree_in(&listed).map(Some).ok_or_else(unreadable)
    }

    /// The id of a commit, whatever it is called.
    ///
    /// # Errors
    ///
    /// Fails where there is none.
    pub async fn commit_id(&self, commit: &str) -> Result<String, Failure> {
        let no_commit = || {
            let what = format!("`{commit}` is not a commit of {}", self.top.display());
            Failure::new(FailureKind::NotFound, Side::Source, what)
        };
        // What begins like this, git takes for an option.
        if commit.is_empty() || commit.starts_with('-') {
            return Err(no_commit());
        }
        let asked = format!("{commit}^{{commit}}");
        let output = self.git.ask(&self.top, &["rev-parse", "--verify", "--quiet", &asked]).await?;
        if output.status.success() { Ok(text(&output)) } else { Err(no_commit()) }
    }

    /// Whether what git tracks below `folder` is not as `HEAD` has it, its
    /// submodules too, whatever is configured of these. That a file was only
    /// written anew is no difference. See [`WorkTree::unseen`] for the rest.
    ///
    /// # Errors
    ///
    /// Fails where git cannot compare.
    pub async fn differs(&self, folder: &Path) -> Result<bool, Failure> {
        self.has_changed(folder, "--ignore-submodules=untracked").await
    }

    async fn has_changed(&self, folder: &Path, submodules: &str) -> Result<bool, Failure> {
        let arguments = ["diff", "--no-ext-diff", "--quiet", submodules, HEAD, "--"];
        let arguments = self.with_path(&arguments.map(OsStr::new), folder)?;
        let output = self.git.ask(&self.top, &arguments).await?;
        match output.status.code() {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            // Before the first commit everything differs.
            _ if self.commit_id(HEAD).await.is_err() => Ok(true),
            _ => Err(complaint(&output, &arguments)),
        }
    }

    /// Whether there is a file below `folder` that git neither tracks nor
    /// ignores, in its submodules too.
    ///
    /// # Errors
    ///
    /// Fails where git cannot tell.
    pub async fn has_untracked(&self, folder: &Path) -> Result<bool, Failure> {
        let arguments = [&UNTRACKED[..], &["--"]].concat();
        let arguments: Vec<&OsStr> = arguments.into_iter().map(OsStr::new).collect();
        let found = self.ask(&self.with_path(&arguments, folder)?).await?;
        Ok(!found.is_empty() || self.has_changed(folder, "--ignore-submodules=none").await?)
    }

    /// Takes in what the files below `folder` hold, those that git tracks
    /// first; neither names nor modes, and no links.
    ///
    /// # Errors
    ///
    /// Fails where git cannot list them, or one breaks off.
    pub async fn take_in(&self, folder: &Path, mut hasher: Hasher) -> Result<Hasher, Failure> {
        let mut files = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for arguments in [&TRACKED[..], &UNTRACKED[..]] {
                let output = self.git.ask(&folder, arguments).await?;
                if !output.status.success() {
                    return Err(complaint(&output, arguments));
                }
                files.extend(names(&output.stdout).map(|name| folder.join(path(name))));
            }
            let tree = self.git.work_tree(&folder).await?;
            if let Some(tree) = tree {
                let modules = tree.submodules(&folder).await?;
                folders.extend(modules.into_iter().filter(|module| is_checked_out(module)));
            }
        }
        let taken = tokio::task::spawn_blocking(move || {
            files.iter().try_for_each(|file| read(file, &mut hasher))?;
            Ok(hasher)
        });
        taken
            .await
            .map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))?
    }

    /// The tags of the commit that is checked out, in git's order.
    ///
    /// # Errors
    ///
    /// Fails where git cannot tell.
    pub async fn tags(&self) -> Result<Vec<String>, Failure> {
        let lines = self.line(&["tag", "-l", "--no-column", "--points-at", HEAD]).await?;
        Ok(lines.lines().map(str::to_owned).collect())
    }

    /// The path of `folder` within the tree; empty for the tree itself.
    fn within<'p>(&self, folder: &'p Path) -> Result<&'p Path, Failure> {
        folder.strip_prefix(&self.top).map_err(|_| {
            let what = format!("{} is not in {}", folder.display(), self.top.display());
            Failure::new(FailureKind::Invalid, Side::Source, what)
        })
    }

    pub(super) fn with_path(
        &self,
        arguments: &[&OsStr],
        folder: &Path,
    ) -> Result<Vec<OsString>, Failure> {
        let within = self.within(folder)?;
        let within = if within.as_os_str().is_empty() { Path::new(".") } else { within };
        let all = arguments.iter().copied().chain([within.as_os_str()]);
        Ok(all.map(OsStr::to_owned).collect())
    }

    pub(super) async fn line(&self, arguments: &[&str]) -> Result<String, Failure> {
        self.git.line(&self.top, arguments).await
    }

    pub(super) async fn ask<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Vec<u8>, Failure> {
        let output = self.git.ask(&self.top, arguments).await?;
        if output.status.success() { Ok(output.stdout) } else { Err(complaint(&output, arguments)) }
    }
}

/// The id in what `git ls-tree` says, where it is about one tree.
fn tree_in(listed: &[u8]) -> Option<String> {
    let entry = listed.strip_suffix(b"\0").filter(|entry| !entry.contains(&0))?;
    let end = entry.iter().position(|byte| *byte == b'\t')?;
    let words = std::str::from_utf8(&entry[..end]).ok()?;
    let [_, "tree", id] = words.split(' ').collect::<Vec<_>>()[..] else { return None };
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

/// What cannot be opened is left out, as it is in a build.
fn read(file: &Path, hasher: &mut Hasher) -> Result<(), Failure> {
    let is_file = std::fs::symlink_metadata(file).is_ok_and(|found| found.is_file());
    let Some(mut open) = is_file.then(|| std::fs::File::open(file).ok()).flatten() else {
        return Ok(());
    };
    let failed = |error: Error| Failure::from_io(Side::Source, file.display(), &error);
    let mut bytes = vec![0; CHUNK];
    loop {
        match open.read(&mut bytes).map_err(failed)? {
            0 => return Ok(()),
            count => hasher.update(&bytes[..count]),
        }
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// What stands between the zeros that git ends names with.
pub(super) fn names(listed: &[u8]) -> impl Iterator<Item = &[u8]> {
    listed.split(|byte| *byte == 0).filter(|name| !name.is_empty())
}

/// A path as git writes it.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
