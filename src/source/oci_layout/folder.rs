//! A layout that is a folder: its blobs are read where they lie.

use std::{
    fs::{self, File},
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{
    Resolved, missing_platform,
    resolve::{Found, check_version, no, resolve},
};
use crate::{
    model::{Descriptor, Failure, FailureKind, Node, ReleasePlatform, Side, bytes},
    ports::{Made, Surveyed},
    source::{documents::expect, invalid, platforms::same, work::Work},
    store::{DEPTH_LIMIT, DOCUMENT_LIMIT, FileState, Store},
};

/// Looks at the documents of the layout at `path`. The store learns where they
/// lie, without anything being written.
pub(super) fn survey(store: &Store, path: &Path) -> Result<Surveyed, Failure> {
    let Resolved { platforms, index, others } = open(path)?;
    let mut surveyed = Vec::new();
    for found in &platforms {
        let mut sources = Vec::new();
        for node in parts(found) {
            let blob = blob_path(path, node);
            store.notice(node, &blob)?;
            sources.push(FileState::of(&blob)?.source());
        }
        let prepared = Some(found.node.clone());
        surveyed.push(ReleasePlatform {
            prepared,
            ..ReleasePlatform::of_files(found.platform.clone(), sources)
        });
    }
    for node in beside(path, index.as_ref(), &others)? {
        store.notice(&node, &blob_path(path, &node))?;
    }
    Ok(Surveyed { platforms: surveyed, index })
}

/// Lets the store use one platform's blobs, and what belongs to the index.
pub(super) fn make(
    store: &Store,
    path: &Path,
    platform: &ReleasePlatform,
    work: &Work,
) -> Result<Made, Failure> {
    let Resolved { platforms, index, others } = open(path)?;
    let found = platforms
        .iter()
        .find(|found| same(&found.platform, &platform.platform))
        .ok_or_else(|| missing_platform(&platform.platform))?;
    for source in &platform.sources {
        FileState::of(&source.path)?.expect_seen(source)?;
    }
    let mut reused = true;
    let mut total = 0;
    for node in parts(found) {
        work.check()?;
        reused &= !store.adopt(node, &blob_path(path, node))?;
        total += node.size;
    }
    for node in beside(path, index.as_ref(), &others)? {
        store.adopt(&node, &blob_path(path, &node))?;
    }
    work.desk.meter.expect(total);
    work.desk.meter.advance(total);
    let (count, total) = (found.manifest.layers.len(), bytes(total));
    work.desk.output.line(format!("{}: {count} layers, {total}, used in place", path.display()));
    Ok(Made { root: found.node.clone(), reused })
}

fn open(path: &Path) -> Result<Resolved, Failure> {
    for folder in ["blobs", "blobs/sha256"] {
        let folder = path.join(folder);
        if fs::symlink_metadata(&folder).is_ok_and(|metadata| !metadata.is_dir()) {
            return Err(invalid("it is no folder, or a link to one").context(folder.display()));
        }
    }
    let version = read(&path.join("oci-layout"))?;
    check_version(version.as_deref())?;
    let index_json = read(&path.join("index.json"))?.ok_or_else(|| no("index.json"))?;
    resolve(&index_json, &|node| document(path, node))
}

fn document(layout: &Path, node: &Descriptor) -> Result<Vec<u8>, Failure> {
    let path = blob_path(layout, node);
    let raw = read(&path)?.ok_or_else(|| {
        Failure::new(FailureKind::NotFound, Side::Source, "this blob is missing")
            .context(path.display())
            .hint("copy the layout again, with all platforms")
    })?;
    expect(node, &raw).map_err(|failure| failure.context(path.display()))?;
    Ok(raw)
}

/// Reads a small regular file; none where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |error: std::io::Error| match error.raw_os_error() {
        Some(libc::ELOOP) => invalid("it is a link, and must be a file")
            .context(path.display())
            .hint("copy the layout with links followed, such as with `cp -RL`"),
        _ => Failure::from_io(Side::Source, path.display(), &error),
    };
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = match File::options().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let mut raw = Vec::new();
    file.take(DOCUMENT_LIMIT + 1).read_to_end(&mut raw).map_err(failed)?;
    if raw.len() as u64 > DOCUMENT_LIMIT {
        let limit = bytes(DOCUMENT_LIMIT);
        return Err(invalid(format!("it is larger than {limit}")).context(path.display()));
    }
    Ok(Some(raw))
}

/// A manifest and what it refers to.
fn parts(found: &Found) -> impl Iterator<Item = &Descriptor> {
    [&found.node, &found.manifest.config].into_iter().chain(&found.manifest.layers)
}

/// The index and all that belongs to it besides the images; nothing where
/// castoff makes its own.
fn beside(
    layout: &Path,
    index: Option<&Descriptor>,
    others: &[Descriptor],
) -> Result<Vec<Descriptor>, Failure> {
    let Some(index) = index else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    let mut indexes = vec![(index.clone(), DEPTH_LIMIT)];
    // Indexes below the index belong to it as well.
    while let Some((node, depth)) = indexes.pop() {
        let below = successors(layout, &node)?.into_iter().filter(Descriptor::is_index);
        indexes.extend(below.filter(|_| depth > 0).map(|node| (node, depth - 1)));
        all.push(node);
    }
    for other in others {
        all.push(other.clone());
        if other.is_manifest() {
            all.extend(successors(layout, other)?);
        }
    }
    Ok(all)
}

fn successors(layout: &Path, node: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
    let raw = document(layout, node)?;
    let parsed = Node::parse(raw, node.media_type.as_str()).map_err(invalid)?;
    Ok(parsed.successors())
}

fn blob_path(layout: &Path, node: &Descriptor) -> PathBuf {
    layout.join("blobs").join(node.digest.algorithm()).join(node.digest.hex())
}
