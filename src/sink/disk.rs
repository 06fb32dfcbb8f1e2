//! Files that appear whole: written beside their place, and renamed into it.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use crate::{
    model::{Descriptor, Failure, FailureKind, Side},
    ports::{Chunks, Content, Meter, blocking},
};

/// What the name of a file begins with that is still written.
const UNFINISHED: &str = ".castoff-";

/// The mode of a file.
pub(super) const PLAIN: u32 = 0o644;
/// The mode of a file that can be run.
pub(super) const PROGRAM: u32 = 0o755;

/// A new file beside `path`, in a folder that is made if it is missing.
pub(super) fn beside(path: &Path) -> Result<NamedTempFile, Failure> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tidy_once(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED).permissions(PermissionsExt::from_mode(PLAIN));
    loop {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let file = match builder.tempfile_in(folder) {
            // Another process removed the folder, which was empty.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            made => made.map_err(at(folder))?,
        };
        // It is locked for as long as it is written. Before that another
        // process may have taken it for one that was left behind.
        if file.as_file().try_lock().is_ok() && file.path().exists() {
            return Ok(file);
        }
    }
}

/// The same as [`tidy`], the first time that this process writes to `folder`.
fn tidy_once(folder: &Path) {
    static TIDIED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut tidied = TIDIED.lock().unwrap_or_else(PoisonError::into_inner);
    if tidied.insert(folder.to_owned()) {
        drop(tidied);
        tidy(folder);
    }
}

/// Removes the unfinished files in `folder` of writers that are gone.
pub(super) fn tidy(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        let file = is_unfinished.then(|| fs::File::open(entry.path()).ok()).flatten();
        if file.is_some_and(|file| file.try_lock().is_ok()) {
            // It only takes room.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Puts a finished file to its place. The new one can be read by those
/// users that could read the one that lies there, and by no others.
pub(super) fn finish(file: NamedTempFile, path: &Path) -> Result<(), Failure> {
    if let Ok(there) = fs::metadata(path) {
        file.as_file().set_permissions(there.permissions()).map_err(at(path))?;
    }
    file.as_file().sync_data().map_err(at(path))?;
    file.persist(path).map(drop).map_err(|error| at(path)(error.error))
}

/// Writes a small file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = beside(path)?;
    file.write_all(bytes).map_err(at(path))?;
    finish(file, path)
}

/// Copies a file.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let file = beside(to)?;
    fs::copy(from, file.path()).map_err(at(from))?;
    finish(file, to)
}

/// Writes content, and fails where it is not what `node` describes.
pub(super) async fn write_content(
    path: &Path,
    node: &Descriptor,
    content: Arc<dyn Content>,
    mode: u32,
    meter: &Meter,
) -> Result<(), Failure> {
    let to = path.to_owned();
    let file = blocking(move || beside(&to)).await?;
    let writer = file.as_file().try_clone().map_err(at(path))?;
    let mut writer = tokio::fs::File::from_std(writer);
    let mut hasher =
        (content.checked_against() != Some(&node.digest)).then(|| node.digest.hasher());
    let mut chunks = Chunks::of(&*content, 0..content.size()).await?;
    while let Some(chunk) = chunks.next().await? {
        if let Some(hasher) = &mut hasher {
            hasher.update(chunk);
        }
        meter.advance(chunk.len() as u64);
        writer.write_all(chunk).await.map_err(at(path))?;
    }
    writer.flush().await.map_err(at(path))?;
    if hasher.is_some_and(|hasher| hasher.finish() != node.digest) {
        let what = format!("the content for {} is something else", node.digest);
        return Err(Failure::new(FailureKind::Integrity, Side::Source, what));
    }
    let to = path.to_owned();
    blocking(move || {
        if mode != PLAIN {
            let mode = PermissionsExt::from_mode(mode);
            file.as_file().set_permissions(mode).map_err(at(&to))?;
        }
        finish(file, &to)
    })
    .await
}

/// Whether files can be written below `root`, which need not exist.
pub(super) fn check(root: &Path) -> Result<(), Failure> {
    let absolute = std::path::absolute(root).map_err(at(root))?;
    let existing = absolute.ancestors().find(|folder| folder.exists()).unwrap_or(&absolute);
    if !existing.is_dir() {
        let what = format!("{} is not a folder", existing.display());
        return Err(Failure::new(FailureKind::Invalid, Side::Sink, what));
    }
    tempfile::tempfile_in(existing).map(drop).map_err(at(existing))
}

/// How many bytes still fit below `root`, which need not exist.
pub(super) fn free_space(root: &Path) -> Result<u64, Failure> {
    let absolute = std::path::absolute(root).map_err(at(root))?;
    let existing = absolute.ancestors().find(|folder| folder.exists()).unwrap_or(&absolute);
    let disk = rustix::fs::statvfs(existing).map_err(|error| at(existing)(error.into()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Names the path of an I/O error.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
    |error| Failure::from_io(Side::Sink, path.display(), &error)
}
