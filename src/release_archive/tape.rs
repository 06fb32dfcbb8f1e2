//! A tar with bytes that depend on its content only: all belongs to root, is dated
//! alike, and may be read by all.

use std::io::{self, Read, Write};

use tar::{Builder, EntryType, Header};

/// Writes a tar.
pub(super) struct Tape<W: Write> {
    tar: Builder<W>,
    /// When all was written, in seconds since the Unix epoch.
    mtime: u64,
}

impl<W: Write> Tape<W> {
    pub(super) fn new(out: W, mtime: u64) -> Self {
        Self { tar: Builder::new(out), mtime }
    }

    /// Adds a folder, which is named without `/` behind.
    pub(super) fn folder(&mut self, name: &str) -> io::Result<()> {
        let mut header = self.header(EntryType::Directory, 0);
        self.tar.append_data(&mut header, format!("{name}/"), io::empty())
    }

    /// Adds a file of exactly `size` bytes.
    pub(super) fn file(&mut self, name: &str, size: u64, from: &mut dyn Read) -> io::Result<()> {
        let mut header = self.header(EntryType::Regular, size);
        let mut content = from.take(size);
        self.tar.append_data(&mut header, name, &mut content)?;
        whole(&content)
    }

    /// Adds a symbolic link, or another name of an earlier entry.
    pub(super) fn link(&mut self, name: &str, target: &str, is_hard: bool) -> io::Result<()> {
        let kind = if is_hard { EntryType::Link } else { EntryType::Symlink };
        let mut header = self.header(kind, 0);
        // As it is: another way to write it would be another link.
        header.set_link_name_literal(target)?;
        self.tar.append_data(&mut header, name, io::empty())
    }

    /// Adds a folder or a file under a name that is written as it is, so that
    /// it may begin with `./`. It has at most 100 bytes behind its last `/`.
    pub(super) fn literal(
        &mut self,
        name: &str,
        size: u64,
        from: Option<&mut dyn Read>,
    ) -> io::Result<()> {
        let kind = if from.is_some() { EntryType::Regular } else { EntryType::Directory };
        let mut header = self.header(kind, size);
        set_name(&mut header, name)?;
        header.set_cksum();
        let mut none = io::empty();
        let mut content = from.unwrap_or(&mut none).take(size);
        self.tar.append(&header, &mut content)?;
        whole(&content)
    }

    /// Ends the tar.
    pub(super) fn finish(self) -> io::Result<W> {
        self.tar.into_inner()
    }

    fn header(&self, kind: EntryType, size: u64) -> Header {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(if kind == EntryType::Regular { 0o644 } else { 0o755 });
        header.set_size(size);
        header.set_mtime(self.mtime);
        header.set_uid(0);
        header.set_gid(0);
        header
    }
}

/// A name longer than its field has its folders in another (POSIX.1-1988,
/// `ustar`).
fn set_name(header: &mut Header, name: &str) -> io::Result<()> {
    let too_long = || io::Error::other(format!("`{name}` is too long for a tar"));
    let fields = header.as_ustar_mut().ok_or_else(too_long)?;
    let (prefix, name) = if name.len() <= fields.name.len() {
        ("", name)
    } else {
        let body = name.strip_suffix('/').unwrap_or(name);
        let (prefix, _) = body.rsplit_once('/').ok_or_else(too_long)?;
        (prefix, &name[prefix.len() + 1..])
    };
    if prefix.len() > fields.prefix.len() || name.len() > fields.name.len() {
        return Err(too_long());
    }
    fields.prefix[..prefix.len()].copy_from_slice(prefix.as_bytes());
    fields.name[..name.len()].copy_from_slice(name.as_bytes());
    Ok(())
}

fn whole<R: Read>(content: &io::Take<R>) -> io::Result<()> {
    if content.limit() > 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}
