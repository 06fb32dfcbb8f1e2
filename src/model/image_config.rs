//! Configurations of images.

use serde::Deserialize;

use super::{
    digest::Digest,
    lenient,
    platform::{ParsePlatformError, Platform},
};

/// What castoff must know of an image's configuration
/// (OCI image specification, config.md).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImageConfig {
    /// The operating system that the image is for.
    pub os: String,
    /// The architecture that the image is for.
    pub architecture: String,
    /// The architecture's variant.
    #[serde(default, deserialize_with = "lenient::or_usual")]
    pub variant: Option<String>,
    /// The operating system's version.
    #[serde(rename = "os.version", default, deserialize_with = "lenient::or_usual")]
    pub os_version: Option<String>,
    /// What the operating system must offer.
    #[serde(rename = "os.features", default, deserialize_with = "lenient::or_usual")]
    pub os_features: Option<Vec<String>>,
    /// What the image is made of.
    pub rootfs: RootFs,
}

/// The plain layers of an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RootFs {
    /// The digest of each layer's plain tar, lowest first.
    #[serde(default, deserialize_with = "lenient::list")]
    pub diff_ids: Vec<Digest>,
}

impl ImageConfig {
    /// The platform that the image is for.
    ///
    /// # Errors
    ///
    /// Fails when Go knows no such platform.
    pub fn platform(&self) -> Result<Platform, ParsePlatformError> {
        let variant = self.variant.as_deref().filter(|variant| !variant.is_empty());
        Ok(Platform {
            os_version: self.os_version.clone(),
            os_features: self.os_features.clone().unwrap_or_default(),
            ..Platform::new(&self.os, &self.architecture, variant)?
        })
    }
}
