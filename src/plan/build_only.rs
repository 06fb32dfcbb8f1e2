//! Plans that make what a release needs, and publish nothing.

use std::collections::HashMap;

use super::{Job, JobId, Plan, PlanParts, PlannedArtifact, Work};
use crate::model::StageName;

impl Plan {
    /// The same plan without all that asks a sink or changes it.
    ///
    /// # Panics
    ///
    /// Never: jobs that are numbered anew stand at their numbers.
    #[must_use]
    pub fn making(&self) -> Self {
        let makes = self.jobs().iter().filter(|job| matches!(job.work, Work::Make { .. }));
        let makes: Vec<&Job> = makes.collect();
        let numbers: HashMap<JobId, usize> =
            makes.iter().zip(0..).map(|(make, number)| (make.id, number)).collect();
        let number = |of: &JobId| numbers.get(of).copied();
        let anew = |number: usize| JobId(u32::try_from(number).unwrap_or(u32::MAX));
        let jobs = makes.iter().enumerate().map(|(place, job)| Job {
            id: anew(place),
            work: job.work.clone(),
            after: job.after.iter().filter_map(number).map(anew).collect(),
        });
        self.with_makes(jobs.collect())
    }

    /// The same plan with one step of each platform alone.
    ///
    /// # Panics
    ///
    /// Never: jobs that are numbered anew stand at their numbers.
    #[must_use]
    pub fn step_alone(&self, step: &StageName) -> Self {
        self.steps(|_, stage| stage == step)
    }

    /// The same plan up to a step of each platform, one platform after another,
    /// so that their lines can be read.
    ///
    /// # Panics
    ///
    /// Never: jobs that are numbered anew stand at their numbers.
    #[must_use]
    pub fn steps_until(&self, last: &StageName) -> Self {
        let place = |of: &PlannedArtifact, name: &StageName| {
            of.stages.iter().position(|stage| stage.name == *name)
        };
        self.steps(|artifact, stage| place(artifact, stage) <= place(artifact, last))
    }

    fn steps(&self, wanted: impl Fn(&PlannedArtifact, &StageName) -> bool) -> Self {
        let is_wanted = |job: &&Job| match &job.work {
            Work::Make { artifact, stage: Some(stage), .. } => {
                wanted(self.artifact(artifact), stage)
            }
            _ => false,
        };
        let jobs = self.jobs().iter().filter(is_wanted);
        let jobs = (0..).map(JobId).zip(jobs).map(|(id, job)| Job {
            id,
            work: job.work.clone(),
            after: id.0.checked_sub(1).map(JobId).into_iter().collect(),
        });
        self.with_makes(jobs.collect())
    }

    /// The same plan with these makes in place of its jobs.
    fn with_makes(&self, jobs: Vec<Job>) -> Self {
        let parts = PlanParts::new(self.root.clone(), jobs);
        let (force, artifacts) = (self.force, self.artifacts.clone());
        let plan = Self::new(PlanParts { force, artifacts, ..parts });
        plan.expect("jobs that are numbered anew stand at their numbers")
    }
}
