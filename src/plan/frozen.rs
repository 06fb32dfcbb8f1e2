//! A plan: its jobs are in order and name nothing that it does not have.

use std::path::Path;

use serde::{Deserialize, Serialize, Serializer};

use super::{Job, JobId, PlanParts, PlannedArtifact, Work, index::PlanIndex};
use crate::model::{
    ArtifactName, Builder, Entry, Platform, SignerSpec, SinkName, SinkSpec, SinkUrl, StageName,
    StageSpec, relative,
};

/// All that a run will do.
///
/// Written down, its paths are relative to its root, where they lie below that.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "PlanParts")]
pub struct Plan {
    pub(super) parts: PlanParts,
    index: PlanIndex,
}

/// Jobs that do not form a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A job does not stand at the place that its number names.
    #[error("job {0} does not have its own number", found.0)]
    OutOfPlace {
        /// The job.
        found: JobId,
    },
    /// A job waits for one that does not come before it.
    #[error("job {0} waits for job {1}, which is not before it", job.0, on.0)]
    Later {
        /// The job.
        job: JobId,
        /// What it waits for.
        on: JobId,
    },
    /// A job names an artifact, sink or signer that the plan does not have.
    #[error("job {0} names {name}, which the plan does not have", job.0)]
    Unnamed {
        /// The job.
        job: JobId,
        /// What it names.
        name: String,
    },
}

impl Plan {
    /// The plan that consists of `parts`.
    ///
    /// # Errors
    ///
    /// Fails unless each job stands at its number and waits for earlier ones
    /// only, so that a plan has no cycle; and unless all that jobs name is
    /// among the parts.
    pub fn new(parts: PlanParts) -> Result<Self, PlanError> {
        for (place, job) in parts.jobs.iter().enumerate() {
            if job.id.0 as usize != place {
                return Err(PlanError::OutOfPlace { found: job.id });
            }
            if let Some(&on) = job.after.iter().find(|on| on.0 >= job.id.0) {
                return Err(PlanError::Later { job: job.id, on });
            }
        }
        let index = PlanIndex::of(&parts);
        match parts.jobs.iter().find_map(|job| Some((job.id, index.lacks(&parts, &job.work)?))) {
            Some((job, name)) => Err(PlanError::Unnamed { job, name }),
            None => Ok(Self { parts, index }),
        }
    }

    /// What it consists of.
    #[must_use]
    pub fn into_parts(self) -> PlanParts {
        self.parts
    }

    /// The same plan, which puts back what `run` moved.
    #[must_use]
    pub fn undoing(mut self, run: String) -> Self {
        self.parts.undoes = Some(run);
        self
    }

    /// A job by its number.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<&Job> {
        self.parts.jobs.get(id.0 as usize)
    }

    /// The jobs, each after those that it waits for.
    #[must_use]
    pub fn jobs(&self) -> &[Job] {
        &self.parts.jobs
    }

    /// A sink by its name; none too where what it says is not known yet.
    #[must_use]
    pub fn sink(&self, name: &SinkName) -> Option<&SinkSpec> {
        self.parts.sinks.get(*self.index.sinks.get(name)?)?.spec()
    }

    /// Where a sink was when it was planned, to be compared with where others
    /// are; what it says now need not be known.
    #[must_use]
    pub fn planned_place(&self, name: &SinkName) -> Option<SinkUrl> {
        let entry = self.parts.sinks.get(*self.index.sinks.get(name)?)?;
        let url = entry.shown().parse::<SinkUrl>().ok()?;
        Some(url.map_path(|path| self.root.join(path)))
    }

    /// The sinks of which it is known what they say.
    pub fn known_sinks(&self) -> impl Iterator<Item = &SinkSpec> {
        self.parts.sinks.iter().filter_map(Entry::spec)
    }

    /// The signers of which it is known what they say.
    pub fn known_signers(&self) -> impl Iterator<Item = &SignerSpec> {
        self.parts.signers.iter().filter_map(Entry::spec)
    }

    /// An artifact by its name.
    #[must_use]
    pub fn artifact(&self, name: &ArtifactName) -> Option<&PlannedArtifact> {
        self.parts.artifacts.get(*self.index.artifacts.get(name)?)
    }

    /// The jobs that push a platform of an artifact, one for each sink.
    #[must_use]
    pub fn pushes(&self, artifact: &ArtifactName, platform: &Platform) -> &[JobId] {
        let key = (artifact.clone(), platform.clone());
        self.index.pushes.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Whether a step of another artifact has made what `job` would make.
    #[must_use]
    pub fn is_shared(&self, job: &Job) -> bool {
        let is_step = |job: &Job| matches!(job.work, Work::Make { stage: Some(_), .. });
        matches!(job.work, Work::Make { stage: None, .. })
            && job.after.iter().filter_map(|id| self.job(*id)).any(is_step)
    }

    /// A step on the way to an artifact's content.
    #[must_use]
    pub fn stage(&self, artifact: &ArtifactName, name: &StageName) -> Option<&StageSpec> {
        self.artifact(artifact)?.stages.iter().find(|stage| stage.name == *name)
    }

    /// Where an artifact is built for a platform, if it is built.
    #[must_use]
    pub fn builder(&self, artifact: &ArtifactName, platform: &Platform) -> Option<&Builder> {
        let platforms = &self.artifact(artifact)?.platforms;
        platforms.iter().find(|of| of.platform == *platform)?.builder.as_ref()?.spec()
    }
}

impl std::ops::Deref for Plan {
    type Target = PlanParts;

    fn deref(&self) -> &PlanParts {
        &self.parts
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let root = self.root.clone();
        self.parts.clone().map_paths(|path| relative(path, &root)).serialize(serializer)
    }
}

impl TryFrom<PlanParts> for Plan {
    type Error = PlanError;

    fn try_from(parts: PlanParts) -> Result<Self, Self::Error> {
        let root = parts.root.clone();
        Self::new(
            parts.map_paths(
                |path| if path == Path::new(".") { root.clone() } else { root.join(path) },
            ),
        )
    }
}
