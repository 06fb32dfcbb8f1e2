//! What is built: a repository, a Dockerfile, or an image that is ready.

use url::Url;

use super::{
    BuildContext, GitRepo, Image, Payload, Registry, Source, WebFile,
    findings::{Findings, Table},
    paths,
    read::{named, of_archive, read_login, read_registry, registry_url},
};
use crate::{
    git::{Login, Remote},
    model::{Repository, escape},
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
                    "a username and a password are only for http and https, and \
                                   are ignored",
                );
            }
            Some(url) => refuse_shown(&url, &at, found),
        }
    }
    Some(remote)
}

/// `username` and `password`, which are used where both are there.
fn login(fields: &mut Table<'_>, found: &mut Findings) -> Option<Login> {
    if fields.has("username") != fields.has("password") {
        let (mut there, mut missing) = ("username", "password");
        if fields.has(missing) {
            std::mem::swap(&mut there, &mut missing);
        }
        found.warning(&fields.at(there), format!("it is ignored without a {missing}"));
    }
    read_login(fields, found)
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

fn file_at(text: &str, at: &str, login: Option<Login>, found: &mut Findings) -> Option<WebFile> {
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

/// The form of the interface's first version, of which only its archives are
/// still known.
pub(super) fn first_version(mut fields: Table<'_>, found: &mut Findings) -> Option<Payload> {
    if fields.text("source_type", found)? != "tar" {
        let what = "in version 1 only `tar` is known; use `source.git_repo` or `source.dockerfile`";
        found.mistake("source_type", what);
        return None;
    }
    let url = fields.needed("source_url", found);
    let user = fields.text("source_username", found);
    let password = fields.text("source_password", found);
    let login = user.zip(password);
    let login = login.map(|(user, password)| Login {
        user: user.to_owned(),
        password: password.to_owned().into(),
    });
    let file = url.and_then(|url| file_at(url, "source_url", login, found));
    let name = fields.needed("target_image_name", found);
    let tag = named(&mut fields, "target_image_tag", found);
    let target = fields.table("target", found);
    let target = target.and_then(|mut target| read_registry(&mut target, found));
    fields.finish(found);
    let (registry, repository) = named_at(name?, target, found)?;
    let image = Image { repository, tag: tag?, base: None, platforms: Vec::new() };
    Some(of_archive(Source::Archive(file?), image, registry))
}

/// Where an image goes: to the registry that the payload names, or to the one
/// that its name begins with.
fn named_at(
    name: &str,
    target: Option<Registry>,
    found: &mut Findings,
) -> Option<(Registry, Repository)> {
    let at = "target_image_name";
    let (registry, name) = match (target, name.split_once('/')) {
        (Some(registry), _) => (registry, name),
        (None, Some((host, name))) if is_host(host) => {
            (Registry { url: registry_url(host, at, found)?, login: None }, name)
        }
        (None, _) => {
            let what = "it is missing; set it here, or begin target_image_name with its host";
            found.mistake("target.registry", what);
            return None;
        }
    };
    let repository = name.parse().map_err(|error| found.mistake(at, error)).ok()?;
    Some((registry, repository))
}

fn is_host(text: &str) -> bool {
    text.contains(['.', ':']) || text == "localhost"
}
