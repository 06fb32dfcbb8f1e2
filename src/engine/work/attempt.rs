//! Which work each kind of job is.

use std::time::Duration;

use async_trait::async_trait;

use super::ReleaseWorker;
use crate::{
    engine::{Inputs, JobDone, Teller, Worker},
    model::{
        ArtifactName, Failure, FailureKind, Joining, Platform, Repository, Side, SinkName,
        StageName,
    },
    plan::{Job, OtherWork, Work},
    ports::Desk,
    sweep::Gone,
};

#[async_trait]
impl Worker for ReleaseWorker {
    async fn attempt(
        &self,
        job: &Job,
        inputs: &Inputs,
        desk: &Desk,
        teller: &Teller,
    ) -> Result<JobDone, Failure> {
        match &job.work {
            Work::Preflight { sink, moves } => {
                self.preflight(job.id, sink, moves, inputs, teller).await
            }
            Work::Make { artifact, platform, stage, .. } => {
                self.make_or_step(job, (artifact, platform, stage.as_ref()), inputs, desk).await
            }
            Work::Push { artifact, sink, repository, .. } => {
                let place = self.place_of(artifact, sink, repository)?;
                self.push(job, &*place, inputs, desk).await
            }
            Work::Join { artifact, sink, repository } => {
                self.join_as_planned(job, (artifact, sink, repository), inputs, (desk, teller))
                    .await
            }
            Work::Sign { .. } => self.sign(job, inputs, desk, teller).await,
            Work::Check { sink, moves } => self.check(job, sink, moves, inputs, desk).await,
            Work::Tag { sink, moves } => {
                let done = self.tag((job.id, sink, moves), inputs, teller, desk).await?;
                self.refuse_overtaken(sink, moves, inputs).await?;
                Ok(done)
            }
            Work::Sweep { sink, artifact_kind, repository, removed, tags, grace_s, stay, dead } => {
                let (stay, dead) = (stay.clone(), dead.clone());
                let gone = Gone { stay, dead, ..Gone::named(*artifact_kind, removed, tags) };
                let grace = Duration::from_secs(*grace_s);
                self.sweep(job.id, (sink, repository), gone, grace, (desk, teller)).await
            }
            Work::Other(other) => Err(unknown(other)),
        }
    }
}

impl ReleaseWorker {
    /// Makes a platform, or does a step on the way to it.
    async fn make_or_step(
        &self,
        job: &Job,
        (artifact, platform, stage): (&ArtifactName, &Platform, Option<&StageName>),
        inputs: &Inputs,
        desk: &Desk,
    ) -> Result<JobDone, Failure> {
        match stage {
            Some(stage) if !self.is_made_by(artifact, stage) => {
                self.step(artifact, platform, stage, inputs, desk).await
            }
            _ => self.make(job, artifact, platform, inputs, desk).await,
        }
    }

    /// Puts an index over an artifact's platforms, as its plan wants one.
    async fn join_as_planned(
        &self,
        job: &Job,
        at: (&ArtifactName, &SinkName, &Repository),
        inputs: &Inputs,
        (desk, teller): (&Desk, &Teller),
    ) -> Result<JobDone, Failure> {
        let (artifact, sink, repository) = at;
        match self.joining(artifact) {
            Joining::Merged if self.merges_at(artifact, sink, repository)? => {
                self.merge(job.id, at, inputs, desk, teller).await
            }
            Joining::Apart => self.leave_apart(artifact, inputs),
            _ => {
                let place = self.place_of(artifact, sink, repository)?;
                self.join(artifact, &*place, inputs, desk).await
            }
        }
    }
}

fn unknown(other: &OtherWork) -> Failure {
    let what = format!("this castoff does not know how to do `{other}`");
    Failure::new(FailureKind::Invalid, Side::Local, what)
        .hint("use the version of castoff that planned it")
}
