//! Writing a tree.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Read},
    ops::AddAssign,
    path::Path,
};

use rustix::{
    fs::{
        AtFlags, FileType, Gid, Mode, OFlags, Timespec, Timestamps, Uid, chmodat, chownat, linkat,
        makedev, mkdirat, mknodat, openat, symlinkat, utimensat,
    },
    io::Errno,
};

use super::{Root, at, open::Spot, xattrs};
use crate::aci::{Device, Inode, Kind, Time, TreePath, copy_exactly};

/// Writes a tree into an empty folder.
pub struct Planter {
    root: Root,
    /// What the folders are to be in the end: until then they are ours alone.
    folders: BTreeMap<TreePath, Option<Inode>>,
    losses: Losses,
    /// The devices that are empty files.
    lost_devices: Vec<TreePath>,
}

/// What could not be restored, since only root may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// How many things belong to the user that wrote the tree.
    pub owners: usize,
    /// How many devices are empty files.
    pub devices: usize,
    /// How many extended attributes are missing.
    pub xattrs: usize,
}

impl Planter {
    /// Writes into the folder at `path`, which is there and empty.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be opened.
    pub fn new(path: &Path) -> io::Result<Self> {
        let root = Root::open(path)?;
        let folders = BTreeMap::from([(TreePath::root(), None)]);
        Ok(Self { root, folders, losses: Losses::default(), lost_devices: Vec::new() })
    }

    /// Writes one thing, which lies at all of `paths`, and the folders above
    /// them.
    ///
    /// # Errors
    ///
    /// Fails where something else is there, or the disk fails.
    pub fn plant(
        &mut self,
        paths: &[TreePath],
        inode: &Inode,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let Some((first, links)) = paths.split_first() else { return Ok(()) };
        if inode.is_folder() {
            return self.folder(first, Some(inode.clone()));
        }
        self.above(first)?;
        let spot = self.root.spot(first)?;
        let devices = self.losses.devices;
        make(&spot, inode, content, &mut self.losses)
            .and_then(|()| dress(&spot, inode, &mut self.losses))
            .map_err(|error| at(first, error))?;
        if self.losses.devices > devices {
            self.lost_devices.extend_from_slice(paths);
        }
        for link in links {
            self.link(first, link).map_err(|error| at(link, error))?;
        }
        Ok(())
    }

    /// The devices that are replaced by empty files, since only root makes
    /// devices.
    #[must_use]
    pub fn lost_devices(&self) -> &[TreePath] {
        &self.lost_devices
    }

    /// Makes the folders what they are to be, and tells what could not be
    /// restored.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn finish(mut self) -> io::Result<Losses> {
        // What lies in a folder changes its time, so the innermost come first.
        for (path, inode) in std::mem::take(&mut self.folders).into_iter().rev() {
            let inode = inode.unwrap_or_else(Inode::implied_folder);
            let spot = self.root.spot(&path)?;
            dress(&spot, &inode, &mut self.losses).map_err(|error| at(&path, error))?;
        }
        Ok(self.losses)
    }

    fn folder(&mut self, path: &TreePath, inode: Option<Inode>) -> io::Result<()> {
        match self.folders.get_mut(path) {
            Some(known) => {
                if inode.is_some() {
                    *known = inode;
                }
                return Ok(());
            }
            None => self.above(path)?,
        }
        let spot = self.root.spot(path)?;
        mkdirat(spot.fd(), &*spot.name, Mode::RWXU).map_err(|error| at(path, error.into()))?;
        self.folders.insert(path.clone(), inode);
        Ok(())
    }

    fn above(&mut self, path: &TreePath) -> io::Result<()> {
        let missing: Vec<TreePath> =
            path.ancestors().take_while(|above| !self.folders.contains_key(above)).collect();
        missing.into_iter().rev().try_for_each(|above| self.folder(&above, None))
    }

    fn link(&mut self, first: &TreePath, link: &TreePath) -> io::Result<()> {
        self.above(link)?;
        let (from, to) = (self.root.spot(first)?, self.root.spot(link)?);
        linkat(from.fd(), &*from.name, to.fd(), &*to.name, AtFlags::empty())?;
        Ok(())
    }
}

/// Makes something at `spot`, where nothing is yet.
pub(super) fn make(
    spot: &Spot,
    inode: &Inode,
    content: &mut dyn Read,
    losses: &mut Losses,
) -> io::Result<()> {
    let device = |kind, of: &Device| (kind, makedev(of.major, of.minor));
    let (kind, number) = match &inode.kind {
        Kind::File(size) => return write(spot, *size, content),
        Kind::Symlink(target) => return Ok(symlinkat(&**target, spot.fd(), &*spot.name)?),
        Kind::Folder => return Ok(mkdirat(spot.fd(), &*spot.name, Mode::RWXU)?),
        Kind::Fifo => (FileType::Fifo, 0),
        Kind::CharDevice(of) => device(FileType::CharacterDevice, of),
        Kind::BlockDevice(of) => device(FileType::BlockDevice, of),
    };
    match mknodat(spot.fd(), &*spot.name, kind, Mode::RUSR, number) {
        // An empty file takes its place.
        Err(Errno::PERM) if kind != FileType::Fifo => {
            losses.devices += 1;
            write(spot, 0, &mut io::empty())
        }
        made => Ok(made?),
    }
}

/// Sets the owner, the attributes, the mode and the time, in this order: each
/// may change or forbid those beside it.
pub(super) fn dress(spot: &Spot, inode: &Inode, losses: &mut Losses) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(inode.uid), Gid::from_raw(inode.gid));
    let no_follow = AtFlags::SYMLINK_NOFOLLOW;
    match chownat(spot.fd(), &*spot.name, Some(uid), Some(gid), no_follow) {
        Ok(()) => {}
        // Where only some users are known, others are no valid numbers.
        Err(Errno::PERM | Errno::INVAL) => losses.owners += 1,
        Err(error) => return Err(error.into()),
    }
    for (name, value) in &inode.xattrs {
        if !xattrs::set(spot, name, value)? {
            losses.xattrs += 1;
        }
    }
    if !matches!(inode.kind, Kind::Symlink(_)) {
        let mode = Mode::from_raw_mode(inode.mode);
        chmodat(spot.fd(), &*spot.name, mode, AtFlags::empty())?;
    }
    utimensat(spot.fd(), &*spot.name, &times(inode.mtime), no_follow)?;
    Ok(())
}

fn write(spot: &Spot, size: u64, content: &mut dyn Read) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let made = openat(spot.fd(), &*spot.name, flags, Mode::RUSR | Mode::WUSR)?;
    copy_exactly(content, size, &mut std::fs::File::from(made))
}

fn times(mtime: Time) -> Timestamps {
    let time = Timespec { tv_sec: mtime.seconds, tv_nsec: mtime.nanos.into() };
    Timestamps { last_access: time, last_modification: time }
}

impl Losses {
    /// Whether all could be restored.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Losses {
    fn add_assign(&mut self, other: Self) {
        self.owners += other.owners;
        self.devices += other.devices;
        self.xattrs += other.xattrs;
    }
}

impl fmt::Display for Losses {
    /// How many of what: `3 owners, 1 device`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts =
            [(self.owners, "owner"), (self.devices, "device"), (self.xattrs, "extended attribute")];
        let shown = counts.into_iter().filter(|(count, _)| *count > 0);
        let shown = shown.map(|(count, what)| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        });
        f.write_str(&shown.collect::<Vec<_>>().join(", "))
    }
}
