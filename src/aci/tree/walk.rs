//! Looking through a tree.

use std::{io, path::Path};

use rustix::fs::{Dir, FileType, OFlags, Stat, major, minor, readlinkat};

use super::{Root, at, open::Spot, xattrs};
use crate::aci::{Device, Inode, Kind, Seen, Time, TreePath, View};

/// What was found in a tree.
pub struct Walked {
    /// The tree, to read its files from.
    pub root: Root,
    /// All that lies in it.
    pub view: View,
    /// Sockets, which cannot be kept.
    pub sockets: Vec<TreePath>,
}

/// Looks through the tree at `path`.
///
/// # Errors
///
/// Fails where something may not be looked at, lies too deep, or is a
/// symbolic link that leads out of the tree.
pub fn walk(path: &Path) -> io::Result<Walked> {
    let root = Root::open(path)?;
    let (mut view, mut sockets) = (View::new(), Vec::new());
    let mut waiting = vec![TreePath::root()];
    while let Some(path) = waiting.pop() {
        let found = look(&root, &path).map_err(|error| at(&path, error))?;
        let Some(seen) = found else {
            sockets.push(path);
            continue;
        };
        if seen.inode.is_folder() {
            waiting.extend(names(&root, &path).map_err(|error| at(&path, error))?);
        }
        view.insert(path, seen);
    }
    sockets.sort();
    Ok(Walked { root, view, sockets })
}

/// What lies in a folder.
fn names(root: &Root, folder: &TreePath) -> io::Result<Vec<TreePath>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = root.spot(folder)?.readable(flags)?;
    let mut found = Vec::new();
    for entry in Dir::new(opened)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            found.push(folder.join(name).map_err(io::Error::other)?);
        }
    }
    Ok(found)
}

/// What lies at `path`, which is no socket.
///
/// # Errors
///
/// Fails where nothing lies there that an image can hold.
pub fn look_at(root: &Root, path: &TreePath) -> io::Result<Inode> {
    let found = look(root, path).map_err(|error| at(path, error))?;
    let none = || io::Error::new(io::ErrorKind::InvalidInput, "an image cannot contain a socket");
    found.map(|seen| seen.inode).ok_or_else(none)
}

/// What lies at `path`; none where it is a socket.
fn look(root: &Root, path: &TreePath) -> io::Result<Option<Seen>> {
    let spot = root.spot(path)?;
    let stat = spot.stat()?;
    let Some(kind) = kind(path, &spot, &stat)? else { return Ok(None) };
    let mode = if matches!(kind, Kind::Symlink(_)) { 0o777 } else { stat.st_mode & 0o7777 };
    let is_folder = kind == Kind::Folder;
    let inode = Inode {
        kind,
        mode,
        uid: stat.st_uid,
        gid: stat.st_gid,
        mtime: time(&stat),
        xattrs: xattrs::read(&spot)?,
    };
    let group = (!is_folder && stat.st_nlink > 1).then_some((stat.st_dev, stat.st_ino));
    Ok(Some(Seen { inode, group, implied: false }))
}

fn kind(path: &TreePath, spot: &Spot, stat: &Stat) -> io::Result<Option<Kind>> {
    let device = || Device { major: major(stat.st_rdev), minor: minor(stat.st_rdev) };
    Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File(u64::try_from(stat.st_size).unwrap_or_default()),
        FileType::Directory => Kind::Folder,
        FileType::Symlink => {
            let target = readlinkat(spot.fd(), &*spot.name, Vec::new())?.into_bytes();
            path.check_symlink(&target).map_err(|why| {
                let target = String::from_utf8_lossy(&target).into_owned();
                let what = format!("an insecure symlink to `{target}`: {why}");
                io::Error::new(io::ErrorKind::InvalidData, what)
            })?;
            Kind::Symlink(target)
        }
        FileType::CharacterDevice => Kind::CharDevice(device()),
        FileType::BlockDevice => Kind::BlockDevice(device()),
        FileType::Fifo => Kind::Fifo,
        _ => return Ok(None),
    }))
}

pub(super) fn time(stat: &Stat) -> Time {
    Time { seconds: stat.st_mtime, nanos: u32::try_from(stat.st_mtime_nsec).unwrap_or_default() }
}
