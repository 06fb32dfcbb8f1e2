//! What the images of a layout or an archive are called.

use std::{io::Read, path::Path};

use super::{
    docker_archive,
    documents::Documents,
    oci_layout,
    work::{AttemptWork, failed},
};
use crate::{
    archive::{Caps, Compression, open_plain, read_plain},
    model::{Failure, Node, Side, entry_names, media_type},
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
        let documents = oci_layout::documents(Caps::default(), path, &AttemptWork::default());
        inside(&documents.map_err(|error| failed(path, &error))?)
    };
    names.sort();
    names.dedup();
    Ok(names)
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
