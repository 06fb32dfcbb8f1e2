//! Finds what a plan names without a search.

use std::collections::HashMap;

use super::{JobId, PlanParts, Work};
use crate::model::{ArtifactName, Platform, SignerName, SinkName};

/// Where things stand in a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PlanIndex {
    pub(super) artifacts: HashMap<ArtifactName, usize>,
    pub(super) sinks: HashMap<SinkName, usize>,
    pub(super) pushes: HashMap<(ArtifactName, Platform), Vec<JobId>>,
}

impl PlanIndex {
    pub(super) fn of(parts: &PlanParts) -> Self {
        let artifacts = parts.artifacts.iter().zip(0..);
        let sinks = parts.sinks.iter().zip(0..);
        let mut index = Self {
            artifacts: artifacts.map(|(artifact, at)| (artifact.name.clone(), at)).collect(),
            sinks: sinks.map(|(sink, at)| (sink.name().into(), at)).collect(),
            pushes: HashMap::new(),
        };
        for job in &parts.jobs {
            if let Work::Push { artifact, platform, .. } = &job.work {
                let key = (artifact.clone(), platform.clone());
                index.pushes.entry(key).or_default().push(job.id);
            }
        }
        index
    }

    /// What `work` names and the plan does not have.
    pub(super) fn lacks(&self, parts: &PlanParts, work: &Work) -> Option<String> {
        let artifact = work.artifact().filter(|name| !self.artifacts.contains_key(name));
        let sink = work.sink().filter(|name| !self.sinks.contains_key(name));
        let signer = match work {
            Work::Sign { signer, .. } => Some(signer),
            _ => None,
        };
        let is_known = |name: &SignerName| parts.signers.iter().any(|of| of.name() == name.0);
        let signer = signer.filter(|name| !is_known(name));
        let artifact = artifact.map(|name| format!("artifact `{name}`"));
        let platform = self.lacks_platform(parts, work);
        let sink = sink.map(|name| format!("sink `{name}`"));
        artifact.or(platform).or(sink).or(signer.map(|name| format!("signer `{name}`")))
    }

    /// The platform that `work` names and its artifact does not have.
    fn lacks_platform(&self, parts: &PlanParts, work: &Work) -> Option<String> {
        let (Work::Make { artifact, platform, .. } | Work::Push { artifact, platform, .. }) = work
        else {
            return None;
        };
        let planned = &parts.artifacts[*self.artifacts.get(artifact)?];
        let is_there = planned.platforms.iter().any(|of| of.platform == *platform);
        (!is_there).then(|| format!("{platform} of artifact `{artifact}`"))
    }
}
