//! Whether a disk has room for what it lacks.

use std::collections::HashSet;

use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side, SinkName, bytes},
    ports::Place,
};

/// What a sink lacks of what is to be there, counted together.
#[derive(Default)]
pub(super) struct Lack {
    bytes: u64,
    counted: HashSet<Digest>,
}

impl Lack {
    /// Counts what `place` lacks of `nodes`. Fails where the disk of the sink
    /// `at` has too little room for all that was counted.
    pub(super) async fn add(
        &mut self,
        at: &SinkName,
        place: &dyn Place,
        nodes: Vec<Descriptor>,
    ) -> Result<(), Failure> {
        let Some(room) = place.room().await? else { return Ok(()) };
        for node in nodes {
            if self.counted.insert(node.digest.clone()) && !place.exists(&node).await? {
                self.bytes = self.bytes.saturating_add(node.size);
            }
        }
        if self.bytes <= room {
            return Ok(());
        }
        let what = format!("`{at}` has room for {}, and needs {}", bytes(room), bytes(self.bytes));
        Err(Failure::new(FailureKind::Storage, Side::Sink, what).hint("make room there"))
    }
}
