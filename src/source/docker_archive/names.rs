//! What the names of archives say.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    model::{Failure, Platform, Side, escape},
    source::{invalid, platforms::same},
};

/// What follows the platform in a name.
const ENDINGS: [&str; 5] = [".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst"];
const FORM: &str =
    "name archives OS.ARCH[.VARIANT].tar[.gz|.bz2|.xz|.zst], such as linux.amd64.tar.gz";

/// The archives in `folder`, in order of their platforms. Files that begin
/// with a dot are left alone; a folder is an error.
pub(super) fn list(folder: &Path) -> Result<Vec<(Platform, PathBuf)>, Failure> {
    let failed = |error| Failure::from_io(Side::Source, folder.display(), &error);
    let mut archives: Vec<(Platform, PathBuf)> = Vec::new();
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let platform = read(&name).map_err(|failure| failure.context(path.display()))?;
        check_file(&path)?;
        if let Some((_, other)) = archives.iter().find(|(other, _)| same(other, &platform)) {
            return Err(invalid(format!("it is for {platform}, and so is {}", other.display()))
                .context(path.display())
                .hint("remove one of them"));
        }
        archives.push((platform, path));
    }
    if archives.is_empty() {
        return Err(invalid("there is no archive in it").context(folder.display()).hint(FORM));
    }
    archives.sort();
    Ok(archives)
}

/// Reads the platform from a name.
fn read(name: &str) -> Result<Platform, Failure> {
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    let Some(stem) = stem else {
        return Err(invalid("its name is not that of an archive").hint(FORM));
    };
    match stem.split('.').collect::<Vec<_>>()[..] {
        [os] if !os.is_empty() => Err(invalid("its name has no architecture")
            .hint(format!("name it for its platform, such as {}.amd64.tar.gz", escape(os)))),
        [os, architecture] => named(os, architecture, None),
        [os, architecture, variant] => named(os, architecture, Some(variant)),
        _ => Err(invalid("its name has too many parts").hint(FORM)),
    }
}

fn named(os: &str, architecture: &str, variant: Option<&str>) -> Result<Platform, Failure> {
    Platform::new(os, architecture, variant)
        .map_err(|error| invalid("its name has no platform").because(error).hint(FORM))
}

/// Fails unless `path` is a regular file, or a link to one, as nix makes them.
fn check_file(path: &Path) -> Result<(), Failure> {
    let metadata = fs::metadata(path).map_err(|error| match fs::read_link(path) {
        Ok(target) => {
            invalid(format!("it is a link to `{}`, which is not there", target.display()))
                .context(path.display())
                .hint("build the target again, or remove the link")
        }
        Err(_) => Failure::from_io(Side::Source, path.display(), &error),
    })?;
    if metadata.is_file() {
        return Ok(());
    }
    Err(invalid("it is no file").context(path.display()).hint("keep archives only in this folder"))
}
