//! Reads what a payload says.

use serde_json::Value;

use super::{
    Image, PLATFORM, PLATFORMS, Payload, Registry, Source,
    findings::{Findings, Item, Table, text},
    source,
};
use crate::{
    git::Login,
    model::{Platform, SinkUrl, escape, nearest},
};

/// What Docker's own registry is called, too.
const HUB: [&str; 3] = ["index.docker.io", "registry-1.docker.io", "index.docker.io/v1"];

/// All of a payload. Where it is none, something was found.
pub(super) fn payload(tree: &Value, found: &mut Findings) -> Option<Payload> {
    let root = Item { path: String::new(), value: tree };
    let mut fields = Table::of(&root, found)?;
    if fields.has("source_type") {
        return source::first_version(fields, found);
    }
    let source = source::read(&mut fields, found);
    let target = fields.table("target", found);
    if target.is_none() && !fields.has("target") {
        found.mistake("target", "it is missing");
    }
    let target = target.and_then(|target| read_target(target, found));
    if fields.get("custom_workdir").is_some() {
        found.warning("custom_workdir", "castoff needs no work folder, and ignores it");
    }
    fields.finish(found);
    let (images, registry) = target?;
    Some(Payload { source: source?, images, registry })
}

fn read_target(mut fields: Table<'_>, found: &mut Findings) -> Option<(Vec<Image>, Registry)> {
    let at = fields.at("images");
    let missing = !fields.has("images");
    let items = fields.list("images", found);
    if missing || items.as_ref().is_some_and(Vec::is_empty) {
        found.mistake(&at, "there must be at least one image");
    }
    let read = |item: &Item<'_>| read_image(item, found);
    let images: Vec<Option<Image>> = items.unwrap_or_default().iter().map(read).collect();
    let registry = read_registry(&mut fields, found);
    fields.finish(found);
    let images: Vec<Image> = images.into_iter().collect::<Option<_>>()?;
    for (place, image) in images.iter().enumerate() {
        if images[..place].iter().any(|other| other.name() == image.name()) {
            let what = format!("another image is also named `{}`", image.name());
            found.mistake(&format!("{at}[{place}]"), what);
        }
    }
    Some((images, registry?))
}

/// `registry`, which must be there.
pub(super) fn read_registry(fields: &mut Table<'_>, found: &mut Findings) -> Option<Registry> {
    if !fields.has("registry") {
        found.mistake(&fields.at("registry"), "it is missing");
    }
    let mut fields = fields.table("registry", found)?;
    let at = fields.at("url");
    let url = fields.needed("url", found);
    let url = url.and_then(|url| registry_url(url, &at, found));
    if fields.has("username") != fields.has("password") {
        let missing = if fields.has("username") { "password" } else { "username" };
        if missing == "password" {
            found.mistake(&fields.at(missing), "it is missing, but a username is given");
        } else {
            found.warning(&fields.at("password"), "it is ignored without a username");
        }
    }
    let login = read_login(&mut fields, found);
    fields.finish(found);
    Some(Registry { url: url?, login })
}

/// `HOST[:PORT][/NAMESPACE]`, with or without `https://`.
pub(super) fn registry_url(text: &str, at: &str, found: &mut Findings) -> Option<SinkUrl> {
    let plain = text.strip_prefix("https://").unwrap_or(text).trim_end_matches('/');
    if plain.contains("://") {
        let hint = "write HOST[:PORT][/NAMESPACE], as in registry.example.org";
        found.mistake(at, format!("it is not a registry: {hint}"));
        return None;
    }
    let plain = if HUB.contains(&plain) { "docker.io" } else { plain };
    match format!("docker://{plain}").parse() {
        Ok(url) => Some(url),
        Err(error) => {
            found.mistake(at, error);
            None
        }
    }
}

/// `username` and `password`, where there are both.
pub(super) fn read_login(fields: &mut Table<'_>, found: &mut Findings) -> Option<Login> {
    let user = fields.text("username", found);
    let password = fields.text("password", found);
    Some(Login { user: user?.to_owned(), password: password?.to_owned().into() })
}

fn read_image(item: &Item<'_>, found: &mut Findings) -> Option<Image> {
    let mut fields = Table::of(item, found)?;
    let repository = named(&mut fields, "image", found);
    let tag = named(&mut fields, "tag", found);
    let at = fields.at("base");
    let base = fields.text("base", found);
    if base.is_some_and(|base| base.starts_with('-') || base.contains(char::is_whitespace)) {
        found.mistake(&at, "it is not an image");
    }
    let platforms = read_platforms(&mut fields, found);
    fields.finish(found);
    Some(Image { repository: repository?, tag: tag?, base: base.map(str::to_owned), platforms })
}

/// A text that must be there, in the grammar of `T`.
pub(super) fn named<T>(fields: &mut Table<'_>, key: &'static str, found: &mut Findings) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let at = fields.at(key);
    let text = fields.needed(key, found)?;
    text.parse().map_err(|error| found.mistake(&at, error)).ok()
}

fn read_platforms(fields: &mut Table<'_>, found: &mut Findings) -> Vec<Platform> {
    let items = fields.list("platforms", found);
    let mut platforms: Vec<Platform> = Vec::new();
    for item in items.iter().flatten() {
        let Some(text) = text(item, found) else { continue };
        if !PLATFORMS.contains(&text) {
            let near = nearest(text, PLATFORMS);
            let hint = near.map_or_else(
                || format!("known: {}", PLATFORMS.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            found.mistake(&item.path, format!("`{}` is not a platform; {hint}", escape(text)));
        } else if let Ok(platform) = text.parse() {
            if platforms.contains(&platform) {
                found.warning(&item.path, format!("{platform} is listed twice"));
            } else {
                platforms.push(platform);
            }
        }
    }
    if items.is_none() {
        platforms.extend(PLATFORM.parse::<Platform>());
    }
    platforms
}

/// The platforms of an image, and the source that an archive is, where one is
/// all that there is.
pub(super) fn of_archive(source: Source, image: Image, registry: Registry) -> Payload {
    Payload { source, images: vec![image], registry }
}
