//! Mark and sweep: what lies at a place and nobody needs any more.
//!
//! Needed is all that a tag names, however deep, and what is about it, such as
//! signatures; and what nothing ever named and is younger than a grace period,
//! since somebody may be about to name it. Anything that cannot be read
//! for another reason than that it is not there ends it all: what is not known
//! is needed.

mod beneath;
mod mark;

use std::{collections::HashSet, time::Duration};

pub use beneath::beneath;
pub use mark::{Marks, mark};

use crate::{
    model::{Descriptor, Failure, Tag},
    ports::{Stored, Sweeper},
};

/// What nobody needs any more at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// What can go, in order.
    pub stored: Vec<Stored>,
    /// What nobody needs either, but is too young to go.
    pub young: Vec<Stored>,
    /// Whether the place keeps its blobs for itself, and only manifests can be
    /// removed, as at a registry.
    pub only_manifests: bool,
}

/// What nobody needs at a place without the tags `gone`, which named
/// `removed`, and what the other tags name.
///
/// # Errors
///
/// Fails where it cannot be known what is needed.
pub async fn leftovers(
    place: &dyn Sweeper,
    gone: &[Tag],
    removed: &[Descriptor],
    grace: Duration,
) -> Result<(Leftovers, Marks), Failure> {
    let inventory = place.inventory().await?;
    let only_manifests = inventory.is_none();
    let marks = mark(place, gone, inventory.as_ref()).await?;
    // What a tag named that is gone is nobody's that is about to name it.
    let mut doomed = HashSet::new();
    mark::walk(place, removed.to_vec(), inventory.as_ref(), &mut doomed).await?;
    let is_young = |stored: &Stored| {
        let is_doomed = stored.needed_by.as_ref().is_some_and(|digest| doomed.contains(digest));
        !is_doomed && stored.age.is_some_and(|age| age < grace)
    };
    let all = match inventory {
        Some(inventory) => inventory.stored,
        None => beneath(place, removed).await?,
    };
    let is_left = |stored: &Stored| {
        stored.needed_by.as_ref().is_none_or(|digest| !marks.needed.contains(digest))
    };
    let (young, stored) = all.into_iter().filter(is_left).partition(is_young);
    Ok((Leftovers { stored, young, only_manifests }, marks))
}
