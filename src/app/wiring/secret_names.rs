//! Names in the keyring: of passphrases as the configuration has them, of
//! registries and buckets by their URL.

use crate::{
    error::Error,
    model::{Destination, SinkUrl},
};

/// What a name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A passphrase, or whatever else has a name.
    Plain,
    /// A user and a password at a registry.
    Login,
    /// An access key and its secret, for a bucket.
    Keys,
}

/// A name as it is in the keyring: of a URL only what says where.
pub(crate) fn checked(name: &str) -> Result<String, Error> {
    if name.starts_with("docker://") || name.starts_with("s3://") {
        let place = Destination::parse(name).map_err(Error::usage)?;
        return of(&place.url).ok_or_else(|| Error::usage("this is not a URL with credentials"));
    }
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Error::usage(format!("`{name}` is not a valid name")));
    }
    Ok(name.to_owned())
}

pub(crate) fn purpose(name: &str) -> Purpose {
    match name.split_once("://") {
        Some(("docker", _)) => Purpose::Login,
        Some(("s3", _)) => Purpose::Keys,
        _ => Purpose::Plain,
    }
}

/// The name of what gives access to a place; none where nothing is asked there.
pub(crate) fn of(url: &SinkUrl) -> Option<String> {
    match url {
        SinkUrl::Registry { host, .. } => Some(registry(host)),
        SinkUrl::S3(url) => Some(url.credential_name()),
        SinkUrl::Layout(_) | SinkUrl::Folder(_) | SinkUrl::Archives(_) | SinkUrl::DockerDaemon => {
            None
        }
    }
}

/// The name of the login at a registry. Docker's own goes by many.
pub(crate) fn registry(host: &str) -> String {
    let host = match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        host => host,
    };
    format!("docker://{host}")
}
