//! Making room.

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use super::{
    Store,
    files::{read_small, remove, storage},
};
use crate::model::{ALGORITHMS, Descriptor, Failure};

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// How many blobs.
    pub blobs: usize,
    /// How many bytes they had.
    pub bytes: u64,
}

struct EvictableBlob {
    used: SystemTime,
    size: u64,
    digest: String,
    path: PathBuf,
}

impl Store {
    /// Removes blobs until the store is below its limit, those first that were
    /// not used for longest. Leaves alone what is pinned, and what was used
    /// within `idle`: a run that is being made pins nothing before its end.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn evict(&self, idle: Duration) -> Result<Evicted, Failure> {
        self.blocking(move |store| store.make_room(idle)).await
    }

    fn make_room(&self, idle: Duration) -> Result<Evicted, Failure> {
        let (mut evicted, mut total) = (Evicted::default(), 0);
        self.each_blob(|blob| total += blob.size)?;
        if total <= self.0.limit {
            return Ok(evicted);
        }
        // Read before the pins are, which marks manifests as used.
        let mut blobs = Vec::new();
        self.each_blob(|blob| blobs.push(blob))?;
        total = blobs.iter().map(|blob| blob.size).sum();
        let mut keep = BTreeSet::new();
        for root in self.pinned()? {
            self.closure(&root, &mut keep);
        }
        #[expect(clippy::disallowed_methods, reason = "the store and its files are of one machine")]
        let before = SystemTime::now().checked_sub(idle).unwrap_or(SystemTime::UNIX_EPOCH);
        blobs.retain(|blob| blob.used <= before && !keep.contains(&blob.digest));
        blobs.sort_by(|a, b| a.used.cmp(&b.used).then_with(|| a.digest.cmp(&b.digest)));
        for blob in blobs {
            if total <= self.0.limit {
                break;
            }
            remove(&blob.path)?;
            total -= blob.size;
            evicted.blobs += 1;
            evicted.bytes += blob.size;
        }
        self.forget_made()?;
        Ok(evicted)
    }

    /// Tells `take` of each blob.
    fn each_blob(&self, mut take: impl FnMut(EvictableBlob)) -> Result<(), Failure> {
        for algorithm in ALGORITHMS {
            let folder = self.path("blobs").join(algorithm);
            let failed = |error| storage(&folder, &error);
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                // Another process may be making room as well.
                let Ok(metadata) = entry.metadata() else { continue };
                take(EvictableBlob {
                    used: metadata.modified().map_err(failed)?,
                    size: metadata.len(),
                    digest: format!("{algorithm}:{}", entry.file_name().to_string_lossy()),
                    path: entry.path(),
                });
            }
        }
        Ok(())
    }

    /// Forgets what was made and is gone.
    fn forget_made(&self) -> Result<(), Failure> {
        let folder = self.path("made");
        for entry in fs::read_dir(&folder).map_err(|error| storage(&folder, &error))? {
            let path = entry.map_err(|error| storage(&folder, &error))?.path();
            let text = read_small(&path)?.unwrap_or_default();
            if let Ok(node) = serde_json::from_str::<Descriptor>(&text)
                && self.blob_size(&node.digest)?.is_none()
                && !self.link_path(&node.digest).exists()
            {
                remove(&path)?;
            }
        }
        Ok(())
    }
}
