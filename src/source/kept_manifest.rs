//! What was made of files, remembered together with what is said about it.

use crate::{
    model::{Descriptor, Failure, Index, Node, media_type},
    store::{FileState, Store},
};

/// A manifest, and those of attestations about it.
pub(super) struct KeptManifest {
    pub(super) root: Descriptor,
    pub(super) attested: Vec<Descriptor>,
}

/// What was made of `files` after `recipe`, if all of it is still here.
pub(super) fn recall(
    store: &Store,
    files: &[FileState],
    recipe: &str,
) -> Result<Option<KeptManifest>, Failure> {
    let Some(kept) = store.root_of(files, recipe)? else { return Ok(None) };
    if !kept.is_index() {
        return Ok(Some(KeptManifest { root: kept, attested: Vec::new() }));
    }
    let Ok(Node::Index(list)) = Node::parse(store.read(&kept)?, kept.media_type.as_str()) else {
        return Ok(None);
    };
    let mut nodes = list.manifests.into_iter();
    Ok(nodes.next().map(|root| KeptManifest { root, attested: nodes.collect() }))
}

/// Remembers what [`recall`] tells.
pub(super) fn remember(
    store: &Store,
    files: &[FileState],
    recipe: &str,
    kept: &KeptManifest,
) -> Result<(), Failure> {
    if kept.attested.is_empty() {
        return store.set_root_of(files, recipe, &kept.root);
    }
    let all = std::iter::once(&kept.root).chain(&kept.attested).cloned().collect();
    let list = store.keep(media_type::INDEX, Index::listing(all).raw())?;
    store.set_root_of(files, recipe, &list)
}
