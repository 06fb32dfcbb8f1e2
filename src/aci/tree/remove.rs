//! Removing a tree.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, chmodat, openat, statat, unlinkat};

/// A folder that goes with all that lies in it when this is dropped, unless
/// it is kept.
#[derive(Debug)]
pub struct Doomed {
    path: PathBuf,
    is_kept: bool,
}

impl Doomed {
    /// Makes a folder of an unused name, for its owner only.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be made.
    pub fn in_folder(folder: &Path, prefix: &str) -> io::Result<Self> {
        let made = tempfile::Builder::new()
            .prefix(prefix)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(folder)?;
        Ok(Self { path: made.keep(), is_kept: false })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets it stay.
    #[must_use]
    pub fn keep(mut self) -> PathBuf {
        self.is_kept = true;
        std::mem::take(&mut self.path)
    }

    /// Lets it stay, as `path`.
    ///
    /// # Errors
    ///
    /// Fails where something is there that is no empty folder.
    pub fn rename(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        if !self.is_kept {
            // Nothing is left to tell that something of it stays.
            let _ = remove(&self.path);
        }
    }
}

/// Removes a tree, also where its folders are closed to their owner.
///
/// # Errors
///
/// Fails where something in it is not ours to remove.
pub fn remove(path: &Path) -> io::Result<()> {
    empty(CWD, path.as_os_str().as_encoded_bytes())?;
    fs::remove_dir(path)
}

/// Removes what lies in a folder. No deeper than paths may be, so few folders
/// are open at once.
fn empty(above: std::os::fd::BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = || openat(above, name, flags, Mode::empty());
    let stat = statat(above, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory && stat.st_mode & 0o700 != 0o700
    {
        // Where that cannot be done, opening it tells why.
        let _ = chmodat(above, name, Mode::RWXU, AtFlags::empty());
    }
    let folder = open()?;
    let mut names = Vec::new();
    for entry in Dir::read_from(&folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(name.to_vec());
        }
    }
    let folder = std::os::fd::AsFd::as_fd(&folder);
    for name in names {
        match unlinkat(folder, &*name, AtFlags::empty()) {
            Ok(()) => {}
            Err(rustix::io::Errno::ISDIR | rustix::io::Errno::PERM) => {
                empty(folder, &name)?;
                unlinkat(folder, &*name, AtFlags::REMOVEDIR)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
