//! The digest of a context: of names, modes, links and content, and of no
//! times, so that a checkout elsewhere has the same.

use std::{fs::File, io};

use serde::Serialize;

use super::tree::{ContextTree, NodeKind};
use crate::{
    model::{Digest, Failure, Hasher, Side},
    source::copy_hashed,
    store::{FileState, Store},
};

/// One entry, as it is hashed.
#[derive(Serialize)]
struct ContextEntry<'t, F> {
    name: &'t [String],
    mode: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<F>,
}

/// The digest of `tree`. Where all files look as they did when it was last
/// told, none of them is read.
pub(in crate::build) fn digest(tree: &ContextTree, store: &Store) -> Result<Digest, Failure> {
    let looks = hash(tree, |state| Ok::<_, Failure>(state.clone()))?;
    if let Some(known) = store.content_of(&looks)? {
        return Ok(known);
    }
    let digest = hash(tree, content)?;
    store.set_content_of(&looks, &digest)?;
    Ok(digest)
}

fn hash<F: Serialize>(
    tree: &ContextTree,
    of_file: impl Fn(&FileState) -> Result<F, Failure>,
) -> Result<Digest, Failure> {
    let mut hasher = Hasher::default();
    for (name, node) in tree.nodes() {
        let (link, file) = match &node.kind {
            NodeKind::Folder => (None, None),
            NodeKind::Link(target) => (Some(target.as_str()), None),
            NodeKind::File(state) => (None, Some(of_file(state)?)),
        };
        // A link has no permissions of its own.
        let mode = if link.is_some() { 0 } else { node.mode };
        let entry = ContextEntry { name, mode, link, file };
        let text = serde_json::to_vec(&entry).expect("an entry always becomes JSON");
        hasher.update(&text);
        hasher.update(b"\n");
    }
    Ok(hasher.finish())
}

fn content(state: &FileState) -> Result<Digest, Failure> {
    let read = || -> io::Result<Digest> {
        let mut file = File::open(&state.path)?;
        let hasher = copy_hashed(&mut file, &mut io::sink())?;
        state.expect_same(&FileState::of_open(&state.path, &file)?)?;
        Ok(hasher.finish())
    };
    read().map_err(|error| Failure::from_io(Side::Source, state.path.display(), &error))
}
