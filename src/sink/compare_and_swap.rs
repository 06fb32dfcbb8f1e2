//! The law by which every tag moves: look, compare, write, look again.
//!
//! Few sinks can move a tag on a condition. So each looks what the tag names,
//! refuses where that is not what was expected, writes, and looks again: a
//! publisher that came between is seen, and named.

use async_trait::async_trait;

use super::{contention::Contention, failures};
use crate::{
    model::{Digest, Failure, Tag},
    ports::Swap,
};

/// What a look at a tag showed.
pub(super) struct ObservedTag<S> {
    /// What the tag names.
    pub(super) digest: Digest,
    /// What a write in its place relies on.
    pub(super) seen: S,
}

/// How a kind of sink does the steps.
#[async_trait]
pub(super) trait TagStore: Sync {
    /// What a write relies on, such as which writing of a document was read.
    type Seen: Send + Sync;

    /// What `tag` names; none only where it does not exist.
    async fn look(&self, tag: &Tag) -> Result<Option<ObservedTag<Self::Seen>>, Failure>;

    /// What `tag` names after a write.
    async fn look_again(&self, tag: &Tag) -> Result<Option<Digest>, Failure> {
        Ok(self.look(tag).await?.map(|looked| looked.digest))
    }

    /// Completes a tag that names already what it is to name.
    async fn affirm(
        &self,
        _swap: &Swap,
        _now: Option<ObservedTag<Self::Seen>>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether what is there, which was not expected, is what an earlier move
    /// of this publisher broke off with.
    async fn is_broken_off(
        &self,
        _swap: &Swap,
        _now: Option<&ObservedTag<Self::Seen>>,
    ) -> Result<bool, Failure> {
        Ok(false)
    }

    /// Writes what `swap` wants in the place of what was seen. Returns how many
    /// bytes that freed.
    async fn write(
        &self,
        swap: &Swap,
        now: Option<ObservedTag<Self::Seen>>,
    ) -> Result<u64, Failure>;

    /// The failure of a tag that names `now`, which was not expected.
    fn conflict(&self, _swap: &Swap, now: Option<&Digest>) -> Failure {
        failures::moved(now)
    }

    /// The failure of a write after which the tag names `after`, and not what
    /// was written; before it, it named what was expected or `before`.
    fn unshown(&self, _swap: &Swap, _before: Option<&Digest>, after: Option<&Digest>) -> Failure {
        failures::moved(after)
    }

    /// How often a tag is written that other publishers write too, and that still
    /// names what was expected, and the waits between; none: it is written once.
    fn rounds(&self) -> Option<(usize, Contention)> {
        None
    }

    /// The tag for people.
    fn show(&self, tag: &Tag) -> String;
}

/// Moves a tag. Returns how many bytes that freed.
///
/// # Errors
///
/// Fails as [`FailureKind::Conflict`](crate::model::FailureKind::Conflict)
/// where the tag names neither what was expected nor what it is to name.
pub(super) async fn compare_and_swap<T: TagStore>(at: &T, swap: &Swap) -> Result<u64, Failure> {
    let wanted = swap.to.as_ref().map(|to| &to.digest);
    let mut rounds = at.rounds();
    let (before, freed) = loop {
        let now = at.look(&swap.tag).await.map_err(Failure::undone)?;
        let before = now.as_ref().map(|now| now.digest.clone());
        if before.as_ref() == wanted {
            return at.affirm(swap, now).await.map(|()| 0);
        }
        let is_expected = before == swap.expected;
        if !is_expected && !at.is_broken_off(swap, now.as_ref()).await? {
            return Err(at.conflict(swap, before.as_ref()).undone());
        }
        let more = rounds.as_mut().filter(|(left, _)| *left > 1);
        match (at.write(swap, now).await, more) {
            (Err(failure), Some((left, waits))) if Contention::caused(&failure) => {
                waits.wait(&at.show(&swap.tag)).await?;
                *left -= 1;
            }
            (freed, _) => break (before, freed?),
        }
    };
    let after = at.look_again(&swap.tag).await.map_err(Failure::unsure)?;
    if after.as_ref() == wanted {
        return Ok(freed);
    }
    Err(at.unshown(swap, before.as_ref(), after.as_ref()))
}
