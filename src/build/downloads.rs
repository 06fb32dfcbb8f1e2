//! What `ADD` would bring from elsewhere now: one request for each.

use http::{
    Method,
    header::{CONTENT_LENGTH, ETAG, LAST_MODIFIED},
};
use url::Url;

use super::Reach;
use crate::{
    git::{Git, Remote},
    model::{Digest, Failure, FailureKind, Side},
    net::{OutgoingRequest, kind_of, redacted},
};

/// What a version of a repository is where none is said.
const HEAD: &str = "HEAD";

/// What people are told that something is called: without what may be secret.
pub(super) fn name(source: &str) -> String {
    Url::parse(source).map_or_else(|_| source.to_owned(), |url| redacted(&url))
}

/// What stands for the content that `source` has now.
///
/// # Errors
///
/// Fails where it cannot be asked for, and where the answer tells no version.
pub(super) async fn look(reach: &dyn Reach, git: &Git, source: &str) -> Result<Digest, Failure> {
    match repository(source) {
        Some((remote, version)) => commit(git, remote, version).await,
        None => file(reach, source).await,
    }
}

/// The repository that a source is, and the version of it (BuildKit,
/// `util/gitutil/git_ref.go`); none where it is a file.
fn repository(source: &str) -> Option<(String, &str)> {
    let (remote, fragment) = source.split_once('#').unwrap_or((source, ""));
    let is_web = remote.starts_with("http://") || remote.starts_with("https://");
    let path = remote.split_once('?').map_or(remote, |(path, _)| path);
    if is_web && path.strip_suffix(".git").is_none() {
        return None;
    }
    // What follows is a folder of it.
    let version = fragment.split_once(':').map_or(fragment, |(version, _)| version);
    let scheme = if remote.starts_with("github.com/") { "https://" } else { "" };
    Some((format!("{scheme}{remote}"), if version.is_empty() { HEAD } else { version }))
}

async fn commit(git: &Git, remote: String, version: &str) -> Result<Digest, Failure> {
    let unknown = |why: String| Failure::new(FailureKind::Invalid, Side::Source, why);
    let remote = Remote::parse(&remote).map_err(unknown)?;
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::from_io(Side::Local, std::env::temp_dir().display(), &error))?;
    let commit = git.commit(&remote, version, folder.path()).await?;
    Ok(Digest::of(commit.as_bytes()))
}

async fn file(reach: &dyn Reach, source: &str) -> Result<Digest, Failure> {
    let url = Url::parse(source)
        .map_err(|error| Failure::from_error(FailureKind::Invalid, Side::Source, &error))?;
    let http = reach.web(url.scheme() == "http")?;
    let answer = http.send(OutgoingRequest::new(Method::HEAD, url)).await?;
    if !answer.status.is_success() {
        return Err(answer.fault(kind_of(answer.status), answer.status));
    }
    let told =
        |name| answer.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let (tag, time) = (told(ETAG), told(LAST_MODIFIED));
    if tag.is_none() && time.is_none() {
        let why = "its server sends neither an ETag nor a modification time";
        return Err(answer.fault(FailureKind::Protocol, why));
    }
    let version = serde_json::json!([tag, time, told(CONTENT_LENGTH)]);
    Ok(Digest::of(version.to_string().as_bytes()))
}
