//! Has the local engine fetch what is published already. That changes nothing
//! for other users, so it is no run.

use std::time::Duration;

use bollard::{
    Docker,
    auth::DockerCredentials,
    errors::Error as EngineError,
    query_parameters::{CreateImageOptionsBuilder, TagImageOptionsBuilder},
};
use futures_util::TryStreamExt;

use super::{context::PackageContext, options};
use crate::{
    docker::DockerEngine,
    environment::Environment,
    model::{Descriptor, EngineUrl, Failure, FailureKind, Platform, Side},
    recipe::linuxkit::Package,
    registry::{Credential, Credentials},
    secret::ExposeSecret,
};

/// How long the engine may take until it begins to answer.
const PATIENCE: Duration = Duration::from_hours(24);

/// Fetches one platform's image, and calls it as if it had been built.
pub(super) async fn fetch(
    bench: &PackageContext<'_>,
    package: &Package,
    platform: &Platform,
    node: &Descriptor,
) -> Result<(), Failure> {
    let docker = connect(&bench.services.environment).await?;
    let name = &package.identity.name;
    let called = format!("{}/{}@{}", name.host(), name.repository(), node.digest);
    pull(&docker, &called, name.host(), &*bench.logins()).await?;
    let tag = &package.identity.tag;
    let mut tags = vec![format!("{tag}-{}", platform.tag_suffix())];
    if options::host().is_some_and(|host| platform.fits(&host)) {
        tags.push(tag.to_string());
    }
    for tag in tags {
        let options = TagImageOptionsBuilder::default().repo(name.as_str()).tag(&tag).build();
        let tagged = docker.tag_image(&called, Some(options)).await;
        tagged.map_err(|error| failure(&error).context(format!("naming {called} {name}:{tag}")))?;
    }
    Ok(())
}

/// The local engine, which may take its time.
async fn connect(environment: &Environment) -> Result<Docker, Failure> {
    let engine = DockerEngine::new(EngineUrl::Local, environment.clone());
    Ok(engine.docker().await?.clone().with_timeout(PATIENCE))
}

/// Has the engine pull `name`, which is at the registry `host`.
async fn pull(
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
        Credential::RegistryToken(token) => DockerCredentials {
            registrytoken: Some(token.expose_secret().to_owned()),
            ..DockerCredentials::default()
        },
    }
}

fn failure(error: &EngineError) -> Failure {
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
