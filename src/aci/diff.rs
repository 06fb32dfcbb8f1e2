//! What changed between two trees.

use std::collections::BTreeSet;

use super::{Inode, Kind, Seen, TreePath, View, inode::groups};

/// What changed, each in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What is new.
    pub added: BTreeSet<TreePath>,
    /// What is there before and after, and not the same.
    pub modified: BTreeSet<TreePath>,
    /// What is gone, with all that lay in it.
    pub deleted: BTreeSet<TreePath>,
}

impl Changes {
    /// Compares two trees: kind, mode, owner, size, target, device numbers,
    /// attributes, time, which files are linked, and as `same_content` says
    /// the content of files that are alike in all that.
    pub fn between(before: &View, after: &View, same_content: impl Fn(&TreePath) -> bool) -> Self {
        let gone = |path: &&TreePath| !after.contains_key(*path);
        let mut changes =
            Self { deleted: before.keys().filter(gone).cloned().collect(), ..Self::default() };
        let mut same = BTreeSet::new();
        for (path, now) in after {
            match before.get(path) {
                None => drop(changes.added.insert(path.clone())),
                Some(was) if was.inode != now.inode => {
                    changes.modified.insert(path.clone());
                }
                Some(was) if was.inode.is_file() && !same_content(path) => {
                    changes.modified.insert(path.clone());
                }
                Some(_) => drop(same.insert(path)),
            }
        }
        let relinked = relinked(before, after, &same);
        changes.modified.extend(relinked.into_iter().cloned());
        changes
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.deleted.is_empty()
    }
}

/// Files with content that must be compared to know whether they are the same.
pub fn doubtful<'v>(before: &'v View, after: &'v View) -> impl Iterator<Item = &'v TreePath> {
    let is_alike = |path: &&TreePath, now: &Seen| {
        let was = before.get(*path);
        now.inode.is_file() && was.is_some_and(|was| was.inode == now.inode)
    };
    after.iter().filter(move |(path, now)| is_alike(path, now)).map(|(path, _)| path)
}

/// What is the same by itself, but is linked with other files than before. A
/// file that stays must be linked after the change, too, with exactly those
/// that it is linked with now.
fn relinked<'v>(
    before: &'v View,
    after: &'v View,
    same: &BTreeSet<&'v TreePath>,
) -> Vec<&'v TreePath> {
    let (old, new) = (groups(before), groups(after));
    let changed = |path: &&&TreePath| {
        let alone = || BTreeSet::from([**path]);
        let of = |view: &View| view.get(**path).and_then(|seen| seen.group);
        if of(before).is_none() && of(after).is_none() {
            return false;
        }
        let was = of(before).and_then(|group| old.get(&group).cloned()).unwrap_or_else(alone);
        let now = of(after).and_then(|group| new.get(&group).cloned()).unwrap_or_else(alone);
        let stays: BTreeSet<&TreePath> = was.intersection(same).copied().collect();
        stays != now
    };
    same.iter().filter(changed).copied().collect()
}

/// What a tree says where only root could have made it what it was before:
/// owners, devices and attributes that are not ours to set are taken from
/// `before`, or are root's where there was nothing.
pub fn forgive(before: &View, after: &mut View, us: u32) {
    for (path, now) in after {
        let was = before.get(path).map(|was| &was.inode);
        if now.inode.uid == us {
            (now.inode.uid, now.inode.gid) = was.map_or((0, 0), |was| (was.uid, was.gid));
        }
        if let Some(was) = was {
            restore_attributes(was, &mut now.inode);
        }
    }
}

fn restore_attributes(was: &Inode, now: &mut Inode) {
    let is_same_file = was.kind == now.kind && was.mtime == now.mtime;
    for (name, value) in &was.xattrs {
        if is_same_file && super::tree::is_of_root(name) {
            now.xattrs.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// Takes the empty files that `lost` names for the devices that stood in their
/// places, where they are as they were made.
pub fn forgive_devices(before: &View, after: &mut View, lost: &BTreeSet<TreePath>) {
    for (path, now) in after.iter_mut().filter(|(path, _)| lost.contains(*path)) {
        let Some(was) = before.get(path) else { continue };
        let was_device = matches!(was.inode.kind, Kind::CharDevice(_) | Kind::BlockDevice(_));
        let (old, new) = (&was.inode, &now.inode);
        if was_device && new.kind == Kind::File(0) && (old.mode, old.mtime) == (new.mode, new.mtime)
        {
            now.inode.kind = old.kind.clone();
        }
    }
}
