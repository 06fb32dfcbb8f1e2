//! What the names of archives say.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::words::Words;
use crate::{
    model::{Failure, Platform, ReleasePlatform, Side},
    source::{invalid, platforms},
};

/// What follows the platform in a name.
const ENDINGS: [&str; 8] =
    [".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".txz", ".tzst"];
const FORM: &str = "the folder must contain only archives, FILE.tar[.gz|.bz2|.xz|.zst], such as \
     linux.amd64.tar.gz";

/// An archive in a folder.
pub(super) struct Listed {
    pub(super) path: PathBuf,
    pub(super) named: Named,
}

/// What an archive's name says.
pub(super) enum Named {
    /// All: `OS.ARCH[.VARIANT]`.
    Platform(Platform),
    /// Words that the image inside must agree with.
    Words(Words),
}

/// The archives in `folder`, in order of their names. Files that begin with a
/// dot are left alone; a folder is an error.
pub(super) fn list(folder: &Path) -> Result<Vec<Listed>, Failure> {
    let failed = |error| Failure::from_io(Side::Source, folder.display(), &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    let mut archives = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let named = read(&name).map_err(|failure| failure.context(path.display()))?;
        check_file(&path)?;
        archives.push(Listed { path, named });
    }
    if archives.is_empty() {
        return Err(invalid("it contains no archive").context(folder.display()).hint(FORM));
    }
    Ok(archives)
}

/// Fails where another of the archives is for `platform` as well.
pub(super) fn refuse_twin(
    known: &[(ReleasePlatform, PathBuf)],
    platform: &Platform,
    path: &Path,
) -> Result<(), Failure> {
    let Some((_, other)) = known.iter().find(|(other, _)| other.platform.is_same(platform)) else {
        return Ok(());
    };
    Err(invalid(format!("it is for {platform}, and so is {}", other.display()))
        .context(path.display())
        .hint("remove one of them"))
}

/// Reads what a name says of a platform.
fn read(name: &str) -> Result<Named, Failure> {
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    let Some(stem) = stem else {
        return Err(invalid("its name is not that of an archive").hint(FORM));
    };
    let whole = match stem.split('.').collect::<Vec<_>>()[..] {
        [os, architecture] => Platform::new(os, architecture, None).ok(),
        [os, architecture, variant] if Platform::is_variant(architecture, variant) => {
            Platform::new(os, architecture, Some(variant)).ok()
        }
        _ => None,
    };
    Ok(whole.map_or_else(|| Named::Words(Words::of(stem)), Named::Platform))
}

/// Fails where the name of one archive says what it is for, and that is nothing
/// of what is inside. Returns a sentence where only words of it say so: they may
/// mean something else.
pub(in crate::source) fn agree(
    path: &Path,
    inside: &[ReleasePlatform],
) -> Result<Option<String>, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Ok(named) = read(&name) else { return Ok(None) };
    let [only] = inside else { return Ok(None) };
    let inside = &only.platform;
    match named {
        Named::Platform(platform) => platforms::agree(&platform, inside).map(|_| None),
        Named::Words(words) => Ok(words.agree(inside).err().map(|failure| failure.to_string())),
    }
}

/// Fails unless `path` is a regular file, or a link to one, as nix makes them.
fn check_file(path: &Path) -> Result<(), Failure> {
    let metadata = fs::metadata(path).map_err(|error| match fs::read_link(path) {
        Ok(target) => {
            invalid(format!("it is a link to `{}`, which does not exist", target.display()))
                .context(path.display())
                .hint("build the target again, or remove the link")
        }
        Err(_) => Failure::from_io(Side::Source, path.display(), &error),
    })?;
    if metadata.is_file() {
        return Ok(());
    }
    Err(invalid("it is not a file")
        .context(path.display())
        .hint("the folder must contain only archives"))
}
