//! What is built: a repository, a Dockerfile, or an image that is ready.

use url::Url;

use super::{
    findings::{Findings, Table},
    login::login,
    paths,
    payload::{BuildContext, GitRepo, Source, WebFile},
};
use crate::{
    git::{Login, Remote},
    model::escape,
    net,
};

/// What is built where no version is named.
pub(super) const HEAD: &str = "HEAD";
/// What a Dockerfile is called where no other is named.
pub(super) const DOCKERFILE: &str = "Dockerfile";
/// What is said of sources that do not go together.
const RULE: &str = "Only one of build sources (git_repo, dockerfile) can be used.\n\
                    build_context can only be used in combination with dockerfile";

/// `source`.
pub(super) fn read(fields: &mut Table<'_>, found: &mut Findings) -> Option<Source> {
    if !fields.has("source") {
        found.mistake("source", if fields.is_written("source") { RULE } else { "it is missing" });
    }
    let mut fields = fields.table("source", found)?;
    let has = ["git_repo", "dockerfile", "build_context"].map(|key| fields.has(key));
    let is_one = matches!(has, [true, false, false] | [false, true, _]);
    if !is_one {
        found.mistake(fields.path(), RULE);
    }
    let repository = fields.table("git_repo", found);
    let repository = repository.and_then(|fields| git_repo(fields, found));
    let file = fields.table("dockerfile", found);
    let file = file.and_then(|fields| web_file(fields, found));
    let has_context = fields.has("build_context");
    let context = fields.table("build_context", found);
    let context = context.and_then(|fields| build_context(fields, found));
    fields.finish(found);
    match (repository, file) {
        (Some(repository), None) => Some(Source::Git(repository)),
        (None, Some(_)) if has_context && context.is_none() => None,
        (None, Some(file)) => Some(Source::Dockerfile { file, context }),
        _ => None,
    }
}

fn git_repo(mut fields: Table<'_>, found: &mut Findings) -> Option<GitRepo> {
    let remote = remote(&mut fields, found);
    let at = fields.at("version");
    let version = fields.text("version", found).unwrap_or(HEAD);
    if version.starts_with('-') || version.contains(|c: char| c.is_whitespace() || c == ':') {
        found.mistake(&at, "it is not a branch, tag or commit");
    }
    let workdir = path(&mut fields, "workdir", ".", found);
    let dockerfile = path(&mut fields, "dockerfile", DOCKERFILE, found);
    fields.finish(found);
    let (remote, version) = (remote?, version.to_owned());
    Some(GitRepo { remote, version, workdir, dockerfile })
}

fn build_context(mut fields: Table<'_>, found: &mut Findings) -> Option<BuildContext> {
    let remote = remote(&mut fields, found);
    let subdir = path(&mut fields, "subdir", ".", found);
    if fields.get("path").is_some() {
        let what = "the builder never used it, and castoff ignores it; give a url";
        found.warning(&fields.at("path"), what);
    }
    fields.finish(found);
    Some(BuildContext { remote: remote?, subdir })
}

fn path(fields: &mut Table<'_>, key: &'static str, default: &str, found: &mut Findings) -> String {
    let at = fields.at(key);
    let path = fields.text(key, found).unwrap_or(default);
    if let Err(why) = paths::check(path) {
        found.mistake(&at, why);
    }
    path.to_owned()
}

/// `url` of a repository, with `username` and `password`.
fn remote(fields: &mut Table<'_>, found: &mut Findings) -> Option<Remote> {
    let at = fields.at("url");
    let url = fields.needed("url", found);
    let login = login(fields, found);
    let remote = match Remote::parse(url?) {
        Ok(remote) => remote,
        Err(why) => {
            found.mistake(&at, why);
            return None;
        }
    };
    let remote = login.into_iter().fold(remote, Remote::with);
    if remote.login().is_some() {
        match remote.web() {
            None => {
                found.warning(
                    &at,
                    "a username and a password are only for http and https, and are ignored",
                );
            }
            Some(url) => refuse_shown(&url, &at, found),
        }
    }
    Some(remote)
}

/// A password over plain HTTP is public.
fn refuse_shown(url: &Url, at: &str, found: &mut Findings) {
    if url.scheme() == "http" && !net::is_local(url) {
        found.mistake(at, "plain HTTP would send the password unencrypted");
    }
}

/// `url` of a file, with `username` and `password`.
fn web_file(mut fields: Table<'_>, found: &mut Findings) -> Option<WebFile> {
    let at = fields.at("url");
    let url = fields.needed("url", found);
    let login = login(&mut fields, found);
    fields.finish(found);
    file_at(url?, &at, login, found)
}

/// The file at a URL; a login that the URL has is taken out of it.
pub(super) fn file_at(
    text: &str,
    at: &str,
    login: Option<Login>,
    found: &mut Findings,
) -> Option<WebFile> {
    let Ok(mut url) = Url::parse(text) else {
        found.mistake(at, "it is not a URL");
        return None;
    };
    if !matches!(url.scheme(), "http" | "https" | "file") {
        let what = format!("`{}:` is not known; use http, https or file", escape(url.scheme()));
        found.mistake(at, what);
        return None;
    }
    let login = login.or_else(|| Login::take_from(&mut url));
    if login.is_some() {
        refuse_shown(&url, at, found);
    }
    Some(WebFile { url, login })
}
