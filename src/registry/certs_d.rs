//! The certificates that Docker and Podman keep for a registry, in the folder
//! `certs.d/HOST[:PORT]`: `*.crt` are authorities, and `NAME.cert` with
//! `NAME.key` is what this machine shows of itself
//! (containers-certs.d(5), and Docker's "Verify repository client with
//! certificates").

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::docker_files::{config_home, home};
use crate::{
    environment::Environment,
    model::{Failure, FailureKind, Side},
    net::{ClientIdentity, ClientOptions},
};

/// The same options, with what the first folder of `host` holds.
///
/// # Errors
///
/// Fails where a folder cannot be read, and where half of a pair is missing.
pub(super) fn trusted(host: &str, options: &ClientOptions) -> Result<ClientOptions, Failure> {
    let mut options = options.clone();
    for root in roots(options.network.environment()) {
        let folder = root.join(host);
        if let Some(files) = listed(&folder)? {
            extend(&mut options, &files)?;
            return Ok(options);
        }
    }
    Ok(options)
}

/// Podman's and Docker's, the user's before the system's.
fn roots(environment: &Environment) -> Vec<PathBuf> {
    let podmans = config_home(environment).map(|config| config.join("containers"));
    let dockers = home(environment).map(|home| home.join(".config/docker"));
    let systems = ["/etc/containers", "/etc/docker"].map(PathBuf::from);
    let all = podmans.into_iter().chain(dockers).chain(systems);
    all.map(|root| root.join("certs.d")).collect()
}

/// The files of a folder by name; none where there is no folder.
fn listed(folder: &Path) -> Result<Option<Vec<PathBuf>>, Failure> {
    let failed = |error: io::Error| Failure::from_io(Side::Local, folder.display(), &error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(failed)?;
    paths.sort();
    Ok(Some(paths))
}

fn extend(options: &mut ClientOptions, files: &[PathBuf]) -> Result<(), Failure> {
    for path in files {
        match path.extension().and_then(|end| end.to_str()) {
            Some("crt") => options.authorities.push(path.clone()),
            Some("cert") => {
                let key = path.with_extension("key");
                if !files.contains(&key) {
                    return Err(half(path, &key));
                }
                options.identity = Some(ClientIdentity { certificate: path.clone(), key });
            }
            Some("key") if !files.contains(&path.with_extension("cert")) => {
                return Err(half(path, &path.with_extension("cert")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn half(path: &Path, missing: &Path) -> Failure {
    let what = format!("{}, which belongs to it, is missing", missing.display());
    Failure::new(FailureKind::Invalid, Side::Local, what).context(path.display())
}
