//! Whether a disk has space for what it lacks.

use std::collections::HashSet;

use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side, SinkName, bytes},
    ports::SinkRepository,
};

/// What a sink lacks of what is to be there, counted together.
#[derive(Default)]
pub(super) struct Shortfall {
    bytes: u64,
    counted: HashSet<Digest>,
}

impl Shortfall {
    /// Counts what `place` lacks of `nodes`, by their sizes alone: what is there
    /// is read when it is pushed. Fails where the disk of the sink `at` has too
    /// little space for all that was counted.
    pub(super) async fn add(
        &mut self,
        at: &SinkName,
        place: &dyn SinkRepository,
        nodes: Vec<Descriptor>,
    ) -> Result<(), Failure> {
        let Some(free) = place.free_space().await? else { return Ok(()) };
        for node in nodes {
            if self.counted.insert(node.digest.clone()) && !place.may_exist(&node).await? {
                self.bytes = self.bytes.saturating_add(node.size);
            }
        }
        if self.bytes <= free {
            return Ok(());
        }
        let what = format!("`{at}` has {} free, and {} is needed", bytes(free), bytes(self.bytes));
        Err(Failure::new(FailureKind::Storage, Side::Sink, what).hint("free some space there"))
    }
}
