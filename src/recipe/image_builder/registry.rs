//! Where a payload's images go.

use super::{
    findings::{Findings, Table},
    login::read_login,
    payload::Registry,
};
use crate::model::SinkUrl;

/// What Docker's own registry is called, too.
const HUB: [&str; 3] = ["index.docker.io", "registry-1.docker.io", "index.docker.io/v1"];

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
