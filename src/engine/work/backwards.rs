//! Moving tags that go back to an older version: told before they move.

use crate::{
    browse::{Age, newer_version},
    model::{Descriptor, Failure, Repository, SinkName, Tag},
    plan::{TagMove, TagTarget},
    ports::Shelf,
};

/// The moving tags among `moves`, each with the newest version that its
/// repository gets by them.
pub(super) fn moving(moves: &[TagMove]) -> impl Iterator<Item = (&TagMove, &Tag)> {
    moves.iter().filter(|tag| is_moving(tag)).filter_map(|tag| {
        let ours = version(moves, &tag.name.repository)?;
        Some((tag, ours))
    })
}

/// A line for a tag that names `now`, where that is a newer version than
/// `ours`.
///
/// # Errors
///
/// Fails where the tags of the place cannot be listed or looked up.
pub(super) async fn goes_back(
    shelf: &dyn Shelf,
    sink: &SinkName,
    tag: &TagMove,
    now: &Descriptor,
    ours: &Tag,
) -> Result<Option<String>, Failure> {
    let theirs = newer_version(shelf, &now.digest, ours).await?;
    Ok(theirs.map(|theirs| {
        let name = &tag.name;
        format!(
            "`{name}` at {sink} moves to an older version: it names {theirs} now, and this run \
             is {ours}"
        )
    }))
}

fn is_moving(tag: &TagMove) -> bool {
    tag.to != TagTarget::Nothing && !Age::is_version(tag.name.tag.as_str())
}

/// The newest version that is released to a repository.
fn version<'m>(moves: &'m [TagMove], repository: &Repository) -> Option<&'m Tag> {
    let here = moves.iter().map(|of| &of.name).filter(|name| name.repository == *repository);
    let versions = here.map(|name| &name.tag).filter(|tag| Age::is_version(tag.as_str()));
    versions.max_by_key(|tag| Age::of(tag.as_str()))
}
