//! What a tree has in place of what could not be made, noted beside it.
//!
//! An ordinary user makes no devices, so an empty file stands for each. Only
//! the note tells such a file from one that is meant to be empty.

use std::{collections::BTreeSet, fs, io, path::Path};

use super::TreePath;

/// What the note is called in the folder that the tree lies in.
const NOTE: &str = ".castoff-devices";

/// Notes the devices that are empty files in the tree in `folder`.
pub(super) fn note(folder: &Path, devices: &[TreePath]) -> io::Result<()> {
    if devices.is_empty() {
        return Ok(());
    }
    let paths: Vec<&[u8]> = devices.iter().map(TreePath::as_bytes).collect();
    fs::write(folder.join(NOTE), paths.join(&0))
}

/// The devices that were noted.
pub(super) fn noted(folder: &Path) -> io::Result<BTreeSet<TreePath>> {
    let note = match fs::read(folder.join(NOTE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        note => note?,
    };
    let damaged = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    note.split(|byte| *byte == 0).map(|path| TreePath::parse(path).map_err(damaged)).collect()
}
