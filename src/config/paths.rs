//! Where castoff keeps what, after the XDG base directory specification.

use std::{
    io,
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, HomeDirError};

/// The name of a project's configuration.
pub const FILE_NAME: &str = "castoff.toml";

/// The folders and files that castoff uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The user's configuration, which need not exist.
    pub config: PathBuf,
    /// Journals, and what must outlive a reboot.
    pub state: PathBuf,
    /// The content store, which may be deleted at any time between runs.
    pub cache: PathBuf,
}

impl Paths {
    /// The folders of this user.
    ///
    /// # Errors
    ///
    /// Fails when there is no home folder.
    pub fn of_user() -> Result<Self, HomeDirError> {
        let base = etcetera::choose_base_strategy()?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Ok(Self {
            config: base.config_dir().join("castoff").join("config.toml"),
            state: state.join("castoff"),
            cache: base.cache_dir().join("castoff"),
        })
    }

    /// Where the journals are.
    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.state.join("runs")
    }

    /// The store of App Container Images, unless told otherwise.
    #[must_use]
    pub fn images(&self) -> PathBuf {
        self.state.join("aci")
    }

    /// The log, unless told otherwise.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.state.join("castoff.log")
    }
}

/// The configuration of the project that `folder` is in: in it or above it.
///
/// # Errors
///
/// Fails when a folder on the way cannot be looked into.
pub fn find(folder: &Path) -> io::Result<Option<PathBuf>> {
    for folder in folder.ancestors() {
        let file = folder.join(FILE_NAME);
        if file.try_exists()? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}
