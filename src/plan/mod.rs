//! What a run will do, decided before anything is done.
//!
//! A [`Plan`] is frozen: it holds resolved names, URLs, tags and what the
//! sources looked like, and no secret. It is the first line of a journal, so a
//! run can be taken up again from there alone.

mod outlook;
mod planner;
mod upkeep;

use std::path::PathBuf;

pub use outlook::{Outlook, TagOutlook, outlook};
pub use planner::{Refusal, SameTag, plan};
use serde::{Deserialize, Serialize};
pub use upkeep::{Sweep, Transfer, retagging, transfer};

use crate::model::{
    ArtifactKind, ArtifactName, Descriptor, Digest, Origin, Platform, ReleasePlatform, Repository,
    SinkName, SinkSpec, TagName,
};

/// A job's number within its plan, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u32);

/// What one job does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Asks a sink, before anything is sent anywhere, whether it will take all
    /// this, and what its tags name now.
    Preflight {
        /// Where.
        sink: SinkName,
        /// The tags that will move there.
        moves: Vec<TagMove>,
    },
    /// Puts one platform's content into the store.
    Make {
        /// Of which artifact.
        artifact: ArtifactName,
        /// For what.
        platform: Platform,
    },
    /// Copies one platform's content to a sink, by digest.
    Push {
        /// Of which artifact.
        artifact: ArtifactName,
        /// For what.
        platform: Platform,
        /// To where.
        sink: SinkName,
        /// Into which repository there.
        repository: Repository,
    },
    /// Copies the index over an artifact's platforms to a sink, by digest.
    Join {
        /// Of which artifact.
        artifact: ArtifactName,
        /// To where.
        sink: SinkName,
        /// Into which repository there.
        repository: Repository,
    },
    /// Reads back what was staged at a sink, and what its tags name now.
    Check {
        /// Where.
        sink: SinkName,
        /// The tags that will move there.
        moves: Vec<TagMove>,
    },
    /// Moves a sink's tags, one after another.
    Tag {
        /// Where.
        sink: SinkName,
        /// Which, in order.
        moves: Vec<TagMove>,
    },
    /// Removes what nobody needs any more at a sink under one name.
    Sweep {
        /// Where.
        sink: SinkName,
        /// What lies there.
        artifact_kind: ArtifactKind,
        /// In which repository.
        repository: Repository,
        /// What the tags named that this run removes.
        removed: Vec<Descriptor>,
        /// What nothing ever named stays for so many seconds.
        grace_s: u64,
    },
}

/// A tag that moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagMove {
    /// The tag.
    pub name: TagName,
    /// What it must name before; without it, what the preflight saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Whether it may not move once it names something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub immutable: bool,
    /// What it will name.
    pub to: TagTarget,
}

/// What a tag names before it moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Nothing: the tag does not exist.
    Nothing,
    /// The content with this digest.
    Digest(Digest),
}

/// What a tag will name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagTarget {
    /// What this job staged.
    Job(JobId),
    /// This content, which is at the sink.
    Content(Box<Descriptor>),
    /// Nothing: the tag is removed.
    Nothing,
}

/// One job, after those that it waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What it does.
    pub work: Work,
    /// The jobs that must be done before it.
    pub after: Vec<JobId>,
}

/// An artifact as a plan keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedArtifact {
    /// Its name.
    pub name: ArtifactName,
    /// What it is.
    pub kind: ArtifactKind,
    /// Where it comes from.
    pub from: Origin,
    /// What it is released for.
    pub platforms: Vec<ReleasePlatform>,
    /// The index that the source brought along, if it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Descriptor>,
}

/// All that a run will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawPlan")]
pub struct Plan {
    /// The folder that relative paths start from.
    pub root: PathBuf,
    /// Whether what is in the store is made again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    /// The run that this one undoes, if it undoes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// What is released.
    pub artifacts: Vec<PlannedArtifact>,
    /// Where it goes.
    pub sinks: Vec<SinkSpec>,
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
struct RawPlan {
    root: PathBuf,
    #[serde(default)]
    force: bool,
    #[serde(default)]
    undoes: Option<String>,
    artifacts: Vec<PlannedArtifact>,
    sinks: Vec<SinkSpec>,
    jobs: Vec<Job>,
}

/// Jobs that do not form a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A job does not stand at the place that its number names.
    #[error("job {0} is out of place", found.0)]
    OutOfPlace {
        /// The job.
        found: JobId,
    },
    /// A job waits for one that does not come before it.
    #[error("job {0} waits for job {1}, which does not come before it", job.0, on.0)]
    Later {
        /// The job.
        job: JobId,
        /// What it waits for.
        on: JobId,
    },
}

