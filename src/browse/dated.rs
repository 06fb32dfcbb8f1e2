//! What a tag names, and how old it is.

use jiff::Timestamp;

use super::{Tree, outline};
use crate::{
    model::{Failure, Tag},
    ports::Shelf,
};

/// What a tag names, and how old it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// What it names.
    pub tree: Tree,
    /// When that was made, or else when the tag was moved; none: not known.
    pub date: Option<Timestamp>,
}

/// What `tag` names; none where it names nothing.
///
/// # Errors
///
/// Fails as [`outline`] does, and where the place cannot be asked.
pub async fn dated(shelf: &dyn Shelf, tag: &Tag) -> Result<Option<Dated>, Failure> {
    let Some(root) = shelf.resolve(tag).await? else { return Ok(None) };
    let tree = outline(shelf, &root).await?;
    let date = match tree.created() {
        Some(date) => Some(date),
        None => shelf.moved_at(tag).await?,
    };
    Ok(Some(Dated { tree, date }))
}
