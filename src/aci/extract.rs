//! An image as a folder: its manifest, and its tree with all that it stands
//! on.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Halt, ImageStore, Key, MANIFEST, Manifest, Plan, ROOTFS, Stack, lost,
    tree::{Doomed, Losses, Planter},
};
use crate::model::{Failure, FailureKind, Side};

/// What a folder without a name is called.
const PREFIX: &str = "castoff-aci-";

/// An image that was written as a folder.
#[derive(Clone, Debug)]
pub struct Extracted {
    /// The folder.
    pub folder: PathBuf,
    /// What could not be restored.
    pub losses: Losses,
}

/// Where a folder is written.
#[derive(Clone, Debug)]
pub enum Target {
    /// Under a new name in this folder.
    In(PathBuf),
    /// Here, where nothing is yet, or an empty folder.
    At(PathBuf),
}

/// How a folder is written.
#[derive(Clone, Debug)]
pub struct How {
    /// Where.
    pub to: Target,
    /// Whether all must be restored.
    pub exact: bool,
    /// What stops it.
    pub halt: Halt,
}

/// Writes an image as a folder, with its manifest.
///
/// # Errors
///
/// Fails where an image is missing, damaged or not what its key says, where
/// something is in the way, and where the disk fails; nothing stays then.
pub fn extract(store: &ImageStore, key: &Key, how: &How) -> Result<Extracted, Failure> {
    write(store, key, |manifest| manifest, how)
}

/// Writes an image as a folder that a new image begins with: its manifest
/// says that it stands on this one.
///
/// # Errors
///
/// As [`extract`].
pub fn start_build(store: &ImageStore, key: &Key, how: &How) -> Result<Extracted, Failure> {
    write(store, key, |manifest| manifest.derived(key), how)
}

fn write(
    store: &ImageStore,
    key: &Key,
    manifest: impl FnOnce(Manifest) -> Manifest,
    how: &How,
) -> Result<Extracted, Failure> {
    let (folder, name) = how.to.place()?;
    let stack = Stack::of(store, key)?;
    let plan = Plan::of(&stack)?;
    let manifest = manifest(store.manifest(key)?);
    let failed = |error: io::Error| Failure::from_io(Side::Local, folder.display(), &error);
    let made = Doomed::in_folder(&folder, PREFIX).map_err(failed)?;
    let rootfs = made.path().join(ROOTFS);
    fs::create_dir(&rootfs).map_err(failed)?;
    let mut planter = Planter::new(&rootfs).map_err(failed)?;
    plan.stream(|given| {
        how.halt.check()?;
        planter.plant(given.paths, given.inode, &mut how.halt.read(given.content))
    })?;
    fs::write(made.path().join(MANIFEST), manifest.to_bytes()).map_err(failed)?;
    lost::note(made.path(), planter.lost_devices()).map_err(failed)?;
    let losses = planter.finish().map_err(failed)?;
    if how.exact && !losses.is_none() {
        let what = format!("{losses} cannot be restored: only root can");
        let failure = Failure::new(FailureKind::Forbidden, Side::Local, what);
        return Err(failure.hint("run as root, or leave out --exact"));
    }
    let folder = match name {
        Some(name) => made.rename(&name).map(|()| name).map_err(failed)?,
        None => made.keep(),
    };
    Ok(Extracted { folder, losses })
}

impl Target {
    /// The folder that is written in first, and the final name, if there is
    /// one.
    fn place(&self) -> Result<(PathBuf, Option<PathBuf>), Failure> {
        let path = match self {
            Self::In(folder) => return Ok((folder.clone(), None)),
            Self::At(path) => path,
        };
        let failed = |error: io::Error| Failure::from_io(Side::Local, path.display(), &error);
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
            Ok(metadata) if !metadata.is_dir() => {
                return Err(in_the_way(path, "exists, and is not a folder"));
            }
            Ok(_) => {
                if fs::read_dir(path).map_err(failed)?.next().is_some() {
                    return Err(in_the_way(path, "is not empty"));
                }
            }
        }
        let above = path.parent().filter(|above| !above.as_os_str().is_empty());
        Ok((above.unwrap_or(Path::new(".")).to_owned(), Some(path.clone())))
    }
}

fn in_the_way(path: &Path, why: &str) -> Failure {
    let what = format!("{} {why}", path.display());
    Failure::new(FailureKind::Invalid, Side::Local, what).hint("name a folder that does not exist")
}
