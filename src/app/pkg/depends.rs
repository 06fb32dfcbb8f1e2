//! Fetches the images that a package depends on, through the local Docker
//! Engine, and saves them into the package's folder.
//!
//! A folder that is made anew is removed first, so it is looked at twice that
//! it lies within the package: links may lead elsewhere.

use std::{
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use bollard::{
    Docker, auth::DockerCredentials, errors::Error as EngineError,
    query_parameters::CreateImageOptionsBuilder,
};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use crate::{
    docker::Engine,
    model::{EngineUrl, Failure, FailureKind, Side},
    recipe::linuxkit::{Dependency, Package, Target},
    registry::{Credential, Credentials},
    secret::ExposeSecret,
};

/// How long the engine may take until it begins to answer.
const PATIENCE: Duration = Duration::from_hours(24);

/// Fetches and saves what a package depends on; `said` is told of each image.
pub(super) async fn fetch(
    package: &Package,
    logins: &dyn Credentials,
    said: impl Fn(&str),
) -> Result<(), Failure> {
    let Some(target) = &package.depends.target else { return Ok(()) };
    let images = &package.depends.images;
    let docker = connect().await?;
    match target {
        Target::Folder(folder) => {
            make_anew(&package.folder, folder)?;
            for image in images {
                pull(&docker, &engine_name(image), &image.image.host, logins).await?;
                let name = image.file_name();
                said(&format!("Adding \"{}\" as dependency", name.trim_end_matches(".tar")));
                let archive = docker.export_image(&engine_name(image));
                save(&folder.join(name), archive).await?;
            }
            Ok(())
        }
        Target::File(file) => {
            check_within(&package.folder, file)?;
            for image in images {
                pull(&docker, &engine_name(image), &image.image.host, logins).await?;
            }
            let names: Vec<String> = images.iter().map(engine_name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            save(file, docker.export_images(&names)).await
        }
    }
}

/// The local engine, which may take its time.
pub(super) async fn connect() -> Result<Docker, Failure> {
    let engine = Engine::new(EngineUrl::Local);
    Ok(engine.docker().await?.clone().with_timeout(PATIENCE))
}

/// What the engine calls an image that was pulled by its digest.
fn engine_name(image: &Dependency) -> String {
    format!("{}@{}", image.image.name(), image.digest)
}

/// Has the engine pull `name`, which is at the registry `host`.
pub(super) async fn pull(
    docker: &Docker,
    name: &str,
    host: &str,
    logins: &dyn Credentials,
) -> Result<(), Failure> {
    let login = logins.find(host, path_at(host, name)).await?.map(credentials);
    let options = CreateImageOptionsBuilder::default().from_image(name).build();
    let pulled = docker.create_image(Some(options), None, login);
    let pulled = pulled.try_for_each(async |_| Ok(())).await;
    pulled.map_err(|error| failure(&error).context(format!("failed to pull {name}")))
}

/// The repository of an image's name at its registry.
fn path_at<'n>(host: &str, name: &'n str) -> Option<&'n str> {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let path = name.strip_prefix(host)?.strip_prefix('/')?;
    let is_tag = |at: usize| path[at..].starts_with(':');
    Some(path.rfind([':', '/']).filter(|at| is_tag(*at)).map_or(path, |at| &path[..at]))
}

fn credentials(login: Credential) -> DockerCredentials {
    match login {
        Credential::Basic { user, password } => DockerCredentials {
            username: Some(user),
            password: Some(password.expose_secret().to_owned()),
            ..DockerCredentials::default()
        },
        Credential::IdentityToken(token) => DockerCredentials {
            identitytoken: Some(token.expose_secret().to_owned()),
            ..DockerCredentials::default()
        },
    }
}

/// Writes an archive beside its place, and puts it there when it is whole.
async fn save(
    file: &Path,
    archive: impl Stream<Item = Result<Bytes, EngineError>>,
) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::from_io(Side::Local, file.display(), &error);
    let folder = file.parent().unwrap_or(Path::new("/"));
    let temporary = tempfile::Builder::new()
        .prefix(".castoff-")
        .permissions(PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(failed)?;
    let mut open = tokio::fs::File::from_std(temporary.reopen().map_err(failed)?);
    let mut archive = std::pin::pin!(archive);
    loop {
        let piece = archive.try_next().await;
        let piece = piece.map_err(|error| failure(&error).context(file.display()))?;
        let Some(piece) = piece else { break };
        open.write_all(&piece).await.map_err(failed)?;
    }
    open.flush().await.map_err(failed)?;
    let kept = NamedTempFile::persist(temporary, file);
    kept.map(drop).map_err(|error| failed(error.error))
}

/// Removes a folder with all that is in it, and makes it again.
fn make_anew(package: &Path, folder: &Path) -> Result<(), Failure> {
    check_within(package, folder)?;
    let failed = |error: io::Error| Failure::from_io(Side::Local, folder.display(), &error);
    match std::fs::remove_dir_all(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    std::fs::create_dir_all(folder).map_err(failed)
}

/// Refuses what lies elsewhere because there is a link on the way to it.
fn check_within(package: &Path, path: &Path) -> Result<(), Failure> {
    let above = path.ancestors().skip(1).find(|above| above.exists()).map(Path::canonicalize);
    let is_within = |above: &PathBuf| above.starts_with(package);
    if matches!(&above, Some(Ok(above)) if is_within(above)) {
        return Ok(());
    }
    let what = "a link on the way to it leads out of the package directory";
    Err(Failure::new(FailureKind::Invalid, Side::Local, what).context(path.display()))
}

pub(super) fn failure(error: &EngineError) -> Failure {
    let kind = match error {
        EngineError::DockerResponseServerError { status_code: 404, .. } => FailureKind::NotFound,
        EngineError::DockerResponseServerError { status_code: 401 | 403, .. } => {
            FailureKind::Forbidden
        }
        EngineError::DockerResponseServerError { .. } | EngineError::DockerStreamError { .. } => {
            FailureKind::Server
        }
        _ => FailureKind::Network,
    };
    Failure::from_error(kind, Side::Source, error)
}
