//! What a run will do, decided before anything is done.
//!
//! A [`Plan`] is frozen: it holds resolved names, URLs, tags and what the
//! sources looked like, and no secret. It is the first line of a journal, so a
//! run can be taken up again from there alone.

mod bound;
mod countersign;
mod entries;
mod index;
mod lane;
mod making;
mod moves;
mod names;
mod other_work;
mod outlook;
mod planner;
mod signing;
mod steps;
mod undo;
mod upkeep;
mod work;

use std::path::{Path, PathBuf};

use self::index::PlanIndex;
pub use bound::{Named, named};
pub use countersign::{Signing, signing};
pub use entries::{Entries, LackingEntry};
pub use lane::Lane;
pub use other_work::OtherWork;
pub use outlook::{Outlook, TagOutlook, outlook};
pub use planner::{Refusal, SameFile, SameTag, plan};
use serde::{Deserialize, Serialize, Serializer};
pub use undo::{Resigning, undoing};
pub use upkeep::{Sweep, Transfer, TransferOutlook, retagging, transfer};
pub use work::{Expected, PutBack, Signee, TagMove, TagTarget, Work};

use crate::model::{
    ArtifactKind, ArtifactName, Builder, Descriptor, Entry, EntrySpec, Joining, Origin, Platform,
    ReleasePlatform, SignerSpec, SinkName, SinkSpec, SinkUrl, StageName, StageSpec, relative,
};

/// A job's number within its plan, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u32);

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
    /// The steps on the way to each platform's content, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageSpec>,
    /// What it is released for.
    pub platforms: Vec<ReleasePlatform>,
    /// The index that the source brought along, if it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Descriptor>,
    /// What joins its platforms.
    #[serde(default, skip_serializing_if = "Joining::is_usual")]
    pub joining: Joining,
}

/// All that a run will do.
///
/// Written down, its paths are relative to its root, where they lie below that.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "PlanParts")]
pub struct Plan {
    parts: PlanParts,
    index: PlanIndex,
}

/// What a plan consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanParts {
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
    pub sinks: Vec<Entry<SinkSpec>>,
    /// The signers that sign it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<Entry<SignerSpec>>,
    /// What is done, each job after those that it waits for.
    pub jobs: Vec<Job>,
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
    /// A job names an artifact, sink or signer that the plan does not have.
    #[error("job {0} names {name}, which the plan does not have", job.0)]
    Unnamed {
        /// The job.
        job: JobId,
        /// What it names.
        name: String,
    },
}

/// Entries that are written down whole.
fn given<T: EntrySpec>(specs: Vec<T>) -> Vec<Entry<T>> {
    specs.into_iter().map(Entry::given).collect()
}

impl PlanParts {
    /// Jobs without artifacts, sinks and signers, which are added to them.
    #[must_use]
    pub fn new(root: PathBuf, jobs: Vec<Job>) -> Self {
        Self {
            root,
            force: false,
            undoes: None,
            artifacts: Vec::new(),
            sinks: Vec::new(),
            signers: Vec::new(),
            jobs,
        }
    }

    /// The same, with each path but the root's changed by `change`.
    fn map_paths(mut self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
        let sinks = self.sinks.into_iter();
        self.sinks = sinks.map(|sink| sink.map_paths(&change)).collect();
        let signers = self.signers.into_iter();
        self.signers = signers.map(|signer| signer.map_paths(&change)).collect();
        for artifact in &mut self.artifacts {
            artifact.from = artifact.from.clone().map_paths(&change);
            for file in artifact.platforms.iter_mut().flat_map(|of| &mut of.sources) {
                file.path = change(std::mem::take(&mut file.path));
            }
        }
        self
    }
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
