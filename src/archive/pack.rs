//! Tars that depend on what is in them only.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use tar::{EntryType, Header};

/// A file that goes into a tar.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Packed {
    /// Its name in the tar.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// Whether it can be run.
    pub executable: bool,
}

/// Writes `files` as a tar, in order of their names and with the folders
/// that they lie in. Everything belongs to root and was written at `mtime`, in
/// seconds since the Unix epoch. Each file passes through `through`, which may
/// count it.
///
/// # Errors
///
/// Fails where a file cannot be read, does not have its size, or `out` fails.
pub fn pack<W: Write, R: Read>(
    files: &[Packed],
    mtime: u64,
    out: W,
    through: impl Fn(File) -> R,
) -> io::Result<W> {
    let mut files: Vec<_> = files.iter().collect();
    files.sort();
    let mut tar = tar::Builder::new(out);
    let mut folders = BTreeSet::new();
    for file in files {
        for (at, _) in file.name.match_indices('/') {
            let folder = &file.name[..=at];
            if folders.insert(folder.to_owned()) {
                let mut header = header(EntryType::Directory, 0o755, 0, mtime);
                tar.append_data(&mut header, folder, io::empty())?;
            }
        }
        let mode = if file.executable { 0o755 } else { 0o644 };
        let mut header = header(EntryType::Regular, mode, file.size, mtime);
        let mut content = through(super::open_plain(&file.path)?).take(file.size);
        tar.append_data(&mut header, &file.name, &mut content)?;
        if content.limit() > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    tar.into_inner()
}

fn header(kind: EntryType, mode: u32, size: u64, mtime: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(mtime);
    header.set_uid(0);
    header.set_gid(0);
    header
}
