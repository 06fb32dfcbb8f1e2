//! Putting things into a tree that is there.

use std::io::{self, Read};

use rustix::fs::{AtFlags, FileType, Stat, linkat, readlinkat, renameat, unlinkat};

use super::{
    Losses, Root, at,
    open::Spot,
    plant::{dress, make},
};
use crate::aci::{Inode, TreePath};

/// How many links are followed on one way.
const LINKS: usize = 40;
/// What something is called before it is whole.
const UNFINISHED: &[u8] = b".castoff-unfinished";

/// Puts things into a tree. Links that lie in it are followed as the tree's
/// own programs would: its root is the root.
pub struct Graft {
    root: Root,
    /// New folders; their times are set in the end.
    folders: Vec<(TreePath, Inode)>,
    losses: Losses,
}

impl Graft {
    /// Puts things into the tree at `root`.
    #[must_use]
    pub fn new(root: Root) -> Self {
        Self { root, folders: Vec::new(), losses: Losses::default() }
    }

    /// Whether there is a folder at `path`, where links are followed.
    ///
    /// # Errors
    ///
    /// Fails where links lead in a circle.
    pub fn is_folder(&self, path: &TreePath) -> io::Result<bool> {
        let stat = self.root.stat(&self.resolve(path)?)?;
        Ok(stat.is_some_and(|stat| is(&stat, FileType::Directory)))
    }

    /// Puts something at `path`, over what is there: a file is there whole or
    /// not at all. A folder that is there stays as it is.
    ///
    /// # Errors
    ///
    /// Fails where a folder is there and no folder is put, or the other way
    /// round.
    pub fn put(
        &mut self,
        path: &TreePath,
        inode: &Inode,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        if inode.is_folder() {
            return self.folder(path, Some(inode));
        }
        let losses = &mut Losses::default();
        self.replace(path, |temp| {
            make(temp, inode, content, losses)?;
            dress(temp, inode, losses)
        })?;
        self.losses += *losses;
        Ok(())
    }

    /// Lets what lies at `target` also lie at `path`.
    ///
    /// # Errors
    ///
    /// As [`Self::put`].
    pub fn link(&mut self, path: &TreePath, target: &TreePath) -> io::Result<()> {
        let from = self.root.spot(&self.place(target)?)?;
        self.replace(path, |temp| {
            Ok(linkat(from.fd(), &*from.name, temp.fd(), &*temp.name, AtFlags::empty())?)
        })
    }

    /// Sets the times of new folders, and tells what could not be set.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub fn finish(mut self) -> io::Result<Losses> {
        for (path, inode) in self.folders.into_iter().rev() {
            let spot = self.root.spot(&path)?;
            dress(&spot, &inode, &mut self.losses).map_err(|error| at(&path, error))?;
        }
        Ok(self.losses)
    }

    /// Puts at `path` what `put` makes under another name.
    fn replace(
        &mut self,
        path: &TreePath,
        put: impl FnOnce(&Spot) -> io::Result<()>,
    ) -> io::Result<()> {
        self.folder(&path.parent().unwrap_or_default(), None)?;
        let spot = self.root.spot(&self.place(path)?)?;
        if spot.stat().is_ok_and(|stat| is(&stat, FileType::Directory)) {
            return Err(at(
                path,
                io::Error::new(io::ErrorKind::IsADirectory, "a folder is in the way"),
            ));
        }
        let temp = Spot { name: UNFINISHED.to_vec(), ..spot.clone() };
        let renamed =
            put(&temp).and_then(|()| Ok(renameat(temp.fd(), &*temp.name, spot.fd(), &*spot.name)?));
        // It is there where something failed, and where both were one already.
        let _ = unlinkat(temp.fd(), &*temp.name, AtFlags::empty());
        renamed.map_err(|error| at(path, error))
    }

    /// Makes a folder, and those above it, unless they are there.
    fn folder(&mut self, path: &TreePath, inode: Option<&Inode>) -> io::Result<()> {
        let place = self.resolve(path)?;
        match self.root.stat(&place)? {
            Some(stat) if is(&stat, FileType::Directory) => return Ok(()),
            Some(_) => {
                let error = io::Error::new(io::ErrorKind::NotADirectory, "it is not a folder");
                return Err(at(path, error));
            }
            None => {}
        }
        if let Some(above) = place.parent() {
            self.folder(&above, None)?;
        }
        let inode = inode.cloned().unwrap_or_else(Inode::implied_folder);
        let spot = self.root.spot(&place)?;
        make(&spot, &inode, &mut io::empty(), &mut self.losses).map_err(|error| at(path, error))?;
        self.folders.push((place, inode));
        Ok(())
    }

    /// Where a path leads to, but for its last name.
    fn place(&self, path: &TreePath) -> io::Result<TreePath> {
        let above = self.resolve(&path.parent().unwrap_or_default())?;
        above.join(path.name()).map_err(io::Error::other)
    }

    /// Where a path leads to in the end; what is not there leads nowhere else.
    fn resolve(&self, path: &TreePath) -> io::Result<TreePath> {
        let (mut done, mut links) = (TreePath::root(), 0);
        let mut waiting: Vec<Vec<u8>> = path.names().rev().map(<[u8]>::to_vec).collect();
        while let Some(name) = waiting.pop() {
            if name == b".." {
                done = done.parent().unwrap_or_default();
                continue;
            }
            let next = done.join(&name).map_err(io::Error::other)?;
            if !self.root.stat(&next)?.is_some_and(|stat| is(&stat, FileType::Symlink)) {
                done = next;
                continue;
            }
            links += 1;
            if links > LINKS {
                return Err(at(path, io::Error::other("it follows too many links")));
            }
            let spot = self.root.spot(&next)?;
            let target = readlinkat(spot.fd(), &*spot.name, Vec::new())?.into_bytes();
            if target.starts_with(b"/") {
                done = TreePath::root();
            }
            let names = target.split(|byte| *byte == b'/');
            let names = names.filter(|name| !name.is_empty() && *name != b".");
            waiting.extend(names.rev().map(<[u8]>::to_vec));
        }
        Ok(done)
    }
}

fn is(stat: &Stat, kind: FileType) -> bool {
    FileType::from_raw_mode(stat.st_mode) == kind
}
