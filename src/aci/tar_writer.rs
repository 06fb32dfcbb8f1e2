//! Writes tars of trees: the same tree makes the same bytes.
//!
//! The form is POSIX's ustar, as GNU tar writes it with `--format=ustar
//! --numeric-owner`; what has no room in its headers stands in PAX records.

use std::io::{self, Read, Write};

use tar::{EntryType, Header};

use super::{
    Device, Inode, Kind, TreePath, copy_exactly,
    entries::{MANIFEST, ROOTFS},
};

const BLOCK: usize = 512;
/// Archives are filled up to a multiple of this many bytes.
const RECORD: u64 = 20 * BLOCK as u64;
/// How long a name, what stands before it, and a target may be in a header.
const NAME: usize = 100;
const PREFIX: usize = 155;
/// The greatest numbers that headers hold in octal.
const OWNER_LIMIT: u32 = 0o777_7777;
const LARGE_LIMIT: u64 = 0o777_7777_7777;
/// The name of PAX records, which no reader uses.
const PAX_NAME: &[u8] = b"././@PaxHeader";

/// Writes a tar. What is not finished is cut short.
pub struct TarWriter<W> {
    out: W,
    /// What stands before all paths.
    below: &'static [u8],
    written: u64,
}

/// The records that stand before an entry.
#[derive(Default)]
struct Records(Vec<u8>);

impl<W: Write> TarWriter<W> {
    /// Writes the tar of an App Container Image.
    pub fn of_aci(out: W) -> Self {
        Self { out, below: ROOTFS, written: 0 }
    }

    /// Writes the tar of a layer: all lies at its root.
    pub fn of_layer(out: W) -> Self {
        Self { out, below: b"", written: 0 }
    }

    /// Writes the manifest: root's, for all to read, from the epoch.
    ///
    /// # Errors
    ///
    /// Fails where the writer does.
    pub fn manifest(&mut self, manifest: &[u8]) -> io::Result<()> {
        let mut header = new_header(EntryType::Regular, 0o644);
        header.set_size(manifest.len() as u64);
        self.named(header, MANIFEST, b"", Records::default())?;
        self.data(manifest.len() as u64, &mut &*manifest)
    }

    /// Writes what lies at `path`. The root of a layer is left out.
    ///
    /// # Errors
    ///
    /// Fails where the writer does, and where `content` does not have the
    /// size that `inode` says.
    pub fn inode(
        &mut self,
        path: &TreePath,
        inode: &Inode,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let name = self.name(path, inode.is_folder());
        if name.is_empty() {
            return Ok(());
        }
        let (kind, size, target, device) = match &inode.kind {
            Kind::File(size) => (EntryType::Regular, *size, &b""[..], None),
            Kind::Folder => (EntryType::Directory, 0, &b""[..], None),
            Kind::Symlink(target) => (EntryType::Symlink, 0, &target[..], None),
            Kind::CharDevice(device) => (EntryType::Char, 0, &b""[..], Some(*device)),
            Kind::BlockDevice(device) => (EntryType::Block, 0, &b""[..], Some(*device)),
            Kind::Fifo => (EntryType::Fifo, 0, &b""[..], None),
        };
        let mut header = new_header(kind, inode.mode);
        header.set_size(size);
        if let Some(Device { major, minor }) = device {
            header.set_device_major(major)?;
            header.set_device_minor(minor)?;
        }
        let mut records = Records::default();
        owner(&mut header, inode, &mut records);
        time(&mut header, inode, &mut records);
        if size > LARGE_LIMIT {
            records.add(b"size", size.to_string().as_bytes());
        }
        for (name, value) in &inode.xattrs {
            records.add(&[&b"SCHILY.xattr."[..], name].concat(), value);
        }
        self.named(header, &name, target, records)?;
        self.data(size, content)
    }

