//! What the images of a layout or an archive are called.

use std::{io::Read, path::Path};

use super::{
    docker_archive,
    documents::Documents,
    invalid, oci_layout,
    work::{Work, failed},
};
use crate::{
    archive::{Caps, Compression, open_plain, read_plain},
    model::{Failure, Node, Platform, Side, entry_names, escape, is_known_os, media_type},
};

/// The names in the layout or plain archive at `path`, each once. A compressed
/// one would have to be inflated for them, so it tells none. Blocks.
///
/// # Errors
///
/// Fails where it cannot be read.
pub fn names_in(path: &Path) -> Result<Vec<String>, Failure> {
    let at = |error| Failure::from_io(Side::Source, path.display(), &error);
    let mut names: Vec<String> = if path.is_dir() {
        let raw = read_plain(&path.join("index.json")).map_err(at)?;
        entries(&raw)
    } else {
        let mut start = Vec::new();
        let file = open_plain(path).map_err(at)?;
        file.take(Compression::MAGIC as u64).read_to_end(&mut start).map_err(at)?;
        if Compression::sniff(&start) != Compression::None {
            return Ok(Vec::new());
        }
        let documents = oci_layout::documents(Caps::default(), path, &Work::default());
        inside(&documents.map_err(|error| failed(path, &error))?)
    };
    names.sort();
    names.dedup();
    Ok(names)
}

/// Fails where images of different names would become one index: names may
/// differ in the words of their platforms alone. An image without a name fits
/// to any.
pub(super) fn refuse_strangers(images: &[(Vec<&str>, &Platform)]) -> Result<(), Failure> {
    let plain = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| without_platform(name)).collect()
    };
    let called = images.iter().filter(|(names, _)| !names.is_empty());
    let mut common: Option<Vec<String>> = None;
    for (names, _) in called.clone() {
        let words = plain(names);
        let shared = match &common {
            None => words,
            Some(common) => common.iter().filter(|of| words.contains(of)).cloned().collect(),
        };
        if shared.is_empty() {
            let list = called.map(|(names, platform)| {
                format!("`{}` for {platform}", escape(names.first().unwrap_or(&"")))
            });
            let first = images.iter().find_map(|(names, _)| names.first()).unwrap_or(&"");
            return Err(invalid("it contains images of different names")
                .because(list.collect::<Vec<_>>().join(", "))
                .hint(format!("choose one, as PATH:{}", escape(first))));
        }
        common = Some(shared);
    }
    Ok(())
}

/// A name without the words of its platform: `app:1.0` of `app:1.0-linux-arm64`.
fn without_platform(name: &str) -> String {
    let name = name.to_lowercase().replace("x86_64", "amd64").replace("x86-64", "amd64");
    let mut kept: Vec<&str> = Vec::new();
    let mut before = "";
    for word in name.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let is_platform = is_known_os(word)
            || Platform::new("linux", word, None).is_ok()
            || Platform::is_variant(before, word)
            || word.strip_prefix("arm").is_some_and(|of| Platform::is_variant("arm", of));
        if !is_platform {
            kept.push(word);
        }
        before = word;
    }
    kept.join("-")
}

fn inside(documents: &Documents) -> Vec<String> {
    let docker = documents.get("manifest.json").map(docker_archive::names);
    let layout = documents.get("index.json").map(entries);
    layout.filter(|names| !names.is_empty()).or(docker).unwrap_or_default()
}

/// The names of an `index.json`; none where it cannot be read, which its
/// reader tells.
fn entries(raw: &[u8]) -> Vec<String> {
    let Ok(Node::Index(index)) = Node::parse(raw.to_vec(), media_type::INDEX) else {
        return Vec::new();
    };
    let first = |entry| entry_names(entry).first().map(|name| (*name).to_owned());
    index.manifests.iter().filter_map(first).collect()
}
