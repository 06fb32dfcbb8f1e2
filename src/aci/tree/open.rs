//! A folder that is open, and what lies below it.

use std::{
    cell::RefCell,
    fs::File,
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    rc::Rc,
};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, openat, statat};

use super::at;
use crate::aci::TreePath;

/// A folder that is open. What lies below is reached through it name by name,
/// and links are not followed.
pub struct Root {
    folder: Rc<OwnedFd>,
    /// The folder that was reached last: mostly it is the next one, too.
    last: RefCell<(TreePath, Rc<OwnedFd>)>,
}

/// A folder, and a name in it.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) folder: Rc<OwnedFd>,
    pub(super) name: Vec<u8>,
}

impl Root {
    /// Opens the folder at `path`, which must not be a link.
    ///
    /// # Errors
    ///
    /// Fails where it is no folder, or may not be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = Rc::new(openat(CWD, path, flags, Mode::empty())?);
        let last = RefCell::new((TreePath::root(), Rc::clone(&folder)));
        Ok(Self { folder, last })
    }

    /// Opens the folder at `path`, only to reach what lies in it.
    pub(super) fn folder(&self, path: &TreePath) -> io::Result<Rc<OwnedFd>> {
        if self.last.borrow().0 == *path {
            return Ok(Rc::clone(&self.last.borrow().1));
        }
        let mut folder = Rc::clone(&self.folder);
        for name in path.names() {
            folder = Rc::new(openat(&*folder, name, PASSAGE, Mode::empty())?);
        }
        *self.last.borrow_mut() = (path.clone(), Rc::clone(&folder));
        Ok(folder)
    }

    /// Opens the folder that `path` lies in.
    pub(super) fn spot(&self, path: &TreePath) -> io::Result<Spot> {
        let Some(parent) = path.parent() else {
            return Ok(Spot { folder: Rc::clone(&self.folder), name: b".".to_vec() });
        };
        Ok(Spot { folder: self.folder(&parent)?, name: path.name().to_vec() })
    }

    /// What lies at `path`; none where nothing does.
    ///
    /// # Errors
    ///
    /// Fails where the way there may not be gone, or is no folder.
    pub fn stat(&self, path: &TreePath) -> io::Result<Option<Stat>> {
        match self.spot(path).and_then(|spot| spot.stat()) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at(path, error)),
        }
    }

    /// Opens the regular file at `path`, to be read. Nothing else is opened:
    /// a pipe would wait, and a device act.
    ///
    /// # Errors
    ///
    /// Fails where it is none, or may not be read.
    pub fn file(&self, path: &TreePath) -> io::Result<File> {
        let open = || {
            let spot = self.spot(path)?;
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let file = File::from(spot.readable(flags)?);
            if file.metadata()?.is_file() {
                return Ok(file);
            }
            Err(io::Error::new(io::ErrorKind::InvalidData, "it is no longer a regular file"))
        };
        open().map_err(|error| at(path, error))
    }
}

/// How folders are opened on the way to what lies in them.
const PASSAGE: OFlags =
    OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Spot {
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    pub(super) fn stat(&self) -> io::Result<Stat> {
        Ok(statat(self.fd(), &*self.name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// It as a path, which extended attributes need.
    pub(super) fn through_proc(&self) -> PathBuf {
        use std::os::unix::ffi::OsStrExt;
        let folder = PathBuf::from(format!("/proc/self/fd/{}", self.folder.as_raw_fd()));
        folder.join(std::ffi::OsStr::from_bytes(&self.name))
    }

    /// Opens it to be read. Its owner may always do that, whatever it says of
    /// itself: it is made readable for the moment.
    pub(super) fn readable(&self, flags: OFlags) -> io::Result<OwnedFd> {
        let open = || openat(self.fd(), &*self.name, flags, Mode::empty());
        let error = match open() {
            Err(rustix::io::Errno::ACCESS) => io::Error::from(rustix::io::Errno::ACCESS),
            opened => return Ok(opened?),
        };
        let stat = self.stat()?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        let is_own = stat.st_uid == rustix::process::geteuid().as_raw();
        if !is_own || !matches!(kind, FileType::RegularFile | FileType::Directory) {
            return Err(error);
        }
        let mode = Mode::from_raw_mode(stat.st_mode);
        let set = |mode| rustix::fs::chmodat(self.fd(), &*self.name, mode, AtFlags::empty());
        set(mode | Mode::RUSR | Mode::XUSR)?;
        let opened = open();
        set(mode)?;
        Ok(opened?)
    }
}