    /// Writes that what lies at `target`, which came before, also lies at
    /// `path`.
    ///
    /// # Errors
    ///
    /// Fails where the writer does.
    pub fn link(&mut self, path: &TreePath, target: &TreePath, inode: &Inode) -> io::Result<()> {
        let (name, target) = (self.name(path, false), self.name(target, false));
        let mut header = new_header(EntryType::Link, inode.mode);
        let mut records = Records::default();
        owner(&mut header, inode, &mut records);
        time(&mut header, inode, &mut records);
        self.named(header, &name, &target, records)
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// Fails where the writer does.
    pub fn finish(mut self) -> io::Result<W> {
        let end = (self.written + 2 * BLOCK as u64).next_multiple_of(RECORD);
        let rest = end - self.written;
        io::copy(&mut io::repeat(0).take(rest), &mut self.out)?;
        Ok(self.out)
    }

    fn name(&self, path: &TreePath, is_folder: bool) -> Vec<u8> {
        let parts = [self.below, path.as_bytes()];
        let parts: Vec<&[u8]> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let mut name = parts.join(&b'/');
        if is_folder && !name.is_empty() {
            name.push(b'/');
        }
        name
    }

    fn named(
        &mut self,
        mut header: Header,
        name: &[u8],
        target: &[u8],
        mut records: Records,
    ) -> io::Result<()> {
        if let Some((prefix, name)) = split(name) {
            put_name(&mut header, prefix, name);
        } else {
            records.add(b"path", name);
            put_name(&mut header, b"", &name[..NAME]);
        }
        if target.len() > NAME {
            records.add(b"linkpath", target);
        }
        let target = &target[..target.len().min(NAME)];
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target);
        if !records.0.is_empty() {
            let mut before = new_header(EntryType::XHeader, 0o644);
            before.set_size(records.0.len() as u64);
            put_name(&mut before, b"", PAX_NAME);
            self.header(before)?;
            self.data(records.0.len() as u64, &mut &*records.0)?;
        }
        self.header(header)
    }

    fn header(&mut self, mut header: Header) -> io::Result<()> {
        header.set_cksum();
        let sum = header.cksum()?;
        // As POSIX has it: six digits, a NUL and a space.
        let text = format!("{sum:06o}\0 ");
        header.as_old_mut().cksum.copy_from_slice(text.as_bytes());
        self.out.write_all(header.as_bytes())?;
        self.written += BLOCK as u64;
        Ok(())
    }

    fn data(&mut self, size: u64, content: &mut dyn Read) -> io::Result<()> {
        copy_exactly(content, size, &mut self.out)?;
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        io::copy(&mut io::repeat(0).take(padding), &mut self.out)?;
        self.written += size + padding;
        Ok(())
    }
}

impl Records {
    /// Adds `LENGTH KEY=VALUE\n`; the length counts its own digits.
    fn add(&mut self, key: &[u8], value: &[u8]) {
        let rest = 3 + key.len() + value.len();
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        for part in [length.to_string().as_bytes(), b" ", key, b"=", value, b"\n"] {
            self.0.extend_from_slice(part);
        }
    }
}

fn new_header(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(0);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    if let Some(ustar) = header.as_ustar_mut() {
        ustar.set_device_major(0);
        ustar.set_device_minor(0);
    }
    header
}

fn owner(header: &mut Header, inode: &Inode, records: &mut Records) {
    header.set_uid(inode.uid.into());
    header.set_gid(inode.gid.into());
    for (key, number) in [(&b"uid"[..], inode.uid), (&b"gid"[..], inode.gid)] {
        if number > OWNER_LIMIT {
            records.add(key, number.to_string().as_bytes());
        }
    }
}

fn time(header: &mut Header, inode: &Inode, records: &mut Records) {
    let (seconds, nanos) = (inode.mtime.seconds, inode.mtime.nanos);
    let in_header = u64::try_from(seconds).unwrap_or(0).min(LARGE_LIMIT);
    header.set_mtime(in_header);
    if nanos == 0 && i64::try_from(in_header) == Ok(seconds) {
        return;
    }
    // Before the epoch, nanoseconds still count forwards.
    let (sign, whole, nanos) = match (seconds < 0, nanos) {
        (true, 1..) => ("-", (seconds + 1).unsigned_abs(), 1_000_000_000 - nanos),
        (is_before, _) => (if is_before { "-" } else { "" }, seconds.unsigned_abs(), nanos),
    };
    let fraction = format!(".{nanos:09}");
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    records.add(b"mtime", format!("{sign}{whole}{fraction}").as_bytes());
}

/// Where a name fits into a header; none where it does not.
fn split(name: &[u8]) -> Option<(&[u8], &[u8])> {
    if name.len() <= NAME {
        return Some((b"", name));
    }
    // The slash that ends a folder's name parts nothing.
    let inner = name.len() - 1;
    let is_cut = |at: &usize| name[*at] == b'/' && name.len() - at - 1 <= NAME && *at <= PREFIX;
    let at = (1..inner).find(is_cut)?;
    Some((&name[..at], &name[at + 1..]))
}

fn put_name(header: &mut Header, prefix: &[u8], name: &[u8]) {
    if let Some(ustar) = header.as_ustar_mut() {
        ustar.prefix[..prefix.len()].copy_from_slice(prefix);
        ustar.name[..name.len()].copy_from_slice(name);
    }
}
