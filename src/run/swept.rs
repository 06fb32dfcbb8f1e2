//! How the fold sees what was about content go.

use super::{Run, Swept};
use crate::{
    model::{Tag, TagName},
    plan::{JobId, PutBack, Work},
};

impl Run {
    /// What was about content that was removed or was about to be, each after
    /// what it is about.
    #[must_use]
    pub fn swept(&self) -> &[Swept] {
        &self.swept
    }

    /// What goes with a tag comes back with it. A sweep that is made again
    /// finds less than it did.
    pub(super) fn on_sweeping(
        &mut self,
        job: JobId,
        kept: &[(Tag, PutBack)],
        untagged: &[PutBack],
    ) {
        let work = self.plan.job(job).map(|job| job.work.clone());
        let Some(Work::Sweep { sink, artifact_kind: kind, repository, .. }) = work else { return };
        for (tag, what) in kept {
            let name = TagName { kind, repository: repository.clone(), tag: tag.clone() };
            if let Some(moved) = self.moved_mut(job, &name)
                && !moved.about.contains(what)
            {
                moved.about.push(what.clone());
            }
        }
        for what in kept.iter().map(|(_, what)| what).chain(untagged) {
            let (sink, repository) = (sink.clone(), repository.clone());
            let swept = Swept { sink, repository, kind, what: what.clone() };
            if !self.swept.contains(&swept) {
                self.swept.push(swept);
            }
        }
    }
}
