//! Whether what a tag names is a newer version than another.

use super::Age;
use crate::{
    model::{Digest, Failure, Tag},
    ports::{Shelf, all_tags, resolve_all},
};

/// How many newer versions are compared with what the tag names.
const VERSIONS: usize = 20;

/// The version that names `digest`, where that is newer than `ours`. At most
/// twenty are compared, the newest first.
///
/// # Errors
///
/// Fails where the tags cannot be listed or looked up.
pub async fn newer_version(
    shelf: &dyn Shelf,
    digest: &Digest,
    ours: &Tag,
) -> Result<Option<Tag>, Failure> {
    let age = Age::of(ours.as_str());
    let mut newer = all_tags(shelf).await?.unwrap_or_default();
    newer.retain(|tag| Age::is_version(tag.as_str()) && Age::of(tag.as_str()) > age);
    newer.sort_by_cached_key(|tag| std::cmp::Reverse(Age::of(tag.as_str())));
    newer.truncate(VERSIONS);
    let named = resolve_all(shelf, newer).await?;
    Ok(named.into_iter().find(|(_, of)| of.digest == *digest).map(|(tag, _)| tag))
}
