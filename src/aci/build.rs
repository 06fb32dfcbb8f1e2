//! An image of a folder: all of its tree, or what changed in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    io::{Read, Write},
    path::Path,
};

use serde_json::{Map, Value};

use super::{
    Changes, Group, Halt, Hashing, ImageId, ImageStore, MANIFEST, Manifest, Plan, ROOTFS, Seen,
    Stack, TarWriter, Time, TreePath, View,
    diff::{doubtful, forgive, forgive_devices},
    lost,
    manifest::LIMIT,
    tree::{Root, Walked, walk},
};
use crate::model::{Failure, FailureKind, Side};

/// What the field of the manifest is called that lists all paths.
const WHITELIST: &str = "pathWhitelist";

/// An image that is about to be written.
pub struct Build {
    manifest: Vec<u8>,
    tree: Walked,
    chosen: BTreeSet<TreePath>,
    changes: Option<Changes>,
    halt: Halt,
}

/// An image that was written.
#[derive(Clone, Debug)]
pub struct Built {
    /// The hash of its plain tar.
    pub id: ImageId,
    /// The length of its plain tar in bytes.
    pub size: u64,
}

impl Build {
    /// Looks at the folder, which holds `manifest` and `rootfs`. Where the
    /// manifest names dependencies, its tree is compared with theirs.
    ///
    /// # Errors
    ///
    /// Fails where the manifest or the tree cannot be read, and where a
    /// dependency is missing, damaged or not what its key says.
    pub fn of(store: &ImageStore, folder: &Path, halt: &Halt) -> Result<Self, Failure> {
        let raw = read_manifest(&folder.join(MANIFEST))?;
        let manifest = Manifest::parse(&raw)
            .map_err(|failure| failure.context(folder.join(MANIFEST).display()))?;
        let rootfs = folder.join(ROOTFS);
        let mut tree = walk(&rootfs)
            .map_err(|error| Failure::from_io(Side::Local, rootfs.display(), &error))?;
        let us = rustix::process::geteuid().as_raw();
        if manifest.dependencies.is_empty() {
            if us != 0 {
                forgive(&View::new(), &mut tree.view, us);
            }
            let chosen = tree.view.keys().cloned().collect();
            return Ok(Self { manifest: raw, tree, chosen, changes: None, halt: halt.clone() });
        }
        let plan = Plan::of(&Stack::below(store, &manifest)?)?;
        let lost = lost::noted(folder)
            .map_err(|error| Failure::from_io(Side::Local, folder.display(), &error))?;
        forgive_devices(&plan.view, &mut tree.view, &lost);
        if us != 0 {
            forgive(&plan.view, &mut tree.view, us);
        }
        let other = differing(&plan, &tree, halt)?;
        let mut changes = Changes::between(&plan.view, &tree.view, |path| !other.contains(path));
        if !changes.deleted.is_empty() {
            changes.modified.extend(stranded(&plan.view, &tree.view, &changes));
        }
        let manifest = listed(raw, &manifest, &tree.view, &changes)?;
        let root = [TreePath::root()];
        let chosen = root.iter().chain(&changes.added).chain(&changes.modified).cloned().collect();
        Ok(Self { manifest, tree, chosen, changes: Some(changes), halt: halt.clone() })
    }

    /// What changed; none where the image stands on nothing.
    #[must_use]
    pub fn changes(&self) -> Option<&Changes> {
        self.changes.as_ref()
    }

    /// Sockets, which no image can hold.
    #[must_use]
    pub fn sockets(&self) -> &[TreePath] {
        &self.tree.sockets
    }

    /// Writes the plain tar.
    ///
    /// # Errors
    ///
    /// Fails where a file changes meanwhile or cannot be read, and where
    /// `out` fails.
    pub fn write(&self, out: impl Write) -> io::Result<Built> {
        let mut tar = TarWriter::of_aci(Hashing::new(out));
        tar.manifest(&self.manifest)?;
        let mut written: BTreeMap<Group, &TreePath> = BTreeMap::new();
        for path in &self.chosen {
            self.halt.check()?;
            let Some(seen) = self.tree.view.get(path) else { continue };
            match seen.group.and_then(|group| written.get(&group)) {
                Some(first) => tar.link(path, first, &seen.inode)?,
                None => self.put(&mut tar, path, seen)?,
            }
            if let Some(group) = seen.group {
                written.entry(group).or_insert(path);
            }
        }
        let hashing = tar.finish()?;
        Ok(Built { size: hashing.size(), id: hashing.finish() })
    }

