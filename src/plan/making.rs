//! Plans that make what a release needs, and publish nothing.

use super::{Job, JobId, Plan, Work};

impl Plan {
    /// The same plan without all that asks a sink or changes it.
    ///
    /// # Panics
    ///
    /// Never: jobs that are numbered anew stand at their numbers.
    #[must_use]
    pub fn making(&self) -> Self {
        let makes = self.jobs().iter().filter(|job| matches!(job.work, Work::Make { .. }));
        let jobs = (0..).map(JobId).zip(makes).map(|(id, job)| Job {
            id,
            work: job.work.clone(),
            after: Vec::new(),
        });
        let made = Self::new(self.root.clone(), jobs.collect());
        let made = made.expect("jobs that are numbered anew stand at their numbers");
        Self { force: self.force, artifacts: self.artifacts.clone(), ..made }
    }
}
