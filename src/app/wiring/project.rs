//! The project that a command works on: its folder and its configuration.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::sinks::NamedSinks;
use crate::{
    config::{self, Config, FILE_NAME, Paths},
    environment::Environment,
    error::Error,
    journal::ProjectId,
    model::SecretSource,
};

/// The user's own files and folders.
pub(crate) fn user_paths() -> Result<Paths, Error> {
    Paths::of_user().map_err(|error| Error::refused(error).hint("set $HOME"))
}

/// Where a command works.
#[derive(Clone, Debug)]
pub(crate) struct Workplace {
    /// The folder that it was started in.
    pub(crate) folder: PathBuf,
    /// The configuration that it was told to take.
    pub(crate) config: Option<PathBuf>,
    /// The variables that castoff was started with.
    pub(crate) environment: Environment,
}

impl Workplace {
    /// The project's configuration file, if there is one.
    pub(crate) fn file(&self) -> Result<Option<PathBuf>, Error> {
        match &self.config {
            Some(file) => Ok(Some(file.clone())),
            None => Ok(config::find(&self.folder)?),
        }
    }

    /// What the runs belong to that begin here.
    pub(crate) fn project(&self) -> Result<ProjectId, Error> {
        let file = self.file()?.map(|file| self.folder.join(file));
        let file = file.map(|file| file.canonicalize().unwrap_or(file));
        let folder = file.as_deref().and_then(Path::parent).map(Path::to_owned);
        Ok(ProjectId { project: file, root: folder.unwrap_or_else(|| self.folder.clone()) })
    }

    /// The configuration, which must be there.
    pub(crate) fn configuration(&self) -> Result<Config, Error> {
        let file = self.file()?.ok_or_else(|| {
            Error::usage(format!("there is no {FILE_NAME} in this folder or above it"))
                .hint("create one (see config.example.toml), or use castoff push, which needs none")
        })?;
        self.load(Some(&file))
    }

    /// The configuration in force: the project's with the user's, or the user's
    /// alone.
    pub(crate) fn known(&self) -> Result<NamedSinks, Error> {
        let config = self.load(self.file()?.as_deref())?;
        Ok(self.named(Arc::new(config)))
    }

    /// The sinks of a configuration, as they are named here.
    pub(crate) fn named(&self, config: Arc<Config>) -> NamedSinks {
        NamedSinks { config, folder: self.folder.clone() }
    }

    /// A configuration with what the user's own adds to it, or that alone. No
    /// other program sees the variables that it takes secrets from.
    fn load(&self, file: Option<&Path>) -> Result<Config, Error> {
        // Without a home folder there is no configuration in it.
        let user = Paths::of_user().ok().map(|paths| paths.config);
        let config = config::load(file, user.as_deref(), &self.folder)?;
        let signers = config.signers.iter();
        let sources =
            signers.flat_map(|signer| signer.passphrase.iter().chain(signer.with.other_secrets()));
        self.environment.hide(sources.filter_map(|source| match source {
            SecretSource::Env(name) => Some(name.clone()),
            _ => None,
        }));
        Ok(config)
    }
}
