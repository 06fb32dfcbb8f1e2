//! The jobs that make one platform's content.

use super::{
    JobId, Work,
    planner::{Making, Planner},
};
use crate::model::{Platform, Release, ReleaseArtifact};

impl Planner {
    /// The jobs that make one platform of an artifact, and the last of them.
    pub(super) fn make(
        &mut self,
        release: &Release,
        artifact: &ReleaseArtifact,
        platform: &Platform,
        made: Making,
    ) -> JobId {
        let work = |stage| Work::Make {
            artifact: artifact.name.clone(),
            platform: platform.clone(),
            built: made == Making::Built,
            stage,
        };
        let mut after = self.preflights.clone();
        after.extend(self.shared(release, artifact, platform));
        let Some((last, stages)) = artifact.stages.split_last() else {
            return self.add(work(None), after);
        };
        for stage in stages {
            after = vec![self.add(work(Some(stage.name.clone())), after)];
        }
        self.add(work(Some(last.name.clone())), after)
    }

    /// The step of another artifact that makes what `artifact` is, so that it is
    /// not made twice.
    fn shared(
        &self,
        release: &Release,
        artifact: &ReleaseArtifact,
        platform: &Platform,
    ) -> Option<JobId> {
        let shared = artifact.shares.as_ref()?;
        let other = release.artifacts.iter().find(|of| of.from == shared.from)?;
        let is_it = |work: &Work| {
            matches!(work, Work::Make { artifact, platform: of, stage: Some(stage), .. }
                if *artifact == other.name && of == platform && *stage == shared.stage)
        };
        self.jobs.iter().find(|job| is_it(&job.work)).map(|job| job.id)
    }
}
