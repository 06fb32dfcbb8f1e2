//! The tar of an image, read entry by entry after the rules for its layout
//! (App Container specification, "Image Archives").

use std::{
    collections::HashMap,
    io::{self, Read, Seek},
    ops::ControlFlow,
};

use tar::EntryType;

use super::{Device, Inode, Kind, PathError, Time, TreePath, manifest};
use crate::{
    archive::{Metadata, RawEntry, RawTar},
    model::escape,
};

/// The name of the manifest's entry.
pub(super) const MANIFEST: &[u8] = b"manifest";
/// The name of the root's entry.
pub(super) const ROOTFS: &[u8] = b"rootfs";
/// The most bytes of names, targets and attributes of one tar.
const WEIGHT_LIMIT: usize = 512 << 20;

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// The manifest.
    Manifest,
    /// Something below the root, or the root.
    Node(Node),
}

/// Something below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it lies.
    pub path: TreePath,
    /// What lies there.
    pub is: Is,
}

/// What lies somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is {
    /// Something of its own.
    Inode(Inode),
    /// What lies at another place, which came before.
    Link(TreePath),
}

/// Reads the tar of an image, or of a layer of one. After
/// [`Self::next_item`], reading gives the entry's data.
pub struct Entries<R> {
    tar: RawTar<R>,
    form: Form,
    seen: HashMap<TreePath, Place>,
    has_manifest: bool,
    weight: usize,
}

/// What a tar holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An App Container Image: `manifest` and `rootfs`.
    Aci,
    /// The same, as acido made it: nothing says that `rootfs` is there.
    RootlessAci,
    /// A layer of an OCI image: all lies at the root.
    Layer,
}

/// What is known of a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Something lies in it.
    Implied,
    Folder,
    Other,
}

impl<R: Read> Entries<R> {
    /// Reads `inner`, which errors call `name`.
    pub fn new(inner: R, name: &str, form: Form) -> Self {
        let tar = RawTar::new(inner, name);
        Self { tar, form, seen: HashMap::new(), has_manifest: false, weight: 0 }
    }

    /// Goes to the next entry.
    ///
    /// # Errors
    ///
    /// Fails where the tar is damaged, where an entry breaks a rule, and at
    /// the end where something is missing.
    pub fn next_item(&mut self) -> io::Result<Option<Item>> {
        self.advance(RawTar::next_entry)
    }

    fn advance(
        &mut self,
        next: impl Fn(&mut RawTar<R>) -> io::Result<Option<RawEntry>>,
    ) -> io::Result<Option<Item>> {
        let Some(raw) = next(&mut self.tar)? else { return self.end().map(|()| None) };
        let weight = raw.name.len() + raw.link.len();
        self.weight = self.weight.saturating_add(weight);
        let item = match self.located(&raw)? {
            ControlFlow::Break(item) => item,
            ControlFlow::Continue(path) => Item::Node(self.node(path, &raw)?),
        };
        if self.weight > WEIGHT_LIMIT {
            return Err(self.tar.refuse("its headers are too large"));
        }
        Ok(Some(item))
    }

    /// Where an entry lies below the root; or else, what it is.
    fn located(&mut self, raw: &RawEntry) -> io::Result<ControlFlow<Item, TreePath>> {
        let path = TreePath::parse(&raw.name).map_err(|error| self.bad_path(&raw.name, error))?;
        if self.form == Form::Layer {
            return Ok(ControlFlow::Continue(path));
        }
        let shown = escape(&String::from_utf8_lossy(&raw.name)).to_string();
        if raw.name.starts_with(b"/") {
            return Err(self.tar.refuse(format!("unrecognized file path in layout: `{shown}`")));
        }
        let mut names = path.names();
        match (names.next(), names.next()) {
            // What stands for the folder itself, as `tar -C DIR .` writes it.
            (None, _) if raw.kind == EntryType::Directory => {
                self.advance(RawTar::next_entry)?.map_or_else(
                    || Err(self.tar.refuse("no rootfs found in layout")),
                    |item| Ok(ControlFlow::Break(item)),
                )
            }
            (Some(MANIFEST), None) if self.has_manifest => {
                Err(self.tar.refuse("duplicate file entry in layout: `manifest`"))
            }
            (Some(MANIFEST), None) if is_file(raw.kind) => {
                if raw.size > manifest::LIMIT {
                    return Err(self.tar.refuse("the image manifest is too large"));
                }
                self.has_manifest = true;
                Ok(ControlFlow::Break(Item::Manifest))
            }
            (Some(MANIFEST), None) => Err(self.tar.refuse("its `manifest` is not a regular file")),
            (Some(ROOTFS), None) if raw.kind != EntryType::Directory => {
                Err(self.tar.refuse("its `rootfs` is not a folder"))
            }
            (Some(ROOTFS), _) => Ok(ControlFlow::Continue(below_rootfs(&path))),
            _ => Err(self.tar.refuse(format!("unrecognized file path in layout: `{shown}`"))),
        }
    }

    fn node(&mut self, path: TreePath, raw: &RawEntry) -> io::Result<Node> {
        let is = if raw.kind == EntryType::Link {
            Is::Link(self.link(&path, &raw.link)?)
        } else {
            let refuse = || self.tar.refuse(format!("the header of `{path}` is damaged"));
            let metadata = raw.metadata().ok_or_else(refuse)?;
            let xattrs = metadata.xattrs.iter();
            let weight: usize = xattrs.map(|(name, value)| name.len() + value.len()).sum();
            self.weight = self.weight.saturating_add(weight);
            Is::Inode(self.inode(&path, raw, metadata)?)
        };
        let is_folder = matches!(&is, Is::Inode(inode) if inode.is_folder());
        self.place(&path, is_folder)?;
        Ok(Node { path, is })
    }

