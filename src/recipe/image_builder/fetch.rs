//! Brings what a payload builds to this machine.

use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Method};
use secrecy::ExposeSecret;
use tokio::{fs::File, io::AsyncWriteExt};
use url::Url;

use super::{
    paths,
    payload::{BuildContext, GitRepo, PayloadSource, WebFile},
    source::HEAD,
};
use crate::{
    git::{Git, GitLogin, Remote},
    model::{Failure, FailureKind, Side},
    net::{ClientOptions, Http, HttpAnswer, Network, OutgoingRequest, is_local, redacted},
    recipe::{
        Cache, Dockerfile, HeldFolder,
        text::{LIMIT, text},
    },
};

/// A payload's source on this machine.
#[derive(Debug)]
pub struct Fetched {
    /// The folder that is built in; none: there is nothing to be copied.
    pub context: Option<PathBuf>,
    /// How it is built.
    pub dockerfile: Dockerfile,
    /// Keeps the folder.
    pub held: Option<HeldFolder>,
}

/// The commit that a source's repository is at; none where there is no
/// repository.
///
/// # Errors
///
/// Fails where the repository cannot be read, or has no such version.
pub async fn commit(source: &PayloadSource, git: &Git) -> Result<Option<String>, Failure> {
    let (remote, version) = match source {
        PayloadSource::Git(GitRepo { remote, version, .. }) => (remote, version.as_str()),
        PayloadSource::Dockerfile { context: Some(context), .. } => (&context.remote, HEAD),
        PayloadSource::Dockerfile { context: None, .. } | PayloadSource::Archive(_) => {
            return Ok(None);
        }
    };
    let scratch = tempfile::tempdir();
    let scratch = scratch
        .map_err(|error| Failure::from_io(Side::Local, std::env::temp_dir().display(), &error))?;
    git.commit(remote, version, scratch.path()).await.map(Some)
}

/// Fetches a source, its repository at `commit`.
///
/// # Errors
///
/// Fails where something of it cannot be had.
pub async fn fetch(
    source: &PayloadSource,
    commit: Option<&str>,
    cache: &Cache,
) -> Result<Fetched, Failure> {
    match source {
        PayloadSource::Git(repository) => in_repository(repository, commit, cache).await,
        PayloadSource::Dockerfile { file, context } => {
            let dockerfile =
                Dockerfile { from: shown(&file.url), text: dockerfile_at(file, cache).await? };
            let (context, held) = match context {
                None => (None, None),
                Some(BuildContext { remote, subdir }) => {
                    let held = checkout(remote, commit, cache).await?;
                    (Some(paths::within(&held.folder, subdir)?), Some(held))
                }
            };
            Ok(Fetched { context, dockerfile, held })
        }
        PayloadSource::Archive(_) => Err(internal("an existing image is not built")),
    }
}

async fn in_repository(
    repository: &GitRepo,
    commit: Option<&str>,
    cache: &Cache,
) -> Result<Fetched, Failure> {
    let GitRepo { remote, workdir, dockerfile, .. } = repository;
    let held = checkout(remote, commit, cache).await?;
    let file = paths::within(&held.folder, dockerfile)?;
    let from = format!("{dockerfile} of {remote}");
    let text = text(&file).map_err(|failure| failure.context(&from))?;
    let context = paths::within(&held.folder, workdir)?;
    Ok(Fetched { context: Some(context), dockerfile: Dockerfile { from, text }, held: Some(held) })
}

/// The files of a commit.
async fn checkout(
    remote: &Remote,
    commit: Option<&str>,
    cache: &Cache,
) -> Result<HeldFolder, Failure> {
    let commit = commit.ok_or_else(|| internal("the commit was never resolved"))?;
    let git = Git::new(cache.network().environment().clone());
    let fill = async |folder: &Path| git.check_out(remote, commit, folder).await;
    cache.get(&format!("git {} {commit}", remote.url()), fill).await
}

async fn dockerfile_at(file: &WebFile, cache: &Cache) -> Result<String, Failure> {
    if file.url.scheme() == "file" {
        return text(&local(&file.url)?);
    }
    let bytes = get(file, cache.network()).await?.bytes(LIMIT).await.map_err(of_source)?;
    String::from_utf8(bytes.into()).map_err(|_| {
        Failure::new(FailureKind::Invalid, Side::Source, "it is not UTF-8 text")
            .context(shown(&file.url))
    })
}

/// Fetches a file to `to`.
///
/// # Errors
///
/// Fails where it cannot be had, has more than `limit` bytes, or the disk
/// fails.
pub async fn archive(
    file: &WebFile,
    network: &Network,
    to: &Path,
    limit: u64,
) -> Result<(), Failure> {
    use tokio::io::AsyncReadExt;
    let failed = |error: &std::io::Error| Failure::from_io(Side::Source, shown(&file.url), error);
    if file.url.scheme() == "file" {
        let from = local(&file.url)?;
        return tokio::fs::copy(from, to).await.map(drop).map_err(|error| failed(&error));
    }
    let mut reader = Box::pin(get(file, network).await?.into_reader().take(limit + 1));
    let mut written = File::create(to).await.map_err(|error| failed(&error))?;
    let count = tokio::io::copy(&mut reader, &mut written).await;
    let count = count.map_err(|error| of_source(failed(&error)))?;
    written.flush().await.map_err(|error| failed(&error))?;
    if count > limit {
        let what = format!("it has more than {}", crate::model::bytes(limit));
        return Err(
            Failure::new(FailureKind::Invalid, Side::Source, what).context(shown(&file.url))
        );
    }
    Ok(())
}

/// Asks for a file. The login goes to its own host alone, also when that one
/// redirects.
async fn get(file: &WebFile, network: &Network) -> Result<HttpAnswer, Failure> {
    if file.url.scheme() == "http" && !is_local(&file.url) {
        let what = "content over plain HTTP can be changed on its way";
        return Err(Failure::new(FailureKind::Protocol, Side::Source, what)
            .context(shown(&file.url))
            .hint("use its https address, or save it and use file:///PATH"));
    }
    let mut request = OutgoingRequest::new(Method::GET, file.url.clone());
    request.authorization = file.login.as_ref().map(basic).transpose()?;
    let answer =
        Http::new(&ClientOptions::on(network.clone()))?.send(request).await.map_err(of_source)?;
    if answer.status.is_success() {
        return Ok(answer);
    }
    let failure = of_source(answer.refusal().await.failure);
    Err(match failure.kind {
        FailureKind::Unauthorized | FailureKind::Forbidden => {
            failure.hint("check `username` and `password` next to its url")
        }
        _ => failure,
    })
}

fn basic(login: &GitLogin) -> Result<HeaderValue, Failure> {
    let pair = STANDARD.encode(format!("{}:{}", login.user, login.password.expose_secret()));
    let mut value = HeaderValue::try_from(format!("Basic {pair}"))
        .map_err(|_| internal("the login cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn local(url: &Url) -> Result<PathBuf, Failure> {
    url.to_file_path().map_err(|()| {
        let what = "write file:///PATH, with an absolute path";
        Failure::new(FailureKind::Invalid, Side::Source, what).context(shown(url))
    })
}

/// A URL as it may be shown.
#[must_use]
pub fn shown(url: &Url) -> String {
    redacted(url)
}

fn of_source(failure: Failure) -> Failure {
    Failure { side: Side::Source, ..failure }
}

fn internal(what: &str) -> Failure {
    Failure::new(FailureKind::Internal, Side::Local, what)
}
