//! The signing jobs of a release.

use std::collections::BTreeMap;

use super::{
    JobId, Signee, TagTarget, Work,
    planner::{Planner, destinations},
};
use crate::model::{
    ArtifactName, Release, ReleaseArtifact, Repository, SignerKind, SignerSpec, Signing, SinkName,
};

impl Planner {
    /// Signs beside what was staged, each after its index, and one signer after
    /// another: all write the same tag.
    pub(super) fn sign_beside(&mut self, release: &Release) -> Vec<JobId> {
        let (mut jobs, mut last) = (Vec::new(), BTreeMap::new());
        for signer in &release.signers {
            for (artifact, sink, repository) in signed_by(release, signer) {
                if signer.kind() != SignerKind::Notary && signs_at(release, signer, artifact, sink)
                {
                    let mut after = self.join(&artifact.name, sink);
                    after.extend(last.get(&(&artifact.name, sink)));
                    let job = self.sign(artifact, sink, repository, signer, after);
                    last.insert((&artifact.name, sink), job);
                    jobs.push(job);
                }
            }
        }
        jobs
    }

    /// Signs by name, which all users see at once: when everything is checked,
    /// and before the tags of `at` move.
    pub(super) fn sign_names(
        &mut self,
        release: &Release,
        at: &SinkName,
        gate: &[JobId],
    ) -> Vec<JobId> {
        let mut jobs = Vec::new();
        for signer in release.signers.iter().filter(|of| of.kind() == SignerKind::Notary) {
            for (artifact, sink, repository) in signed_by(release, signer) {
                if sink == at && signs_at(release, signer, artifact, sink) {
                    let after = gate.to_vec();
                    jobs.push(self.sign(artifact, sink, repository, signer, after));
                }
            }
        }
        jobs
    }

    fn sign(
        &mut self,
        artifact: &ReleaseArtifact,
        sink: &SinkName,
        repository: &Repository,
        signer: &SignerSpec,
        after: Vec<JobId>,
    ) -> JobId {
        let signs_platforms = matches!(signer.with, Signing::Cosign { platforms: true, .. });
        let subjects = self.subjects(artifact, sink, signs_platforms);
        let (artifact, sink, repository) =
            (artifact.name.clone(), sink.clone(), repository.clone());
        let signer = signer.name.clone();
        self.add(Work::Sign { artifact, sink, repository, signer, subjects }, after)
    }

    /// What tags will name, each with these; the index first. No tag ever
    /// names something unsigned, so platforms that have tags are signed too.
    fn subjects(
        &self,
        artifact: &ReleaseArtifact,
        sink: &SinkName,
        signs_platforms: bool,
    ) -> Vec<Signee> {
        let mut subjects: Vec<Signee> = Vec::new();
        let join = self.join(&artifact.name, sink);
        for job in join {
            subjects.push(Signee::new(TagTarget::Job(job), Vec::new()));
        }
        for platform in artifact.platforms.iter().filter(|_| signs_platforms) {
            let what = self.push(&artifact.name, &platform.platform, sink).map(TagTarget::Job);
            subjects.extend(what.map(|what| Signee::new(what, Vec::new())));
        }
        for (of, to) in self.tag_moves_of(sink) {
            if *of != artifact.name {
                continue;
            }
            match subjects.iter_mut().find(|subject| subject.what == to.to) {
                Some(subject) => subject.tags.push(to.name.tag),
                None => subjects.push(Signee::new(to.to, vec![to.name.tag])),
            }
        }
        subjects
    }

    fn join(&self, artifact: &ArtifactName, sink: &SinkName) -> Vec<JobId> {
        self.joins.get(&(artifact.clone(), sink.clone())).copied().into_iter().collect()
    }
}

/// What a signer signs, and where.
fn signed_by<'r>(
    release: &'r Release,
    signer: &SignerSpec,
) -> Vec<(&'r ReleaseArtifact, &'r SinkName, &'r Repository)> {
    let mut all = destinations(release);
    all.retain(|(artifact, ..)| artifact.signers.contains(&signer.name));
    all
}

fn signs_at(
    release: &Release,
    signer: &SignerSpec,
    artifact: &ReleaseArtifact,
    sink: &SinkName,
) -> bool {
    let at = release.sinks.iter().find(|spec| spec.name == *sink);
    at.is_some_and(|spec| signer.kind().signs_at(artifact.kind, &spec.url))
}