    fn inode(&self, path: &TreePath, raw: &RawEntry, of: Metadata) -> io::Result<Inode> {
        let device = Device { major: of.device.0, minor: of.device.1 };
        let kind = match raw.kind {
            kind if is_file(kind) => Kind::File(raw.size),
            EntryType::Directory => Kind::Folder,
            EntryType::Symlink => Kind::Symlink(self.symlink(path, &raw.link)?),
            EntryType::Char => Kind::CharDevice(device),
            EntryType::Block => Kind::BlockDevice(device),
            EntryType::Fifo => Kind::Fifo,
            _ => return Err(self.tar.refuse(format!("`{path}` is of an unknown kind"))),
        };
        // The number that means no user is no owner.
        let number = |number: u64| u32::try_from(number).ok().filter(|number| *number < u32::MAX);
        let (Some(uid), Some(gid)) = (number(of.uid), number(of.gid)) else {
            return Err(self
                .tar
                .refuse(format!("the owner of `{path}` is not a valid user number")));
        };
        let mode = if matches!(kind, Kind::Symlink(_)) { 0o777 } else { of.mode };
        let mtime = Time { seconds: of.mtime.0, nanos: of.mtime.1 };
        Ok(Inode { kind, mode, uid, gid, mtime, xattrs: of.xattrs })
    }

    /// The target of a hard link, which must have come before.
    fn link(&self, path: &TreePath, target: &[u8]) -> io::Result<TreePath> {
        let refuse = |why: &str| {
            let target = String::from_utf8_lossy(target).into_owned();
            Err(self.tar.refuse(format!("`{path}` is an insecure link to `{target}`: {why}")))
        };
        let Ok(whole) = TreePath::parse(target) else {
            return refuse("it points outside the image");
        };
        let found = match self.form {
            Form::Layer => whole,
            _ if whole.names().next() == Some(ROOTFS) => below_rootfs(&whole),
            _ => return refuse("it points outside the image"),
        };
        match self.seen.get(&found) {
            Some(Place::Other) => Ok(found),
            Some(_) => refuse("its target is a folder"),
            None => refuse("the archive has no such file before it"),
        }
    }

    fn symlink(&self, path: &TreePath, target: &[u8]) -> io::Result<Vec<u8>> {
        match path.check_symlink(target) {
            Ok(()) => Ok(target.to_vec()),
            Err(why) => {
                let target = String::from_utf8_lossy(target).into_owned();
                let what = format!("`{path}` is an insecure symlink to `{target}`: {why}");
                Err(self.tar.refuse(what))
            }
        }
    }

    /// Notes that something lies at `path`, and folders above it.
    fn place(&mut self, path: &TreePath, is_folder: bool) -> io::Result<()> {
        let now = if is_folder { Place::Folder } else { Place::Other };
        match self.seen.insert(path.clone(), now) {
            None => {}
            Some(Place::Implied) if is_folder => {}
            // A layer may say something twice: the last time counts.
            Some(before) if self.form == Form::Layer && before == now => {}
            Some(Place::Implied) => {
                let what = format!("`{path}` is not a folder, but other entries are below it");
                return Err(self.tar.refuse(what));
            }
            Some(_) => {
                let below = if self.form == Form::Layer { "" } else { "rootfs" };
                let what = format!("duplicate file entry in layout: `{below}{path}`");
                return Err(self.tar.refuse(what));
            }
        }
        for above in path.ancestors() {
            match self.seen.get(&above) {
                None => drop(self.seen.insert(above, Place::Implied)),
                Some(Place::Other) => {
                    let what = format!("`{path}` is below `{above}`, which is not a folder");
                    return Err(self.tar.refuse(what));
                }
                Some(_) => break,
            }
        }
        Ok(())
    }

    fn end(&self) -> io::Result<()> {
        let has_root = self.seen.get(&TreePath::root()) == Some(&Place::Folder);
        match self.form {
            Form::Layer => Ok(()),
            _ if !self.has_manifest => Err(self.tar.refuse("no image manifest found in layout")),
            Form::Aci if !has_root => Err(self.tar.refuse("no rootfs found in layout")),
            _ => Ok(()),
        }
    }

    fn bad_path(&self, name: &[u8], error: PathError) -> io::Error {
        let mut shown = String::from_utf8_lossy(name).into_owned();
        if shown.chars().count() > 60 {
            shown = shown.chars().take(57).chain("...".chars()).collect();
        }
        let why = match error {
            PathError::Upwards => "it points outside the image".to_owned(),
            other => other.to_string(),
        };
        self.tar.refuse(format!("its entry `{}` cannot be used: {why}", escape(&shown)))
    }
}

impl<R: Read + Seek> Entries<R> {
    /// Goes to the next entry without reading what is left of this one.
    ///
    /// # Errors
    ///
    /// As [`Self::next_item`].
    pub fn seek_item(&mut self) -> io::Result<Option<Item>> {
        self.advance(RawTar::seek_entry)
    }
}

impl<R: Read> Read for Entries<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tar.read(buffer)
    }
}

fn is_file(kind: EntryType) -> bool {
    matches!(kind, EntryType::Regular | EntryType::Continuous)
}

/// What follows `rootfs`.
fn below_rootfs(path: &TreePath) -> TreePath {
    let rest = path.as_bytes().get(ROOTFS.len()..).unwrap_or_default();
    TreePath::parse(rest).unwrap_or_default()
}
