//! What castoff notes of an image that it imports, and rkt has in a database.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ImageStore, failed, read_whole};
use crate::{aci::Key, model::Failure};

/// What is noted of an image.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Note {
    /// Its whole hash.
    pub(super) id: String,
    /// When it was imported.
    pub(super) imported: Timestamp,
    /// Whether it was marked as the latest then.
    #[serde(default)]
    pub(super) latest: bool,
}

impl ImageStore {
    /// What was noted of an image; none where castoff did not import it.
    pub(super) fn note(&self, key: &Key) -> Result<Option<Note>, Failure> {
        let raw = read_whole(&self.path("castoff", key))?;
        // A note that is torn is as good as none.
        Ok(raw.and_then(|raw| serde_json::from_slice(&raw).ok()))
    }

    pub(super) fn set_note(&self, key: &Key, note: &Note) -> Result<(), Failure> {
        let path = self.path("castoff", key);
        let raw = serde_json::to_vec(note).map_err(|error| failed(&path, &error.into()))?;
        self.write(&path, &raw)
    }
}
