//! What was fetched from elsewhere, in folders.
//!
//! ```text
//! ROOT/KEY        what was fetched, whole
//! ROOT/KEY.lock   shared by the processes that read it, and exclusive to the one that fetches it
//! ROOT/KEY.part   what is being fetched
//! ```
//!
//! Folders that are not being read are removed: all but those that were used last, and
//! those too after some days. A process that dies leaves its part behind until
//! the next one fetches anything.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::fs::{FlockOperation, flock};

use crate::{
    model::{Digest, Failure, Side},
    net::{Clock, Network},
    ports,
};

/// How many folders stay.
const COUNT: usize = 8;
/// How long an unused folder stays.
const IDLE: Duration = Duration::from_hours(7 * 24);
const LOCK: &str = "lock";
const PART: &str = "part";

/// Folders of what was fetched.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
    /// How it is fetched, and what tells when it was used.
    network: Network,
}

/// A folder that stays until this is dropped.
#[derive(Debug)]
pub struct HeldFolder {
    /// Where it is.
    pub folder: PathBuf,
    _lock: File,
}

impl Cache {
    /// Those below a folder, which need not be there yet.
    #[must_use]
    pub fn new(root: PathBuf, network: Network) -> Self {
        Self { root, network }
    }

    /// How what is in them is fetched.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// The folder of what `name` stands for; `fill` fetches it into an empty
    /// one, where it is not there.
    ///
    /// # Errors
    ///
    /// Fails where that does, or the disk.
    pub async fn get(
        &self,
        name: &str,
        fill: impl AsyncFnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<HeldFolder, Failure> {
        let key = Digest::of(name.as_bytes()).hex()[..32].to_owned();
        let folder = self.root.join(&key);
        let lock = self.lock(&key, FlockOperation::LockShared).await?;
        if folder.is_dir() {
            return Ok(HeldFolder { folder, _lock: lock });
        }
        drop(lock);
        let lock = self.lock(&key, FlockOperation::LockExclusive).await?;
        if !folder.is_dir() {
            let part = self.root.join(format!("{key}.{PART}"));
            let failed = |error: io::Error| Failure::from_io(Side::Local, part.display(), &error);
            remove(&part).and_then(|()| fs::create_dir(&part)).map_err(failed)?;
            let filled = fill(&part).await;
            let filled = filled.and_then(|()| fs::rename(&part, &folder).map_err(failed));
            if let Err(failure) = filled {
                remove(&part).map_err(failed)?;
                return Err(failure);
            }
        }
        flock(&lock, FlockOperation::LockShared).map_err(|error| self.failed(&error.into()))?;
        let this = self.clone();
        let pruned = ports::blocking(move || Ok(this.prune(&key))).await?;
        pruned.map_err(|error| self.failed(&error))?;
        Ok(HeldFolder { folder, _lock: lock })
    }

    async fn lock(&self, key: &str, operation: FlockOperation) -> Result<File, Failure> {
        let (root, path) = (self.root.clone(), self.root.join(format!("{key}.{LOCK}")));
        let clock = self.network.clock();
        let take = move || {
            fs::create_dir_all(root)?;
            take(&path, operation, clock)
        };
        ports::blocking(|| Ok(take())).await?.map_err(|error| self.failed(&error))
    }

    /// Removes what is used no more, but for what `own` names.
    fn prune(&self, own: &str) -> io::Result<()> {
        let mut locks: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let path = entry.path();
            if path.extension() == Some(OsStr::new(LOCK)) && path.file_stem() != Some(own.as_ref())
            {
                locks.push((entry.metadata()?.modified()?, path));
            }
        }
        locks.sort_by_key(|(used, _)| std::cmp::Reverse(*used));
        let now = self.network.clock().file_time();
        for (place, (used, path)) in (1..).zip(locks) {
            let idle = now.duration_since(used).unwrap_or_default();
            let is_held =
                |lock: &File| flock(lock, FlockOperation::NonBlockingLockExclusive).is_err();
            let Ok(lock) = File::open(&path) else { continue };
            if is_held(&lock) {
                continue;
            }
            remove(&path.with_extension(PART))?;
            if place >= COUNT || idle > IDLE {
                remove(&path.with_extension(""))?;
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::from_io(Side::Local, self.root.display(), error)
    }
}

/// Opens a lock's file, marks it as used now, and locks it. One that was
/// removed meanwhile is made anew.
fn take(path: &Path, operation: FlockOperation, clock: Clock) -> io::Result<File> {
    loop {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        flock(&file, operation)?;
        let is_it = fs::metadata(path)
            .is_ok_and(|now| now.ino() == file.metadata().map_or(0, |of| of.ino()));
        if is_it {
            file.set_modified(clock.file_time())?;
            return Ok(file);
        }
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
