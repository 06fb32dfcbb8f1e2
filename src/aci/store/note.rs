//! What castoff notes of an image that it imports, and rkt has in a database.

use super::{ImageStore, failed, read_whole, record::Note};
use crate::{aci::ImageKey, model::Failure};

impl ImageStore {
    /// What was noted of an image; none where castoff did not import it.
    pub(super) fn note(&self, key: &ImageKey) -> Result<Option<Note>, Failure> {
        let raw = read_whole(&self.path("castoff", key))?;
        // A note that is torn is as good as none.
        Ok(raw.and_then(|raw| serde_json::from_slice(&raw).ok()))
    }

    pub(super) fn set_note(&self, key: &ImageKey, note: &Note) -> Result<(), Failure> {
        let path = self.path("castoff", key);
        let raw = serde_json::to_vec(note).map_err(|error| failed(&path, &error.into()))?;
        self.write(&path, &raw)
    }
}
