//! The jobs that make one platform's content.

use super::{
    JobId, Work,
    planner::{Made, Planner},
};
use crate::model::{Origin, Platform, Recipe, Release, ReleaseArtifact, Stage};

impl Planner {
    /// The jobs that make one platform of an artifact, and the last of them.
    pub(super) fn make(
        &mut self,
        release: &Release,
        artifact: &ReleaseArtifact,
        platform: &Platform,
        made: Made,
    ) -> JobId {
        let work = |stage| Work::Make {
            artifact: artifact.name.clone(),
            platform: platform.clone(),
            built: made == Made::Built,
            stage,
        };
        let mut after = self.preflights.clone();
        after.extend(self.compiled(release, artifact, platform));
        let Some((last, stages)) = artifact.from.stages().split_last() else {
            return self.add(work(None), after);
        };
        for stage in stages {
            after = vec![self.add(work(Some(*stage)), after)];
        }
        self.add(work(Some(*last)), after)
    }

    /// The step that builds the image of release archives, where `artifact` is
    /// that image: it is not built twice.
    fn compiled(
        &self,
        release: &Release,
        artifact: &ReleaseArtifact,
        platform: &Platform,
    ) -> Option<JobId> {
        let Origin::Build { recipe, .. } = &artifact.from else { return None };
        let Recipe::Veea(recipe) = &**recipe else { return None };
        let is_of = |of: &&ReleaseArtifact| matches!(&of.from, Origin::Veea(of) if **of == *recipe);
        let archives = release.artifacts.iter().find(is_of)?;
        let compiles = |work: &Work| {
            matches!(work, Work::Make { artifact, platform: of, stage: Some(Stage::Compile), .. }
                if *artifact == archives.name && of == platform)
        };
        self.jobs.iter().find(|job| compiles(&job.work)).map(|job| job.id)
    }
}
