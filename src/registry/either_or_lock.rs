//! Two kinds of work that do not bear each other: any number of one kind is
//! done at once, and none of the other meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// One of the two kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CredentialSide {
    /// Names something.
    Write,
    /// Removes something.
    Remove,
}

/// What work of either kind passes.
#[derive(Debug, Default)]
pub(super) struct Sides {
    at_work: Mutex<Option<(CredentialSide, usize)>>,
    changed: Notify,
}

/// Work that goes on; it is over when this is dropped.
pub(super) struct AtWork<'s>(&'s Sides);

impl Sides {
    /// Waits until none of the other kind is at work.
    pub(super) async fn enter(&self, side: CredentialSide) -> AtWork<'_> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if self.try_enter(side) {
                return AtWork(self);
            }
            changed.await;
        }
    }

    fn try_enter(&self, side: CredentialSide) -> bool {
        let mut at_work = self.at_work();
        let count = match *at_work {
            None => 0,
            Some((of, count)) if of == side => count,
            Some(_) => return false,
        };
        *at_work = Some((side, count + 1));
        true
    }

    fn at_work(&self) -> MutexGuard<'_, Option<(CredentialSide, usize)>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        let mut at_work = self.0.at_work();
        let left = at_work.map(|(side, count)| (side, count - 1));
        *at_work = left.filter(|(_, count)| *count > 0);
        if at_work.is_none() {
            drop(at_work);
            self.0.changed.notify_waiters();
        }
    }
}
