//! The signer of tags at a notary server, with its keys open before a run.

use std::{path::PathBuf, sync::Arc};

use url::Url;

use super::{keys::with_variable, patience::patience, services::Services};
use crate::{
    environment::Environment,
    model::{Digest, Failure, FailureKind, SecretSource, Side, SignerSpec, Signing, Tag, Unopened},
    net::Patience,
    ports::Verified,
    secret::{ExposeSecret, Secret, Secrets},
    sign::{
        PrivateKey,
        notary::{Guard, Lack, Notary, NotarySettings},
    },
};

/// How often it is asked what else there is to open.
const ROUNDS: usize = 4;
/// The server that Docker's tools are told to take.
const SERVER: &str = "DOCKER_CONTENT_TRUST_SERVER";

/// A signer of what is called `names`.
pub(crate) async fn signer(
    services: &Services,
    spec: &SignerSpec,
    secrets: &Secrets,
    names: &[String],
) -> Result<Notary, Failure> {
    let settings = settings(services, &spec.with, patience(&services.engine))?;
    let settings = settings.ok_or_else(|| {
        Failure::new(FailureKind::Internal, Side::Local, "this is not a signer of kind notary")
    })?;
    let notary = Arc::new(Notary::new(settings, services.logins()));
    for name in names {
        for _ in 0..ROUNDS {
            let lacks = notary.lacks(name).await?;
            if lacks.is_empty() {
                break;
            }
            for lack in lacks {
                open(&notary, lack, spec, secrets).await?;
            }
        }
    }
    Arc::into_inner(notary).ok_or_else(|| {
        Failure::new(FailureKind::Internal, Side::Local, "a key is still being unlocked")
    })
}

/// A reader of signed tags, which signs nothing.
pub(crate) fn reader(services: &Services, wanted: &Signing) -> Result<Option<Notary>, Failure> {
    let patience = Patience::usual(services.network.random());
    let settings = settings(services, wanted, patience)?
        .map(|settings| NotarySettings { key: None, ..settings });
    Ok(settings.map(|settings| Notary::new(settings, services.logins())))
}

/// How a server is signed at; none where it is not notary that signs.
fn settings(
    services: &Services,
    with: &Signing,
    patience: Patience,
) -> Result<Option<NotarySettings>, Failure> {
    let Signing::Notary { key, server: url, trust_dir, role, .. } = with else { return Ok(None) };
    let docker = docker_folder(&services.environment)?;
    let trust = trust_dir.clone().unwrap_or_else(|| docker.join("trust"));
    let (server, key, role) =
        (server(url.as_deref(), &services.environment)?, key.clone(), role.clone());
    let network = services.network.clone();
    Ok(Some(NotarySettings { server, docker, trust, role, key, patience, network }))
}

/// What the server says that a tag means, which is `digest`.
pub(crate) async fn meant(
    notary: &Notary,
    name: &str,
    tag: &Tag,
    digest: &Digest,
) -> Result<Verified, Failure> {
    let verified = notary.look_up(name, tag).await?;
    if verified.digest == *digest {
        return Ok(verified);
    }
    let what = format!("`{tag}` names {digest}, but {} is signed", verified.digest);
    Err(Failure::new(FailureKind::Integrity, Side::Sink, what).context(name))
}

async fn open(
    notary: &Arc<Notary>,
    lack: Lack,
    spec: &SignerSpec,
    secrets: &Secrets,
) -> Result<(), Failure> {
    if let Lack::Key { path, .. } = &lack
        && !PrivateKey::is_sealed(&crate::sign::read_key(path)?)
    {
        return notary.open(&lack, None).map_err(Unopened::failure);
    }
    let (guard, is_new) = match &lack {
        Lack::Key { guard, .. } => (*guard, false),
        Lack::Passphrase { guard } => (*guard, true),
    };
    let (sources, what) = match guard {
        Guard::Root => (
            with_variable(root_sources(spec), "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"),
            format!("the root key of {}", spec.name),
        ),
        Guard::Repository => (
            with_variable(&spec.passphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"),
            spec.name.to_string(),
        ),
    };
    let tried = |passphrase: Secret| {
        let (notary, lack) = (Arc::clone(notary), lack.clone());
        let opened = tokio::task::spawn_blocking(move || notary.open(&lack, Some(passphrase)));
        async move {
            let lost = |error| Failure::from_error(FailureKind::Internal, Side::Local, &error);
            opened.await.map_err(|error| Unopened::Other(lost(error)))?
        }
    };
    if is_new {
        let passphrase = chosen(secrets, &what, &sources).await?;
        return tried(passphrase).await.map_err(Unopened::failure);
    }
    secrets.open(&format!("the passphrase of {what}"), &sources, tried).await
}

/// Where the passphrase of the root key comes from.
fn root_sources(spec: &SignerSpec) -> &[SecretSource] {
    match &spec.with {
        Signing::Notary { root_passphrase, .. } => root_passphrase,
        _ => &[],
    }
}

/// A passphrase for a key that does not exist yet: the user types it
/// twice.
async fn chosen(
    secrets: &Secrets,
    what: &str,
    sources: &[SecretSource],
) -> Result<Secret, Failure> {
    let what = format!("passphrase for a new key: {what}");
    let first = secrets.find(&what, sources).await?;
    secrets.forget(sources);
    let second = secrets.find(&format!("repeat: {what}"), sources).await?;
    if first.expose_secret() == second.expose_secret() {
        return Ok(first);
    }
    secrets.forget(sources);
    Err(Failure::new(FailureKind::Invalid, Side::Local, "the two entries differ").context(what))
}

/// The server that the configuration names, else the one of the environment,
/// which Docker's tools want to speak TLS.
fn server(configured: Option<&str>, environment: &Environment) -> Result<Option<Url>, Failure> {
    let (text, from, schemes) = match configured {
        Some(text) => (text.to_owned(), "the notary server", &["http", "https"][..]),
        None => match environment.text(SERVER) {
            Some(text) => (text, SERVER, &["https"][..]),
            None => return Ok(None),
        },
    };
    let is_server = |url: &Url| {
        schemes.contains(&url.scheme())
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let url = Url::parse(&text).ok().filter(is_server);
    url.map(Some).ok_or_else(|| {
        // It is not repeated: there may be a password in it.
        Failure::new(FailureKind::Invalid, Side::Local, "it is not the URL of a server")
            .context(from)
            .hint("write it as https://notary.example.org, without user or password")
    })
}

/// Where Docker's tools have their settings, keys and certificates.
fn docker_folder(environment: &Environment) -> Result<PathBuf, Failure> {
    if let Some(folder) = environment.path("DOCKER_CONFIG") {
        return Ok(folder);
    }
    let home = etcetera::home_dir().map_err(|error| {
        Failure::from_error(FailureKind::NotFound, Side::Local, &error).hint("set $HOME")
    })?;
    Ok(home.join(".docker"))
}
