//! What jobs share, so that few of them run at once.

use super::{Job, Plan, Work};
use crate::model::{EngineUrl, SinkName};

/// What a job takes the room for its work from. Each job has one, so there is
/// no order in which room must be taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Jobs that read and compress on this machine.
    Make,
    /// Jobs that this engine builds.
    Build(EngineUrl),
    /// Jobs at one sink.
    Sink(SinkName),
}

impl Plan {
    /// Where `job` takes its room.
    #[must_use]
    pub fn lane(&self, job: &Job) -> Lane {
        let Work::Make { artifact, platform, stage, .. } = &job.work else {
            return job.work.sink().map_or(Lane::Make, |sink| Lane::Sink(sink.clone()));
        };
        let declared = |name| self.stage(artifact, name).is_some_and(|stage| stage.at_engine);
        let is_at_engine = stage.as_ref().is_none_or(declared);
        match self.builder(artifact, platform).filter(|_| is_at_engine) {
            Some(builder) => Lane::Build(builder.engine.clone()),
            None => Lane::Make,
        }
    }

    /// How many builds an engine takes at once: as many as the first builder
    /// says that names it.
    #[must_use]
    pub fn builds_at_once(&self, engine: &EngineUrl) -> Option<usize> {
        let platforms = self.artifacts.iter().flat_map(|artifact| &artifact.platforms);
        let mut builders = platforms.filter_map(|platform| platform.builder.as_ref()?.spec());
        builders.find(|of| of.engine == *engine).map(|of| of.jobs as usize)
    }
}
