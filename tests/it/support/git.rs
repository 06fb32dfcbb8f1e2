//! Repositories of git, and a commit that git itself would not make.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use castoff::{environment::Environment, git::Git};

/// This machine's, as castoff starts it.
pub(crate) fn program() -> Git {
    Git::new(Environment::of_process())
}

/// git without anything of the user's, which dates and names all alike.
pub(crate) fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    git.env("GIT_CONFIG_SYSTEM", "/dev/null").env("HOME", folder);
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "A").env(format!("GIT_{role}_EMAIL"), "a@example.org");
        git.env(format!("GIT_{role}_DATE"), "2020-11-12T14:40:36+02:00");
    }
    git
}

/// What git says in a folder, which is the same on every machine.
pub(crate) fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = git(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Puts all of a folder into a commit, and begins a repository there.
pub(crate) fn commit(folder: &Path) -> String {
    if !folder.join(".git").exists() {
        told(folder, &["init", "-q", "-b", "main"]);
    }
    told(folder, &["add", "-A"]);
    told(folder, &["commit", "-q", "--allow-empty", "-m", "all"]);
    told(folder, &["rev-parse", "HEAD"])
}

/// Puts a commit of this text in place of the last one, and returns its id.
pub(crate) fn replace(folder: &Path, text: &str) -> String {
    let file = folder.join(".git/replacing");
    fs::write(&file, format!("{text}\n")).unwrap();
    let file = file.display().to_string();
    let id = told(folder, &["hash-object", "-t", "commit", "-w", &file]);
    told(folder, &["update-ref", "HEAD", &id]);
    id
}

/// Puts a signature that is none into the last commit, and returns its id.
pub(crate) fn sign_falsely(folder: &Path) -> String {
    let commit = told(folder, &["cat-file", "commit", "HEAD"]);
    let (head, message) = commit.split_once("\n\n").unwrap();
    let signature = "-----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----";
    replace(folder, &format!("{head}\ngpgsig {signature}\n\n{message}"))
}

/// Writes a gpg that finds all signatures bad, and says so.
pub(crate) fn finding_all_bad(gpg: PathBuf) -> PathBuf {
    fs::create_dir_all(gpg.parent().unwrap()).unwrap();
    fs::write(&gpg, "#!/bin/sh\necho bad signature >&2\nexit 1\n").unwrap();
    fs::set_permissions(&gpg, fs::Permissions::from_mode(0o755)).unwrap();
    gpg
}
