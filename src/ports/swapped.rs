//! Several tags that move at once.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::{StreamExt, future::BoxFuture, stream};

use crate::model::{Descriptor, Digest, Failure, Rank, Tag};

/// How many tags are removed at once.
const PARALLEL: usize = 8;

/// A tag that moves, if it names what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// The tag.
    pub tag: Tag,
    /// What it must name before.
    pub expected: Option<Digest>,
    /// What it will name; none: it is removed.
    pub to: Option<Descriptor>,
    /// Where it goes in a list that keeps its order; none: to the end.
    pub rank: Option<Rank>,
}

impl Swap {
    /// A tag that names nothing and will name `to`.
    #[must_use]
    pub fn onto_nothing(tag: &Tag, to: &Descriptor) -> Self {
        Self { tag: tag.clone(), expected: None, to: Some(to.clone()), rank: None }
    }
}

/// The move of a tag, which returns how many bytes it freed.
pub type Moving<'m> = BoxFuture<'m, Result<u64, Failure>>;

/// What became of tags that were to move. Those of which nothing is told were
/// not begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swapped {
    /// The numbers of those that moved, each with the bytes that it freed.
    pub done: Vec<(usize, u64)>,
    /// The numbers of those that failed, each with why.
    pub failed: Vec<(usize, Failure)>,
    /// Why what follows on the moves failed, such as writing a list.
    pub after: Option<Failure>,
}

impl Swapped {
    /// The same, where what follows on the moves ended so.
    #[must_use]
    pub fn then(self, ended: Result<(), Failure>) -> Self {
        Self { after: ended.err().map(Failure::unsure), ..self }
    }

    /// None moved, for one reason.
    #[must_use]
    pub fn none(failure: Failure) -> Self {
        Self { failed: vec![(0, failure)], ..Self::default() }
    }

    /// Whether all moved, where no single one counts.
    ///
    /// # Errors
    ///
    /// Fails as the first move did that failed.
    pub fn all(self) -> Result<(), Failure> {
        let failed = self.failed.into_iter().next().map(|(_, failure)| failure);
        failed.or(self.after).map_or(Ok(()), Err)
    }
}

/// Moves each of `swaps`, which `moves` do, until one fails: those that will
/// name something in turn, and then removals side by side. So a removal that is
/// refused keeps no tag from being put back.
pub async fn swap_each(swaps: &[Swap], moves: Vec<Moving<'_>>) -> Swapped {
    let (gone, others): (Vec<_>, Vec<_>) =
        moves.into_iter().enumerate().partition(|(at, _)| swaps[*at].to.is_none());
    let has_failed = Arc::new(AtomicBool::new(false));
    let gone: Vec<_> = gone.into_iter().map(|of| unless(&has_failed, of)).collect();
    let mut ended = Vec::new();
    for of in others {
        ended.push(unless(&has_failed, of).await);
    }
    ended.extend(stream::iter(gone).buffered(PARALLEL).collect::<Vec<_>>().await);
    let mut swapped = Swapped::default();
    for (at, ended) in ended.into_iter().flatten() {
        match ended {
            Ok(freed) => swapped.done.push((at, freed)),
            Err(failure) => swapped.failed.push((at, failure)),
        }
    }
    swapped
}

/// Makes a move, unless one has failed.
fn unless<'m>(
    has_failed: &Arc<AtomicBool>,
    (at, moving): (usize, Moving<'m>),
) -> BoxFuture<'m, Option<(usize, Result<u64, Failure>)>> {
    let has_failed = Arc::clone(has_failed);
    Box::pin(async move {
        if has_failed.load(Ordering::Relaxed) {
            return None;
        }
        let ended = moving.await;
        has_failed.fetch_or(ended.is_err(), Ordering::Relaxed);
        Some((at, ended))
    })
}

/// Puts tags that come back to where they stood. One with a neighbour that is gone
/// comes last.
#[must_use]
pub fn ranked(order: Vec<String>, swaps: &[Swap]) -> Vec<String> {
    let ranks: HashMap<&str, &Rank> = swaps
        .iter()
        .filter(|swap| swap.to.is_some())
        .filter_map(|swap| Some((swap.tag.as_str(), swap.rank.as_ref()?)))
        .collect();
    let (mut waiting, mut placed): (Vec<String>, Vec<String>) =
        order.into_iter().partition(|name| ranks.contains_key(name.as_str()));
    loop {
        let place = |name: &String| match ranks.get(name.as_str())? {
            Rank::First => Some(0),
            Rank::After(other) => Some(1 + placed.iter().position(|of| of == other.as_str())?),
        };
        let next = waiting.iter().enumerate().find_map(|(at, name)| Some((at, place(name)?)));
        let Some((at, to)) = next else { break };
        placed.insert(to, waiting.remove(at));
    }
    placed.extend(waiting);
    placed
}
