//! Where the files of an image directory lie.

use std::path::{Path, PathBuf};

use super::swarm;
use crate::model::VeeaArch;

/// What Dockerfiles are called.
const DOCKERFILE: &str = "Dockerfile";
/// What is made, by its path within the directory. None of it may be part of
/// the image that it is made from.
pub(super) const MADE: [&str; 3] = ["build/auth", "build/swarm.conf", "build/unauth"];

/// The files of an image directory, by what they are.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The directory.
    pub root: PathBuf,
    /// The Dockerfile that a user wrote.
    pub source: PathBuf,
    /// The folder of what is made for a partner, or for none.
    pub build: PathBuf,
    /// The Dockerfile with labels.
    pub dockerfile: PathBuf,
    /// The Swarm service file.
    pub swarm: PathBuf,
}

impl Folders {
    pub(super) fn new(root: &Path, unauth: bool) -> Self {
        let build = root.join("build").join(if unauth { "unauth" } else { "auth" });
        Self {
            root: root.to_owned(),
            source: root.join(DOCKERFILE),
            dockerfile: build.join(DOCKERFILE),
            swarm: root.join("build").join(swarm::FILE),
            build,
        }
    }

    /// The folder of what is made for one architecture.
    #[must_use]
    pub fn arch(&self, arch: VeeaArch) -> PathBuf {
        self.build.join(arch.word())
    }
}
