//! Content on its way: made, pushed and joined, by digest only.

use std::collections::HashSet;

use super::{IndexOf, Inputs, ReleaseWorker, internal};
use crate::{
    engine::{Copier, Done},
    model::{
        ArtifactName, Descriptor, Digest, Failure, FailureKind, Origin, Platform, ReleasePlatform,
        Side, StageName,
    },
    plan::Job,
    ports::{Desk, SinkRepository, Source},
};

impl ReleaseWorker {
    /// Does a step on the way to one platform's content.
    pub(super) async fn step(
        &self,
        artifact: &ArtifactName,
        platform: &Platform,
        stage: &StageName,
        inputs: &Inputs,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let (from, platform) = self.source(artifact, platform)?;
        let force = self.plan.force && inputs.before.is_none();
        let maker = self.makers.of(from)?;
        let reused = maker.step(from, platform, stage, force, desk).await?;
        Ok(Done { reused, ..Done::default() })
    }

    /// Whether a step puts the content into the store.
    pub(super) fn is_made_by(&self, artifact: &ArtifactName, stage: &StageName) -> bool {
        self.plan.stage(artifact, stage).is_some_and(|stage| stage.makes)
    }

    fn source(
        &self,
        artifact: &ArtifactName,
        platform: &Platform,
    ) -> Result<(&Origin, &ReleasePlatform), Failure> {
        let planned = self.plan.artifact(artifact);
        let planned = planned.ok_or_else(|| internal("the artifact is not in the plan"))?;
        let source = planned.platforms.iter().find(|candidate| candidate.platform == *platform);
        let source = source.ok_or_else(|| internal("the platform is not in the plan"))?;
        Ok((&planned.from, source))
    }

    /// Puts one platform's content into the store.
    pub(super) async fn make(
        &self,
        job: &Job,
        artifact: &ArtifactName,
        platform: &Platform,
        inputs: &Inputs,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let (from, source) = self.source(artifact, platform)?;
        // What a resumed run has made once must come out the same.
        let force = self.plan.force && inputs.before.is_none() && !self.plan.is_shared(job);
        let made = self.makers.of(from)?.make(from, source, force, desk).await?;
        if let Some(before) = &inputs.before
            && before.first().map(|root| &root.digest) != Some(&made.root.digest)
        {
            let what = match from {
                Origin::Build { .. } | Origin::Veea(_) => {
                    format!("building `{artifact}` for {platform} again made another image")
                }
                _ => {
                    format!(
                        "the source of `{artifact}` for {platform} has changed since the run \
                         began"
                    )
                }
            };
            return Err(
                Failure::new(FailureKind::Changed, Side::Source, what).hint("begin a new run")
            );
        }
        let reused = made.reused;
        let made = std::iter::once(made.root).chain(made.attested).collect();
        Ok(Done { made, reused, ..Done::default() })
    }

    /// Copies one platform's content to a sink.
    pub(super) async fn push(
        &self,
        job: &Job,
        place: &dyn SinkRepository,
        inputs: &Inputs,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let mut nodes = self.pushed(job, inputs).iter().cloned();
        let root = nodes.next().ok_or_else(|| internal("the content to push was never made"))?;
        let mut done = self.copy(&*self.store, root, place, HashSet::new(), desk).await?;
        for attestation in nodes {
            let more = self.copy(&*self.store, attestation, place, HashSet::new(), desk).await?;
            done.made.extend(more.made);
            done.reused &= more.reused;
            done.bytes += more.bytes;
        }
        Ok(done)
    }

    /// Copies the index over an artifact's platforms to a sink.
    pub(super) async fn join(
        &self,
        artifact: &ArtifactName,
        place: &dyn SinkRepository,
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
        let there =
            inputs.made.values().flat_map(|made| made.iter()).map(|root| root.digest.clone());
        let skip = if inputs.before.is_some() { HashSet::new() } else { there.collect() };
        let source = self.source_of(artifact).await?;
        self.copy(&*source, index.descriptor(), place, skip, desk).await
    }

    pub(super) async fn copy(
        &self,
        source: &dyn Source,
        root: Descriptor,
        place: &dyn SinkRepository,
        skip: HashSet<Digest>,
        desk: &Desk,
    ) -> Result<Done, Failure> {
        let copier = Copier::new(source, place, desk, skip);
        let bytes = copier.copy(&root).await?;
        let made = std::iter::once(root).chain(copier.into_attached()).collect();
        Ok(Done { made, reused: bytes.sent + bytes.mounted == 0, bytes })
    }
}
