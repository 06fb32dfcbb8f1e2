//! What a plan consists of.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{JobId, Work};
use crate::model::{
    ArtifactKind, ArtifactName, ConfigEntry, Descriptor, EntrySpec, Joining, Origin, Platform,
    ReleasePlatform, SignerSpec, SinkSpec, StageSpec,
};

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
    /// The platforms that others may have published, each under a tag of its
    /// own, where [`Merged`](Joining::Merged).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Platform>,
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
    pub sinks: Vec<ConfigEntry<SinkSpec>>,
    /// The signers that sign it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<ConfigEntry<SignerSpec>>,
    /// What is done, each job after those that it waits for.
    pub jobs: Vec<Job>,
}

/// Entries that are written down whole.
pub(super) fn given<T: EntrySpec>(specs: Vec<T>) -> Vec<ConfigEntry<T>> {
    specs.into_iter().map(ConfigEntry::given).collect()
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
    pub(super) fn map_paths(mut self, change: impl Fn(PathBuf) -> PathBuf) -> Self {
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
