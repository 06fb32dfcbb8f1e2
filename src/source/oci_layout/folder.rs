//! A layout that is a folder: its blobs are read where they lie.

use std::{
    fs::{self, File},
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{
    Resolved, missing_platform,
    resolve::{check_version, no, resolve},
};
use crate::{
    archive::refuse_others,
    model::{Descriptor, Failure, ReleasePlatform, Side, bytes},
    ports::{Made, Surveyed},
    source::{invalid, work::Work},
    store::{DOCUMENT_LIMIT, FileState, Store},
};

/// Looks at the documents of the layout at `path`, of `name` where one is
/// meant. The store learns where they lie, without anything being written.
pub(super) fn survey(store: &Store, path: &Path, name: Option<&str>) -> Result<Surveyed, Failure> {
    let resolved = open(path, name)?;
    let mut platforms = Vec::new();
    for found in &resolved.platforms {
        let mut sources = Vec::new();
        for node in found.parts() {
            let blob = blob_path(path, node);
            store.notice(node, &blob)?;
            sources.push(FileState::of(&blob)?.source());
        }
        platforms.push(ReleasePlatform {
            prepared: Some(found.node.clone()),
            attested: found.attestations(),
            ..ReleasePlatform::of_files(found.platform.clone(), sources)
        });
    }
    for node in resolved.besides() {
        store.notice(node, &blob_path(path, node))?;
    }
    let Resolved { index, lacking, left_out, .. } = resolved;
    Ok(Surveyed { platforms, index, lacking, left_out })
}

/// Lets the store use one platform's blobs, and what belongs to the index.
pub(super) fn make(
    store: &Store,
    path: &Path,
    name: Option<&str>,
    platform: &ReleasePlatform,
    work: &Work,
) -> Result<Made, Failure> {
    let resolved = open(path, name)?;
    let found = resolved
        .platforms
        .iter()
        .find(|found| found.platform.is_same(&platform.platform))
        .ok_or_else(|| missing_platform(&platform.platform))?;
    for source in &platform.sources {
        FileState::of(&source.path)?.expect_seen(source)?;
    }
    let mut reused = true;
    let mut total = 0;
    for node in found.parts() {
        work.check()?;
        reused &= !store.adopt(node, &blob_path(path, node))?;
        total += node.size;
    }
    for node in resolved.besides() {
        store.adopt(node, &blob_path(path, node))?;
    }
    resolved.note_about(store)?;
    work.desk.meter.expect(total);
    work.desk.meter.advance(total);
    let (count, total) = (found.manifest.layers.len(), bytes(total));
    work.desk.output.line(format!("{}: {count} layers, {total}, used in place", path.display()));
    Ok(Made { root: found.node.clone(), attested: found.attestations(), reused })
}

fn open(path: &Path, name: Option<&str>) -> Result<Resolved, Failure> {
    for folder in ["blobs", "blobs/sha256", "blobs/sha512"] {
        let folder = path.join(folder);
        if fs::symlink_metadata(&folder).is_ok_and(|metadata| !metadata.is_dir()) {
            return Err(
                invalid("it is not a folder, or is a link to one").context(folder.display())
            );
        }
    }
    let version = read(&path.join("oci-layout"))?;
    check_version(version.as_deref())?;
    let index_json = read(&path.join("index.json"))?.ok_or_else(|| no("index.json"))?;
    resolve(&index_json, name, path)
}

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
