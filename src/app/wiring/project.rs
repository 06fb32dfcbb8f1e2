//! The project that a command works on: its folder and its configuration.

use std::path::{Path, PathBuf};

use crate::{
    cli::GlobalArgs,
    config::{Config, FILE_NAME, Paths},
    error::Error,
    journal::Project,
    model::SecretSource,
};

pub(crate) fn user_paths() -> Result<Paths, Error> {
    Paths::of_user().map_err(|error| Error::refused(error).hint("set $HOME"))
}

/// The project's configuration file, if there is one.
pub(crate) fn project(global: &GlobalArgs) -> Result<Option<PathBuf>, Error> {
    match &global.config {
        Some(file) => Ok(Some(file.clone())),
        None => Ok(crate::config::find(&std::env::current_dir()?)?),
    }
}

/// What the runs belong to that begin here.
pub(crate) fn project_of(global: &GlobalArgs) -> Result<Project, Error> {
    let file = project(global)?;
    let file = file.map(|file| file.canonicalize().unwrap_or(file));
    let folder = file.as_deref().and_then(Path::parent).map(Path::to_owned);
    let root = folder.map_or_else(std::env::current_dir, Ok)?;
    Ok(Project { project: file, root })
}

/// The configuration, which must be there.
pub(crate) fn configuration(global: &GlobalArgs) -> Result<Config, Error> {
    let file = project(global)?.ok_or_else(|| {
        Error::usage(format!("there is no {FILE_NAME} in this folder or above it"))
            .hint("write one (see config.example.toml), or use castoff push, which needs none")
    })?;
    load(Some(&file))
}

/// A configuration with what the user's own adds to it, or that alone. No other
/// program sees the variables that it takes secrets from.
pub(crate) fn load(file: Option<&Path>) -> Result<Config, Error> {
    // Without a home folder there is no configuration in it.
    let user = Paths::of_user().ok().map(|paths| paths.config);
    let config = crate::config::load(file, user.as_deref(), &std::env::current_dir()?)?;
    let signers = config.signers.iter();
    let sources =
        signers.flat_map(|signer| signer.passphrase.iter().chain(signer.with.other_secrets()));
    for source in sources {
        if let SecretSource::Env(name) = source {
            crate::child::hide(name);
        }
    }
    Ok(config)
}
