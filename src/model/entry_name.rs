//! What the entries of an image layout are called, by whatever tool wrote it.
//!
//! castoff writes `NAME:TAG`; skopeo, buildah, crane and umoci write a tag
//! alone, or all that was typed; containerd and Docker write the tag, and the
//! whole name in an annotation of their own.

use super::{Descriptor, Repository, Tag};

/// The annotations that hold an entry's name: that of the OCI image
/// specification (annotations.md), and the one in which containerd keeps the
/// whole name.
pub const ENTRY_NAMES: [&str; 2] = [NAME, "io.containerd.image.name"];
const NAME: &str = "org.opencontainers.image.ref.name";
/// What Docker's own names leave out.
const FAMILIAR: [&str; 2] = ["docker.io/library/", "docker.io/"];

/// All that an entry may be called; first what it is listed as.
#[must_use]
pub fn entry_names(entry: &Descriptor) -> Vec<&str> {
    let annotation = |name: &str| entry.annotations.get(name).map(String::as_str);
    let [name, image] = ENTRY_NAMES.map(annotation);
    // A tag alone says less than a whole name.
    let is_tag = name.is_none_or(|name| name.parse::<Tag>().is_ok());
    let ordered = if is_tag { [image, name] } else { [name, image] };
    let mut names: Vec<&str> = Vec::new();
    for name in ordered.into_iter().flatten().filter(|name| !name.is_empty()) {
        let familiar = FAMILIAR.iter().filter_map(|host| name.strip_prefix(host));
        for name in std::iter::once(name).chain(familiar) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The repository and tag that an entry's name stands for; none where it is
/// outside the grammar. A registry with a port is left out, since no
/// repository has one.
#[must_use]
pub fn split_entry_name(name: &str) -> Option<(Repository, Tag)> {
    if let Ok(tag) = name.parse() {
        return Some((Repository::nameless(), tag));
    }
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag.parse().ok()?),
        _ => (name, Tag::latest()),
    };
    let without_host = || repository.split_once('/')?.1.parse().ok();
    let repository = repository.parse().ok().or_else(without_host)?;
    Some((repository, tag))
}

/// What castoff calls an entry: `NAME:TAG`, or a tag alone where there is no
/// repository.
#[must_use]
pub fn entry_name(repository: &Repository, tag: &Tag) -> String {
    if repository.is_nameless() { tag.to_string() } else { format!("{repository}:{tag}") }
}