    fn put(&self, tar: &mut TarWriter<impl Write>, path: &TreePath, seen: &Seen) -> io::Result<()> {
        if !seen.inode.is_file() {
            return tar.inode(path, &seen.inode, &mut io::empty());
        }
        let mut file = self.tree.root.file(path)?;
        tar.inode(path, &seen.inode, &mut self.halt.read(&mut file)).map_err(
            |error| match error.kind() {
                io::ErrorKind::UnexpectedEof => changed(path),
                _ => error,
            },
        )?;
        unchanged(&self.tree.root, path, seen)
    }
}

/// Fails where a file is not what it was when the tree was looked at.
fn unchanged(root: &Root, path: &TreePath, seen: &Seen) -> io::Result<()> {
    let stat = root.stat(path)?.ok_or_else(|| changed(path))?;
    let Time { seconds, nanos } = seen.inode.mtime;
    if (stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or_default()) == (seconds, nanos) {
        Ok(())
    } else {
        Err(changed(path))
    }
}

fn changed(path: &TreePath) -> io::Error {
    let failure = Failure::new(FailureKind::Changed, Side::Source, "it changed while it was read");
    failure.context(path).into()
}

/// Files that look alike, and are not: all images are read, and hashed.
fn differing(plan: &Plan, tree: &Walked, halt: &Halt) -> Result<BTreeSet<TreePath>, Failure> {
    let mut waiting: BTreeSet<TreePath> = doubtful(&plan.view, &tree.view).cloned().collect();
    let group = |path: &TreePath| tree.view.get(path).and_then(|seen| seen.group);
    plan.stream(|given| {
        halt.check()?;
        let alike = given.paths.iter().filter(|path| waiting.contains(*path));
        let alike: Vec<&TreePath> = alike.collect();
        let Some((first, rest)) = alike.split_first() else { return Ok(()) };
        // What was linked and is not any more has changed, whatever it holds.
        let is_linked = |path: &&TreePath| group(path).is_some() && group(path) == group(first);
        if rest.iter().all(is_linked)
            && is_same(&mut halt.read(given.content), &mut tree.root.file(first)?)?
        {
            for path in alike {
                waiting.remove(path);
            }
        }
        Ok(())
    })?;
    Ok(waiting)
}

fn is_same(one: &mut impl Read, other: &mut impl Read) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        let count = one.read(&mut left)?;
        if count == 0 {
            return Ok(other.read(&mut right)? == 0);
        }
        match other.read_exact(&mut right[..count]) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            read => read?,
        }
        if left[..count] != right[..count] {
            return Ok(false);
        }
    }
}

/// Folders that only what lies in them made, and that nothing may lie in any
/// more.
fn stranded(before: &View, after: &View, changes: &Changes) -> Vec<TreePath> {
    let implied = before.iter().filter(|(_, seen)| seen.implied).map(|(path, _)| path);
    let stays = |path: &&TreePath| after.contains_key(*path) && !changes.modified.contains(*path);
    implied.filter(stays).cloned().collect()
}

/// The manifest, with the list of what is there if something is gone. A list
/// that was there stays, but for what is gone.
fn listed(
    raw: Vec<u8>,
    manifest: &Manifest,
    after: &View,
    changes: &Changes,
) -> Result<Vec<u8>, Failure> {
    let own = manifest.whitelist()?;
    let list: Vec<&TreePath> = match &own {
        None if changes.deleted.is_empty() => return Ok(raw),
        None => after.keys().collect(),
        Some(own) if own.is_disjoint(&changes.deleted) => return Ok(raw),
        Some(own) => own.difference(&changes.deleted).collect(),
    };
    let name = |path: &TreePath| {
        path.absolute().map(Value::from).ok_or_else(|| {
            let what = "files were removed, and the list of those that stay cannot contain this \
                        name, which is not UTF-8";
            let failure = Failure::new(FailureKind::Invalid, Side::Source, what).context(path);
            failure.hint("rename it, or remove the dependencies of the manifest")
        })
    };
    let list = list.into_iter().map(name).collect::<Result<Vec<Value>, _>>()?;
    let unreadable =
        |error: serde_json::Error| Failure::from_error(FailureKind::Internal, Side::Local, &error);
    let mut fields: Map<String, Value> = serde_json::from_slice(&raw).map_err(unreadable)?;
    fields.insert(WHITELIST.to_owned(), list.into());
    serde_json::to_vec(&fields).map_err(unreadable)
}

fn read_manifest(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::from_io(Side::Source, path.display(), &error);
    let mut raw = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(LIMIT).read_to_end(&mut raw).map_err(failed)?;
    Ok(raw)
}
