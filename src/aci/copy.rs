//! Copying things into a tree that an image is built of.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{
    Entries, Form, Halt, Inode, Is, Item, TreePath,
    tree::{Graft, Losses, Root, walk},
};
use crate::{
    archive::{Caps, Decoder},
    model::{Failure, FailureKind, Side},
};

/// What is copied, and how.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Files, folders, or archives.
    pub sources: Vec<PathBuf>,
    /// Where to, in the tree. A `/` behind it says that it is a folder.
    pub to: String,
    /// Whether archives are unpacked.
    pub unpack: bool,
    /// The numbers of the user and the group that all will belong to; none:
    /// root, or as archives say.
    pub owner: Option<(u32, u32)>,
    /// What stops it.
    pub halt: Halt,
}

impl Copy {
    /// Copies into the tree at `rootfs`. Of folders, what lies in them is
    /// copied. Times and modes are kept.
    ///
    /// # Errors
    ///
    /// Fails where something cannot be read, or something else is in its
    /// place. What was copied before stays; each file is whole.
    pub fn into_tree(&self, rootfs: &Path) -> Result<Losses, Failure> {
        let failed = |error: io::Error| Failure::from_io(Side::Local, rootfs.display(), &error);
        let to = TreePath::parse(self.to.as_bytes()).map_err(|error| {
            wrong(format!("`{}` is not a path in the tree", self.to)).because(error)
        })?;
        let mut graft = Graft::new(Root::open(rootfs).map_err(failed)?);
        let is_folder = self.to.ends_with('/')
            || self.sources.len() > 1
            || to.is_root()
            || graft.is_folder(&to).map_err(failed)?;
        for source in &self.sources {
            let copied = self.one(source, &to, is_folder, &mut graft);
            copied.map_err(|error| Failure::from_io(Side::Source, source.display(), &error))?;
        }
        graft.finish().map_err(failed)
    }

    fn one(
        &self,
        source: &Path,
        to: &TreePath,
        is_folder: bool,
        graft: &mut Graft,
    ) -> io::Result<()> {
        let metadata = fs::metadata(source)?;
        if metadata.is_dir() {
            return self.folder(source, to, graft);
        }
        if self.unpack {
            return self.archive(source, to, graft);
        }
        if !metadata.is_file() {
            let what = "it is neither a file nor a folder";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let name = source.file_name().unwrap_or_default().as_encoded_bytes();
        let place = if is_folder { to.join(name).map_err(io::Error::other)? } else { to.clone() };
        // One that is a link is followed.
        let source = source.canonicalize()?;
        let (above, name) = (source.parent(), source.file_name());
        let above = above.map(|above| TreePath::parse(above.as_os_str().as_encoded_bytes()));
        let path = above.transpose().map_err(io::Error::other)?.unwrap_or_default();
        let path =
            path.join(name.unwrap_or_default().as_encoded_bytes()).map_err(io::Error::other)?;
        let root = Root::open(Path::new("/"))?;
        let inode = super::tree::look_at(&root, &path)?;
        self.put(&place, inode, &mut root.file(&path)?, graft)
    }

    fn folder(&self, source: &Path, to: &TreePath, graft: &mut Graft) -> io::Result<()> {
        let walked = walk(&source.canonicalize()?)?;
        for (path, seen) in &walked.view {
            self.halt.check()?;
            let place = below(to, path)?;
            let inode = seen.inode.clone();
            if inode.is_file() {
                self.put(&place, inode, &mut walked.root.file(path)?, graft)?;
            } else {
                self.put(&place, inode, &mut io::empty(), graft)?;
            }
        }
        Ok(())
    }

    fn archive(&self, source: &Path, to: &TreePath, graft: &mut Graft) -> io::Result<()> {
        let name = source.display().to_string();
        let decoder = Decoder::new(File::open(source)?, &name, Caps::default())?;
        let mut entries = Entries::new(decoder, &name, Form::Layer);
        while let Some(item) = entries.next_item()? {
            self.halt.check()?;
            let Item::Node(node) = item else { continue };
            let place = below(to, &node.path)?;
            match node.is {
                Is::Inode(mut inode) => {
                    (inode.uid, inode.gid) = self.owner.unwrap_or((inode.uid, inode.gid));
                    graft.put(&place, &inode, &mut self.halt.read(&mut entries))?;
                }
                Is::Link(target) => graft.link(&place, &below(to, &target)?)?,
            }
        }
        Ok(())
    }

    fn put(
        &self,
        place: &TreePath,
        mut inode: Inode,
        content: &mut dyn io::Read,
        graft: &mut Graft,
    ) -> io::Result<()> {
        (inode.uid, inode.gid) = self.owner.unwrap_or((0, 0));
        // What this machine says of its files is none of the tree's business.
        inode.xattrs.clear();
        graft.put(place, &inode, &mut self.halt.read(content))
    }
}

fn below(to: &TreePath, path: &TreePath) -> io::Result<TreePath> {
    to.join(path.as_bytes()).map_err(io::Error::other)
}

fn wrong(what: String) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Local, what)
}
