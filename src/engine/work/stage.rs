//! Content on its way: made, pushed and joined, by digest only.

use std::collections::HashSet;

use super::{IndexOf, Inputs, ReleaseWorker, internal};
use crate::{
    engine::{Copier, Done},
    model::{ArtifactName, Descriptor, Digest, Failure, FailureKind, Origin, Platform, Side},
    plan::Job,
    ports::{Desk, Place, Source},
};

impl ReleaseWorker {
    /// Puts one platform's content into the store.
    pub(super) async fn make(
        &self,
        artifact: &ArtifactName,
        platform: &Platform,
        inputs: &Inputs,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let planned = self
            .plan
            .artifact(artifact)
            .ok_or_else(|| internal("the artifact is not in the plan"))?;
        let source = planned.platforms.iter().find(|candidate| candidate.platform == *platform);
        let source = source.ok_or_else(|| internal("the platform is not in the plan"))?;
        // What a resumed run has made once must come out the same.
        let force = self.plan.force && inputs.before.is_none();
        let made = self.makers.of(&planned.from)?.make(&planned.from, source, force, desk).await?;
        if let Some(before) = &inputs.before
            && before.first().map(|root| &root.digest) != Some(&made.root.digest)
        {
            let what = match &planned.from {
                Origin::Build { .. } => format!(
                    "`{artifact}` for {platform}, built again, is another image than before"
                ),
                _ => {
                    format!("the source of `{artifact}` for {platform} changed since the run began")
                }
            };
            return Err(
                Failure::new(FailureKind::Changed, Side::Source, what).hint("begin a new run")
            );
        }
        Ok(Done { made: vec![made.root], reused: made.reused, ..Done::default() })
    }

    /// Copies one platform's content to a sink.
    pub(super) async fn push(
        &self,
        job: &Job,
        place: &dyn Place,
        inputs: &Inputs,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let root = self
            .pushed(job, inputs)
            .ok_or_else(|| internal("what is to be pushed was never made"))?;
        self.copy(&*self.store, root, place, HashSet::new(), desk).await
    }

    /// Copies the index over an artifact's platforms to a sink.
    pub(super) async fn join(
        &self,
        artifact: &ArtifactName,
        place: &dyn Place,
        inputs: &Inputs,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let index =
            self.index(artifact, inputs).ok_or_else(|| internal("a platform was never pushed"))?;
        if let IndexOf::New(index) = &index {
            self.store.put(&index.descriptor(), index.raw()).await?;
        }
        // The platforms are there; a join that is done again looks for them
        // all, since a check did not find something.
        let there = inputs.made.iter().flat_map(|(_, made)| made).map(|root| root.digest.clone());
        let skip = if inputs.before.is_some() { HashSet::new() } else { there.collect() };
        let source = self.source_of(artifact).await?;
        self.copy(&*source, index.descriptor(), place, skip, desk).await
    }

    pub(super) async fn copy(
        &self,
        source: &dyn Source,
        root: Descriptor,
        place: &dyn Place,
        skip: HashSet<Digest>,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let copier = Copier::new(source, place, desk, skip);
        let bytes = copier.copy(&root).await?;
        let made = std::iter::once(root).chain(copier.into_attached()).collect();
        Ok(Done { made, reused: bytes.sent + bytes.mounted == 0, bytes })
    }
}
