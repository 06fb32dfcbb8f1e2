//! How App Container Images are released.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::{Platform, RecipeSpec};

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
}

impl AciRecipe {
    /// Images as they are, of which layers become layers.
    #[must_use]
    pub fn new(images: Vec<PathBuf>) -> Self {
        Self { images, store: None, flatten: false, platform: None }
    }
}

impl RecipeSpec for AciRecipe {
    const SOURCE: &'static str = "aci";
    const PATHS: &'static [&'static str] = &["images", "store"];
}
