//! The files of a layout that is a folder.

use std::{
    fs::File,
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::{
    archive::refuse_others,
    model::{Descriptor, Failure, Side, bytes},
    source::invalid,
    store::DOCUMENT_LIMIT,
};

/// Reads a small regular file; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |error: std::io::Error| match error.raw_os_error() {
        Some(libc::ELOOP) => invalid("it is a link; it must be a file")
            .context(path.display())
            .hint("copy the layout with links followed, such as with `cp -RL`"),
        _ => Failure::from_io(Side::Source, path.display(), &error),
    };
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = match File::options().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.and_then(refuse_others).map_err(failed)?,
    };
    let mut raw = Vec::new();
    file.take(DOCUMENT_LIMIT + 1).read_to_end(&mut raw).map_err(failed)?;
    if raw.len() as u64 > DOCUMENT_LIMIT {
        let limit = bytes(DOCUMENT_LIMIT);
        return Err(invalid(format!("it is larger than {limit}")).context(path.display()));
    }
    Ok(Some(raw))
}

/// Where a blob lies.
pub(super) fn blob_path(layout: &Path, node: &Descriptor) -> PathBuf {
    layout.join("blobs").join(node.digest.algorithm()).join(node.digest.hex())
}
