//! What is noted of an image that is stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
