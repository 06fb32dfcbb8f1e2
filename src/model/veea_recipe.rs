//! Veea image directories, as they are asked for.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Bases, PartnerId, SignerSpec};

/// An image directory, and the partner that it is released for. The same recipe,
/// over the same files, makes the same release archives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VeeaRecipe {
    /// The folder with `config.yaml` and the Dockerfile; absolute.
    pub folder: PathBuf,
    /// Whether it is a development build, which no partner vouches for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unauth: bool,
    /// The partner; none: the one that the certificate's name tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// The partner's certificate; none: the one in `~/.vhc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Files and folders of licences, besides those that `config.yaml` names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<PathBuf>,
    /// The signer; only a development build may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<Box<SignerSpec>>,
    /// Whether a step is done again by the times of files, and not by their
    /// content.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mtime: bool,
    /// Whether the engine does all steps of the Dockerfile again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_cache: bool,
    /// What the images meant that it refers to, once that is settled.
    #[serde(default, skip_serializing_if = "Bases::is_empty")]
    pub bases: Bases,
}

impl VeeaRecipe {
    /// The release of an image directory, for no partner yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            unauth: false,
            partner: None,
            certificate: None,
            licenses: Vec::new(),
            signer: None,
            mtime: false,
            no_cache: false,
            bases: Bases::default(),
        }
    }

    /// The same, with its paths changed by `change`.
    #[must_use]
    pub fn map_paths(self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        Self {
            folder: change(self.folder),
            certificate: self.certificate.map(&change),
            licenses: self.licenses.into_iter().map(&change).collect(),
            ..self
        }
    }
}
