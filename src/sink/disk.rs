//! Files that appear whole: written beside their place, and renamed into it.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tempfile::NamedTempFile;

use crate::{
    model::{Descriptor, Failure, FailureKind, Hasher, Side},
    ports::{Content, Meter, each_chunk},
};

/// What the name of a file begins with that is being written.
const WRITING: &str = ".castoff-";

/// A new file beside `path`, in a folder that is made if it is missing. It is
/// locked while it is being written; what a publisher that was killed left
/// there goes.
pub(super) fn beside(path: &Path) -> Result<NamedTempFile, Failure> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(at(folder))?;
    clear(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(WRITING).permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    loop {
        let file = builder.tempfile_in(folder).map_err(at(folder))?;
        file.as_file().lock().map_err(at(folder))?;
        // Before it was locked, another publisher may have taken it for a leftover.
        if fs::metadata(file.path()).is_ok_and(|now| is_same(&now, file.as_file())) {
            return Ok(file);
        }
    }
}

/// Removes what publishers left that were killed, once a folder.
fn clear(folder: &Path) {
    static CLEARED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut cleared = CLEARED.lock().unwrap_or_else(PoisonError::into_inner);
    if !cleared.insert(folder.to_owned()) {
        return;
    }
    drop(cleared);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(WRITING);
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !(is_ours && is_file) {
            continue;
        }
        // What cannot be removed does no harm.
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Puts a finished file to its place.
pub(super) fn finish(file: NamedTempFile, path: &Path) -> Result<(), Failure> {
    file.as_file().sync_data().map_err(at(path))?;
    file.persist(path).map(drop).map_err(|error| at(path)(error.error))
}

/// Writes a small file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = beside(path)?;
    file.write_all(bytes).map_err(at(path))?;
    finish(file, path)
}

/// Writes content, and fails where it is not what `node` describes.
pub(super) async fn write_content(
    path: &Path,
    node: &Descriptor,
    content: Arc<dyn Content>,
    meter: &Meter,
) -> Result<(), Failure> {
    let mut file = beside(path)?;
    let mut hasher = (content.checked_against() != Some(&node.digest)).then(Hasher::default);
    each_chunk(&*content, 0..content.size(), |chunk| {
        if let Some(hasher) = &mut hasher {
            hasher.update(chunk);
        }
        meter.advance(chunk.len() as u64);
        file.write_all(chunk).map_err(at(path))
    })
    .await?;
    if hasher.is_some_and(|hasher| hasher.finish() != node.digest) {
        let what = format!("what was to become {} is something else", node.digest);
        return Err(Failure::new(FailureKind::Integrity, Side::Source, what));
    }
    finish(file, path)
}

/// Whether files can be written below `root`, which need not exist.
pub(super) fn check(root: &Path) -> Result<(), Failure> {
    let absolute = std::path::absolute(root).map_err(at(root))?;
    let existing = absolute.ancestors().find(|folder| folder.exists()).unwrap_or(&absolute);
    if !existing.is_dir() {
        let what = format!("{} is no folder", existing.display());
        return Err(Failure::new(FailureKind::Invalid, Side::Sink, what));
    }
    tempfile::tempfile_in(existing).map(drop).map_err(at(existing))
}

/// How many bytes still fit below `root`, which need not exist.
pub(super) fn room(root: &Path) -> Result<u64, Failure> {
    let absolute = std::path::absolute(root).map_err(at(root))?;
    let existing = absolute.ancestors().find(|folder| folder.exists()).unwrap_or(&absolute);
    let disk = rustix::fs::statvfs(existing).map_err(|error| at(existing)(error.into()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Locks a folder against other publishers, and waits for whoever holds it.
pub(super) fn lock(folder: &Path) -> Result<File, Failure> {
    locked(folder, File::lock)
}

/// Tells that what lies in a folder is relied on, or swept, for as long as
/// this lives. A folder that is empty then, and that nobody else uses, goes.
pub(super) struct Use {
    folder: PathBuf,
    file: File,
}

impl Use {
    /// Relies on what is there, as others may too. Waits for who sweeps it.
    pub(super) fn shared(folder: &Path) -> Result<Self, Failure> {
        let file = locked(folder, File::lock_shared)?;
        Ok(Self { folder: folder.to_owned(), file })
    }

    /// Sweeps what is there; none where somebody relies on it.
    pub(super) fn alone(folder: &Path) -> Result<Option<Self>, Failure> {
        match locked(folder, |file| file.try_lock().map_err(Into::into)) {
            Ok(file) => Ok(Some(Self { folder: folder.to_owned(), file })),
            Err(failure) if failure.kind == FailureKind::Conflict => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        if self.file.try_lock().is_ok() {
            // One that has something in it stays.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

fn locked(folder: &Path, lock: impl Fn(&File) -> io::Result<()>) -> Result<File, Failure> {
    loop {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let file = File::open(folder).map_err(at(folder))?;
        match lock(&file) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let why = format!("{} is in use", folder.display());
                return Err(Failure::new(FailureKind::Conflict, Side::Sink, why));
            }
            locked => locked.map_err(at(folder))?,
        }
        // Whoever held it may have removed the folder.
        if fs::metadata(folder).is_ok_and(|now| is_same(&now, &file)) {
            return Ok(file);
        }
    }
}

fn is_same(now: &fs::Metadata, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|locked| (locked.dev(), locked.ino()) == (now.dev(), now.ino()))
}

/// Names the path of an I/O error.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
    |error| Failure::from_io(Side::Sink, path.display(), &error)
}
