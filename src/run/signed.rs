//! How the fold sees what tags mean change at a notary server.

use super::{Run, SignedTag};
use crate::{
    model::{Descriptor, TagName},
    plan::{JobId, Work},
};

impl Run {
    /// The tags with a meaning that changed or may have changed, in order.
    #[must_use]
    pub fn signed(&self) -> &[SignedTag] {
        &self.signed
    }

    /// Only the first change tells what a tag meant before the run.
    pub(super) fn on_signing(
        &mut self,
        job: JobId,
        name: &TagName,
        (before, after): (Option<&Descriptor>, Option<&Descriptor>),
    ) {
        let Some(Work::Sign { sink, signer, .. }) = self.plan.job(job).map(|job| &job.work) else {
            return;
        };
        let is_it = |known: &SignedTag| {
            known.sink == *sink && known.signer == *signer && known.name == *name
        };
        if let Some(known) = self.signed.iter_mut().find(|known| is_it(known)) {
            known.after = after.cloned();
        } else {
            let (sink, signer, name) = (sink.clone(), signer.clone(), name.clone());
            let (before, after) = (before.cloned(), after.cloned());
            self.signed.push(SignedTag { sink, signer, name, before, after });
        }
    }
}