impl Plan {
    /// A plan of `jobs` without artifacts and sinks, which are added to it.
    ///
    /// # Errors
    ///
    /// Fails unless each job stands at its number and waits for earlier ones
    /// only; so a plan has no cycle.
    pub fn new(root: PathBuf, jobs: Vec<Job>) -> Result<Self, PlanError> {
        for (place, job) in jobs.iter().enumerate() {
            if job.id.0 as usize != place {
                return Err(PlanError::OutOfPlace { found: job.id });
            }
            if let Some(&on) = job.after.iter().find(|on| on.0 >= job.id.0) {
                return Err(PlanError::Later { job: job.id, on });
            }
        }
        Ok(Self {
            root,
            force: false,
            undoes: None,
            artifacts: Vec::new(),
            sinks: Vec::new(),
            jobs,
        })
    }

    /// The same plan, which puts back what `run` moved.
    #[must_use]
    pub fn undoing(self, run: String) -> Self {
        Self { undoes: Some(run), ..self }
    }

    /// The jobs, each after those that it waits for.
    #[must_use]
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// A job by its number.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(id.0 as usize)
    }

    /// A sink by its name.
    #[must_use]
    pub fn sink(&self, name: &SinkName) -> Option<&SinkSpec> {
        self.sinks.iter().find(|sink| sink.name == *name)
    }

    /// An artifact by its name.
    #[must_use]
    pub fn artifact(&self, name: &ArtifactName) -> Option<&PlannedArtifact> {
        self.artifacts.iter().find(|artifact| artifact.name == *name)
    }
}

impl Expected {
    /// What a tag that names `target` names.
    #[must_use]
    pub fn of(target: Option<&Descriptor>) -> Self {
        target.map_or(Self::Nothing, |target| Self::Digest(target.digest.clone()))
    }

    /// The digest, where there is one.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Nothing => None,
            Self::Digest(digest) => Some(digest),
        }
    }
}

impl TryFrom<RawPlan> for Plan {
    type Error = PlanError;

    fn try_from(raw: RawPlan) -> Result<Self, Self::Error> {
        let RawPlan { root, force, undoes, artifacts, sinks, jobs } = raw;
        Ok(Self { force, undoes, artifacts, sinks, ..Self::new(root, jobs)? })
    }
}

impl Work {
    /// The sink that this works at, if at one.
    #[must_use]
    pub fn sink(&self) -> Option<&SinkName> {
        match self {
            Self::Make { .. } => None,
            Self::Preflight { sink, .. }
            | Self::Push { sink, .. }
            | Self::Join { sink, .. }
            | Self::Check { sink, .. }
            | Self::Tag { sink, .. }
            | Self::Sweep { sink, .. } => Some(sink),
        }
    }

    /// The artifact that this is about, if about one.
    #[must_use]
    pub fn artifact(&self) -> Option<&ArtifactName> {
        match self {
            Self::Make { artifact, .. }
            | Self::Push { artifact, .. }
            | Self::Join { artifact, .. } => Some(artifact),
            Self::Preflight { .. } | Self::Check { .. } | Self::Tag { .. } | Self::Sweep { .. } => {
                None
            }
        }
    }

    /// The platform that this is about, if about one.
    #[must_use]
    pub fn platform(&self) -> Option<&Platform> {
        match self {
            Self::Make { platform, .. } | Self::Push { platform, .. } => Some(platform),
            Self::Preflight { .. }
            | Self::Join { .. }
            | Self::Check { .. }
            | Self::Tag { .. }
            | Self::Sweep { .. } => None,
        }
    }

    /// The tags that this is about, if about any.
    #[must_use]
    pub fn moves(&self) -> &[TagMove] {
        match self {
            Self::Preflight { moves, .. } | Self::Check { moves, .. } | Self::Tag { moves, .. } => {
                moves
            }
            _ => &[],
        }
    }
}

impl std::fmt::Display for Work {
    /// For people: what is done, to what, and where.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Preflight { sink, .. } => write!(f, "preflight {sink}"),
            Self::Make { artifact, platform } => write!(f, "prepare {artifact} {platform}"),
            Self::Push { artifact, platform, sink, .. } => {
                write!(f, "push {artifact} {platform} → {sink}")
            }
            Self::Join { artifact, sink, .. } => write!(f, "index {artifact} → {sink}"),
            Self::Check { sink, .. } => write!(f, "check {sink}"),
            Self::Tag { sink, .. } => write!(f, "tag {sink}"),
            Self::Sweep { sink, repository, .. } => write!(f, "sweep {repository} at {sink}"),
        }
    }
}
