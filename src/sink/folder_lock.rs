//! Turns at a folder: one process changes it, and the others wait.
//!
//! A turn is a lock on the folder itself, so it ends with its process, however
//! that ends. It is asked for again and again rather than waited for in the
//! kernel: a thread that waits there could not be stopped.

use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::Instant;

use super::disk::at;
use crate::{
    model::Failure,
    net::{Pauses, Random},
    ports::JobOutput,
};

/// The first wait, to which up to as much is added.
const SHORT: Duration = Duration::from_millis(5);
/// The longest wait but for what is added.
const LONG: Duration = Duration::from_millis(250);
/// How long a process waits before it tells so, and how often it tells again.
const TELL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// The turn to change a folder, until it is dropped.
pub struct FolderLock(#[expect(dead_code, reason = "the lock lives as long as the file")] File);

impl FolderLock {
    /// Waits until no other process has its turn at `folder`, which is made
    /// where it is missing.
    pub(super) async fn of(
        folder: &Path,
        random: Random,
        output: &JobOutput,
    ) -> Result<Self, Failure> {
        locked(folder, File::try_lock, random, output).await.map(Self)
    }
}

/// Tells that what lies in a folder is relied on, or swept, for as long as
/// this lives. A folder that is empty then, and that no other process uses,
/// goes.
pub(super) struct UseLock {
    folder: PathBuf,
    file: File,
}

impl UseLock {
    /// Relies on what is there, as others may too. Waits while it is swept.
    pub(super) async fn shared(
        folder: &Path,
        random: Random,
        output: &JobOutput,
    ) -> Result<Self, Failure> {
        let file = locked(folder, File::try_lock_shared, random, output).await?;
        Ok(Self { folder: folder.to_owned(), file })
    }

    /// Sweeps what is there; none where another process relies on it.
    pub(super) fn alone(folder: &Path) -> Result<Option<Self>, Failure> {
        let file = lock(folder, File::try_lock)?;
        Ok(file.ok().map(|file| Self { folder: folder.to_owned(), file }))
    }
}

impl Drop for UseLock {
    fn drop(&mut self) {
        if self.file.try_lock().is_ok() {
            // One that has something in it stays.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

type Lock = fn(&File) -> Result<(), TryLockError>;

async fn locked(
    folder: &Path,
    how: Lock,
    random: Random,
    output: &JobOutput,
) -> Result<File, Failure> {
    let mut waits = Pauses::between(SHORT, LONG, random);
    let mut tell_at = Instant::now() + TELL.0;
    loop {
        let taken = match lock(folder, how)? {
            Ok(file) => return Ok(file),
            Err(taken) => taken,
        };
        if Instant::now() >= tell_at {
            let holder = holder(&taken);
            output.notice(format!("waiting for {holder}, which is changing {}", folder.display()));
            tell_at = Instant::now() + TELL.1;
        }
        waits.pause().await;
    }
}

/// Locks a folder, or gives the one that another process has locked.
fn lock(folder: &Path, how: Lock) -> Result<Result<File, File>, Failure> {
    loop {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let file = File::open(folder).map_err(at(folder))?;
        match how(&file) {
            Err(TryLockError::WouldBlock) => return Ok(Err(file)),
            Err(TryLockError::Error(error)) => return Err(at(folder)(error)),
            // The one that held it may have removed the folder.
            Ok(()) if fs::metadata(folder).is_ok_and(|now| is_same(&now, &file)) => {
                return Ok(Ok(file));
            }
            Ok(()) => {}
        }
    }
}

fn is_same(now: &fs::Metadata, file: &File) -> bool {
    file.metadata().is_ok_and(|locked| (locked.dev(), locked.ino()) == (now.dev(), now.ino()))
}

/// The process that has locked a file, as far as this system tells.
fn holder(file: &File) -> String {
    let unknown = || "another process".to_owned();
    let (Ok(meta), Ok(locks)) = (file.metadata(), fs::read_to_string("/proc/locks")) else {
        return unknown();
    };
    let held = locks.lines().find_map(|line| holder_of(line, meta.ino()));
    held.map_or_else(unknown, |process| {
        let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        match name.trim() {
            "" => format!("process {process}"),
            name => format!("process {process} ({name})"),
        }
    })
}

/// The process of a line of `/proc/locks` that holds a lock of this inode:
/// `3: FLOCK ADVISORY WRITE 19766 fe:00:5406723 0 EOF`. One that waits has an
/// arrow after its number.
fn holder_of(line: &str, inode: u64) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, "FLOCK", _, _, process, file, ..] = words[..] else { return None };
    let (_, of) = file.rsplit_once(':')?;
    let process = process.parse().ok().filter(|process| *process > 0)?;
    (of.parse() == Ok(inode)).then_some(process)
}
