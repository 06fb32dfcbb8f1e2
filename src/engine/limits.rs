//! How much is done at once.
//!
//! Each job has one lane with a limit of its own, so there is no order in
//! which permits must be taken. Requests to one host have a further limit
//! below this one, where they are made.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::Semaphore;

use crate::{
    model::{EngineUrl, SinkName, Stage},
    plan::{Job, Plan, Work},
};

/// How many jobs of each lane run at once; at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs that read and compress.
    pub make: usize,
    /// Jobs at one sink.
    pub sink: usize,
}

/// What a job takes its permit from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Lane {
    Make,
    Build(EngineUrl),
    Sink(SinkName),
}

/// The permits of a run's lanes.
pub(super) struct Lanes {
    limits: Limits,
    lanes: HashMap<Lane, Arc<Semaphore>>,
}

impl Lanes {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, lanes: HashMap::new() }
    }

    /// Where `job` takes its permit.
    pub(super) fn of(&mut self, plan: &Plan, job: &Job) -> Arc<Semaphore> {
        let (lane, limit) = match &job.work {
            Work::Make { artifact, platform, stage, .. } => {
                let is_at_engine = matches!(stage, None | Some(Stage::Compile));
                match plan.builder(artifact, platform).filter(|_| is_at_engine) {
                    Some(builder) => (Lane::Build(builder.engine.clone()), builder.jobs as usize),
                    None => (Lane::Make, self.limits.make),
                }
            }
            Work::Preflight { sink, .. }
            | Work::Push { sink, .. }
            | Work::Join { sink, .. }
            | Work::Sign { sink, .. }
            | Work::Check { sink, .. }
            | Work::Tag { sink, .. }
            | Work::Sweep { sink, .. } => (Lane::Sink(sink.clone()), self.limits.sink),
        };
        let lane = self.lanes.entry(lane).or_insert_with(|| Arc::new(Semaphore::new(limit.max(1))));
        Arc::clone(lane)
    }
}
