//! The digests of files on this machine, each read once a run.

use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::disk::at;
use crate::{
    archive::open_plain,
    model::{Digest, Failure, Hasher},
    net::{Clock, Locks},
    ports::blocking,
    store::FileState,
};

/// How much is read at once, in bytes.
const CHUNK: usize = 256 << 10;
/// How long a file must have rested for its state to tell that it is the same:
/// what is written twice within one tick of the file system's clock looks as it
/// did before.
const RESTED: Duration = Duration::from_millis(50);

/// The digests of files that were read, each with the state of its file then.
#[derive(Default)]
pub(super) struct FileDigests {
    known: Mutex<HashMap<PathBuf, (FileState, Digest)>>,
    clock: Clock,
    /// What is being read, by its path.
    turns: Locks,
}

impl FileDigests {
    /// The length in bytes and the digest of the file at `path`, which is read
    /// unless it was read before and has not changed since.
    ///
    /// # Errors
    ///
    /// Fails where there is no plain file, or it cannot be read.
    pub(super) async fn of(&self, path: &Path) -> Result<(u64, Digest), Failure> {
        let _turn = self.turns.lock(&path.to_string_lossy()).await;
        let path = path.to_owned();
        let before = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&path).cloned()
        };
        let (key, clock) = (path.clone(), self.clock);
        let (state, digest, has_rested) = blocking(move || read(&path, before, clock)).await?;
        let size = state.size;
        if has_rested {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(key, (state, digest.clone()));
        }
        Ok((size, digest))
    }
}

/// The state and the digest of a file, and whether the state can be relied on.
fn read(
    path: &Path,
    before: Option<(FileState, Digest)>,
    clock: Clock,
) -> Result<(FileState, Digest, bool), Failure> {
    let mut file = open_plain(path).map_err(at(path))?;
    let state = |file: &std::fs::File| FileState::of_open(path, file);
    let begun = state(&file)?;
    if let Some((known, digest)) = before.filter(|(known, _)| *known == begun) {
        return Ok((known, digest, true));
    }
    let length = usize::try_from(begun.size).unwrap_or(CHUNK).saturating_add(1);
    let (mut hasher, mut buffer) = (Hasher::default(), vec![0; length.min(CHUNK)]);
    loop {
        match file.read(&mut buffer).map_err(at(path))? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let now = clock.now();
    let has_rested = state(&file)? == begun && begun.has_rested(now, RESTED);
    Ok((begun, hasher.finish(), has_rested))
}
