//! Where the passphrase of the key comes from that signs packages.

use std::io;

use crate::{
    model::{Failure, FailureKind, SecretSource, Side},
    recipe::linuxkit::{USER_CONFIG, passphrase_command},
};

/// Where Docker's tools, and LinuxKit, look for it.
const VARIABLE: &str = "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE";

/// What is asked for the passphrase of the key that is called `name`, in
/// order: the variable, the command that LinuxKit's own configuration names,
/// and what is asked for every other key.
pub(super) fn sources(name: &str) -> Result<Vec<SecretSource>, Failure> {
    let mut sources = vec![SecretSource::Env(VARIABLE.to_owned())];
    sources.extend(command()?.map(SecretSource::Command));
    sources.extend(SecretSource::usual(name));
    Ok(sources)
}

fn command() -> Result<Option<crate::model::CommandLine>, Failure> {
    let home = etcetera::home_dir().map_err(|error| {
        Failure::from_error(FailureKind::NotFound, Side::Local, &error).hint("set $HOME")
    })?;
    let file = home.join(USER_CONFIG);
    match std::fs::read_to_string(&file) {
        Ok(text) => passphrase_command(&text, &file.display().to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::from_io(Side::Local, file.display(), &error)),
    }
}
