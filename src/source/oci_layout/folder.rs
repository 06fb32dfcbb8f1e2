//! A layout that is a folder: its blobs are read where they lie.

use std::{fs, path::Path};

use super::{
    files::{blob_path, read},
    refusal::{missing_platform, no},
    resolve::{check_version, resolve},
    resolved::Resolved,
};
use crate::{
    model::{Failure, ReleasePlatform, bytes, counted},
    ports::{MadePlatform, Surveyed},
    source::{invalid, work::AttemptWork},
    store::{FileState, Store},
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
    work: &AttemptWork,
) -> Result<MadePlatform, Failure> {
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
    let (count, total) = (counted(found.manifest.layers.len(), "layer"), bytes(total));
    work.desk.output.line(format!("{}: {count}, {total}, used in place", path.display()));
    Ok(MadePlatform { root: found.node.clone(), attested: found.attestations(), reused })
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
