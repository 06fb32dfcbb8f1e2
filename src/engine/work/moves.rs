//! The tags of a sink that move in one job, those of each repository together.

use std::{collections::HashMap, sync::Arc};

use super::{ReleaseWorker, internal};
use crate::{
    model::{ArtifactKind, Failure, Repository, SinkName, Tag, TagName},
    plan::{TagMove, TagTarget},
    ports::{Desk, SinkRepository, TagMoves},
};

/// The moves that were begun at a sink. What they need is released when this is
/// dropped.
pub(super) struct SinkMoves(HashMap<(ArtifactKind, Repository), Begun>);

/// The moves of one repository.
pub(super) struct Begun {
    pub(super) place: Arc<dyn SinkRepository>,
    pub(super) moves: Box<dyn TagMoves>,
}

impl SinkMoves {
    /// Begins `moves` at `sink`. Touches no network.
    pub(super) fn begin(
        worker: &ReleaseWorker,
        sink: &SinkName,
        moves: &[TagMove],
    ) -> Result<Self, Failure> {
        let mut removed: HashMap<(ArtifactKind, Repository), Vec<Tag>> = HashMap::new();
        for TagMove { name, to, .. } in moves {
            let removed = removed.entry((name.kind, name.repository.clone())).or_default();
            removed.extend((*to == TagTarget::Nothing).then(|| name.tag.clone()));
        }
        let begun = removed.into_iter().map(|((kind, repository), removed)| {
            let place = worker.places.open(sink, kind, &repository)?;
            let moves = Arc::clone(&place).begin(removed);
            Ok(((kind, repository), Begun { place, moves }))
        });
        begun.collect::<Result<_, _>>().map(Self)
    }

    /// The moves of the repository of `name`.
    pub(super) fn of(&mut self, name: &TagName) -> Result<&mut Begun, Failure> {
        let begun = self.0.get_mut(&(name.kind, name.repository.clone()));
        begun.ok_or_else(|| internal("the moves of a tag were never begun"))
    }

    /// Removes what was only needed until the tags had moved.
    pub(super) async fn settle(&mut self) -> Result<(), Failure> {
        for Begun { moves, .. } in self.0.values_mut() {
            moves.settle().await?;
        }
        Ok(())
    }

    /// Tells what is to be said of how the tags moved.
    pub(super) fn pass_remarks(&mut self, desk: &Desk) {
        for Begun { moves, .. } in self.0.values_mut() {
            for remark in moves.remarks() {
                desk.output.line(remark);
            }
        }
    }
}
