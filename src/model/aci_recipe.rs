//! How App Container Images are released.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ArtifactKind, Platform};

/// App Container Images in files, one for each platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AciRecipe {
    /// The files.
    pub images: Vec<PathBuf>,
    /// The store that has what they stand on; none: the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<PathBuf>,
    /// Whether all that an image stands on becomes one layer.
    #[serde(default)]
    pub flatten: bool,
    /// What an image is for that does not say so; none: this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// What becomes of them: OCI images, or the files as they are.
    pub kind: ArtifactKind,
}

impl AciRecipe {
    /// Images that become OCI images, layer by layer.
    #[must_use]
    pub fn new(images: Vec<PathBuf>) -> Self {
        let kind = ArtifactKind::Image;
        Self { images, store: None, flatten: false, platform: None, kind }
    }

    /// The same, with its paths changed by `change`.
    #[must_use]
    pub fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        let images = self.images.into_iter().map(&change).collect();
        Self { images, store: self.store.map(&change), ..self }
    }
}
