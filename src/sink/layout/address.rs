//! What stands behind a layout's path: a repository, or a tag alone as other
//! tools write it.

use std::path::Path;

use super::storage::Storage;
use crate::model::{Descriptor, Failure, Repository, Tag, split_entry_name};

/// What a name behind a layout's path says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A repository that has tags there.
    Repository(Repository),
    /// A tag without a repository.
    Tag(Tag),
    /// No name stands there, and the layout holds one image.
    Only(Box<Descriptor>),
    /// The layout has tags without a repository.
    Nameless,
}

/// What `name` says, or that no name is said, of the layout at `path`; none
/// where it holds nothing of that name. Blocks shortly.
///
/// # Errors
///
/// Fails where the layout cannot be read.
pub fn addressed(path: &Path, name: Option<&str>) -> Result<Option<Address>, Failure> {
    let index = Storage::at(path.to_owned()).index()?;
    let entries = index.entries();
    let listed = || entries.iter().filter_map(|(name, _)| split_entry_name(name.as_deref()?));
    let Some(name) = name else {
        let is_nameless = |(of, tag): &(Repository, Tag)| of.is_nameless() && !tag.is_derived();
        if listed().any(|found| is_nameless(&found)) {
            return Ok(Some(Address::Nameless));
        }
        return Ok(only(&entries).map(|node| Address::Only(Box::new(node))));
    };
    if let Some((repository, _)) = listed().find(|(of, _)| of.as_str() == name) {
        return Ok(Some(Address::Repository(repository)));
    }
    let tag = name.parse().ok().filter(|_| index.get(name).is_some());
    Ok(tag.map(Address::Tag))
}

/// The one image of a layout that has no names.
fn only(entries: &[(Option<String>, Descriptor)]) -> Option<Descriptor> {
    let (_, first) = entries.first()?;
    let is_it = |(name, node): &(Option<String>, Descriptor)| {
        name.is_none() && node.is_manifest() && node.digest == first.digest
    };
    entries.iter().all(is_it).then(|| first.clone())
}
