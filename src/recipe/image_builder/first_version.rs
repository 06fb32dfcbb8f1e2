//! Payloads of the interface's first version.

use super::{
    findings::{Findings, Table},
    payload::{Image, Payload, Registry, Source},
    registry::{read_registry, registry_url},
    source::file_at,
};
use crate::{git::Login, model::Repository};

/// The form of the interface's first version, of which only its archives are
/// still known.
pub(super) fn read(mut fields: Table<'_>, found: &mut Findings) -> Option<Payload> {
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
    let tag = fields.parsed("target_image_tag", found);
    let target = fields.table("target", found);
    let target = target.and_then(|mut target| read_registry(&mut target, found));
    fields.finish(found);
    let (registry, repository) = named_at(name?, target, found)?;
    let image = Image { repository, tag: tag?, base: None, platforms: Vec::new() };
    Some(Payload { source: Source::Archive(file?), images: vec![image], registry })
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
