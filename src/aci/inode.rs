//! What lies in a tree, apart from where it lies and from its content.

use std::collections::{BTreeMap, BTreeSet};

use super::TreePath;

/// What lies at one place of a tree, or at several that are linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inode {
    /// What it is.
    pub kind: Kind,
    /// The permissions and the bits above them, `0o7777`; `0o777` for
    /// symbolic links, which have none.
    pub mode: u32,
    /// The number of its user.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
    /// When its content changed last.
    pub mtime: Time,
    /// Its extended attributes.
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What lies in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file of this many bytes.
    File(u64),
    /// A folder.
    Folder,
    /// A symbolic link, with its target as it stands there.
    Symlink(Vec<u8>),
    /// A character device.
    CharDevice(Device),
    /// A block device.
    BlockDevice(Device),
    /// A named pipe.
    Fifo,
}

/// The numbers of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Which driver.
    pub major: u32,
    /// Which of its devices.
    pub minor: u32,
}

/// A time, before or after the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Whole seconds since the epoch.
    pub seconds: i64,
    /// Nanoseconds after them.
    pub nanos: u32,
}

/// What tells which places of a tree are linked; it means something within
/// one tree only.
pub type Group = (u64, u64);

/// What lies at one place of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What lies there.
    pub inode: Inode,
    /// Where it may be linked with other places: with those of the same group.
    pub group: Option<Group>,
    /// Whether no entry says what this folder is like: it is only there because
    /// something lies in it.
    pub implied: bool,
}

/// All that lies in a tree; the root is always there.
pub type View = BTreeMap<TreePath, Seen>;

impl Inode {
    /// A folder of which nothing is said: root's, for all to read, from the
    /// epoch.
    #[must_use]
    pub fn implied_folder() -> Self {
        Self {
            kind: Kind::Folder,
            mode: 0o755,
            uid: 0,
            gid: 0,
            mtime: Time::default(),
            xattrs: BTreeMap::new(),
        }
    }

    /// Whether it is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.kind == Kind::Folder
    }

    /// Whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File(_))
    }
}

impl Seen {
    /// Something that is linked with nothing.
    #[must_use]
    pub fn alone(inode: Inode) -> Self {
        Self { inode, group: None, implied: false }
    }

    /// A folder that is only there because something lies in it.
    #[must_use]
    pub fn implied() -> Self {
        Self { inode: Inode::implied_folder(), group: None, implied: true }
    }
}

/// The places of each group.
pub(super) fn groups(view: &View) -> BTreeMap<Group, BTreeSet<&TreePath>> {
    let mut groups: BTreeMap<Group, BTreeSet<&TreePath>> = BTreeMap::new();
    for (path, seen) in view {
        if let Some(group) = seen.group {
            groups.entry(group).or_default().insert(path);
        }
    }
    groups
}
