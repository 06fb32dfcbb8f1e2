//! How the fold sees tags move.

use super::{MovedTag, Run, SeenTag};
use crate::{
    model::{Descriptor, Rank, SinkName, TagName},
    plan::JobId,
};

impl Run {
    /// What a tag named before anything was sent, where that was looked at.
    #[must_use]
    pub fn seen(&self, sink: &SinkName, name: &TagName) -> Option<&SeenTag> {
        self.seen.get(&(sink.clone(), name.clone()))
    }

    /// The tags that moved or may have moved, in order.
    #[must_use]
    pub fn moved(&self) -> impl DoubleEndedIterator<Item = &MovedTag> + ExactSizeIterator {
        self.moved.values()
    }

    /// Whether a tag moved or may have moved.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// A tag that moved or may have moved.
    #[must_use]
    pub fn moved_tag(&self, sink: &SinkName, name: &TagName) -> Option<&MovedTag> {
        self.moved.get(&(sink.clone(), name.clone()))
    }

    pub(super) fn on_seen(&mut self, job: JobId, name: &TagName, target: Option<&Descriptor>) {
        let Some(sink) = self.sink_of(job) else { return };
        let seen = SeenTag { sink: sink.clone(), name: name.clone(), target: target.cloned() };
        self.seen.insert((sink, name.clone()), seen);
    }

    /// Only the first move of a tag tells what it named before the run: one
    /// that is made again after a crash may find it moved already.
    pub(super) fn on_moving(
        &mut self,
        job: JobId,
        name: &TagName,
        (before, after): (Option<&Descriptor>, Option<&Descriptor>),
        (beside, rank): (&[Descriptor], Option<&Rank>),
    ) {
        let Some(sink) = self.sink_of(job) else { return };
        let digest = |of: Option<&Descriptor>| of.map(|of| of.digest.clone());
        if let Some(known) = self.moved_mut(job, name) {
            // An index that was made again since others had moved its tag.
            let is_others = digest(before) != digest(known.after.as_ref());
            if !known.confirmed && is_others && digest(after) != digest(known.after.as_ref()) {
                known.before = before.cloned();
            }
            known.after = after.cloned();
            known.begun += 1;
            return;
        }
        let moved = MovedTag {
            sink: sink.clone(),
            name: name.clone(),
            before: before.cloned(),
            after: after.cloned(),
            beside: beside.to_vec(),
            about: Vec::new(),
            rank: rank.cloned(),
            confirmed: false,
            begun: 1,
        };
        self.moved.insert((sink, name.clone()), moved);
    }

    /// The tag was read back: whatever earlier moves came to, it is known now.
    pub(super) fn on_moved(&mut self, job: JobId, name: &TagName) {
        if let Some(moved) = self.moved_mut(job, name) {
            (moved.confirmed, moved.begun) = (true, 0);
        }
    }

    /// A tag stays only as certainly as the least certain of its moves.
    pub(super) fn on_stayed(&mut self, job: JobId, name: &TagName) {
        let Some(known) = self.moved_mut(job, name) else { return };
        known.begun = known.begun.saturating_sub(1);
        if !known.confirmed && known.begun == 0 {
            let key = (known.sink.clone(), known.name.clone());
            self.moved.shift_remove(&key);
        }
    }

    pub(super) fn moved_mut(&mut self, job: JobId, name: &TagName) -> Option<&mut MovedTag> {
        let sink = self.sink_of(job)?;
        self.moved.get_mut(&(sink, name.clone()))
    }

    pub(super) fn sink_of(&self, job: JobId) -> Option<SinkName> {
        self.plan.job(job)?.work.sink().cloned()
    }
}
