//! Turns a release into a plan. Pure.
//!
//! The order of a release: everything that lies here is prepared; each sink is
//! asked whether it will take it; what does not exist yet is built; each platform and then each index is pushed by digest;
//! when all of it is everywhere, every sink is checked; and only then do the
//! tags move, one sink after another, in the order of the configuration.

use std::collections::BTreeMap;

use super::{
    Job, JobId, Plan, PlanParts, PlanRefusal, PlannedArtifact, TagMove, TagTarget, Work,
    moves::{MoveTarget, PendingMove, moves_of, refuse_same_tag},
    names::refuse_same_file,
    parts::given,
};
use crate::model::{
    ArtifactName, Origin, Platform, Release, ReleaseArtifact, Repository, SinkName,
};

/// Plans `release`.
///
/// # Errors
///
/// Fails where there is nothing to do, or where two artifacts claim one tag.
pub fn plan(release: &Release, force: bool) -> Result<Plan, PlanRefusal> {
    let mut planner = Planner::default();
    planner.moves(release)?;
    planner.prepare(release, Making::Here);
    planner.preflight(release);
    planner.prepare(release, Making::Built);
    planner.stage(release);
    planner.tell_preflights();
    planner.commit(release);
    if planner.jobs.is_empty() || release.sinks.is_empty() {
        return Err(PlanRefusal::Nothing);
    }
    let artifacts = release.artifacts.iter().map(planned).collect();
    let (sinks, signers) = (release.sinks.clone(), release.signers.clone());
    planner.jobs.shrink_to_fit();
    let parts = PlanParts::new(release.root.clone(), planner.jobs);
    Ok(Plan::new(PlanParts {
        force,
        artifacts,
        sinks: given(sinks),
        signers: given(signers),
        ..parts
    })?)
}

fn planned(artifact: &ReleaseArtifact) -> PlannedArtifact {
    let ReleaseArtifact { name, kind, from, stages, platforms, index, joining, elsewhere, .. } =
        artifact.clone();
    PlannedArtifact { name, kind, from, stages, platforms, index, joining, elsewhere }
}

/// How a platform's content comes to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Making {
    /// It lies on this machine.
    Here,
    /// An engine builds it.
    Built,
}

#[derive(Default)]
pub(super) struct Planner {
    pub(super) jobs: Vec<Job>,
    makes: BTreeMap<(ArtifactName, Platform), JobId>,
    pub(super) preflights: Vec<JobId>,
    pushes: BTreeMap<(ArtifactName, Platform, SinkName), JobId>,
    pub(super) joins: BTreeMap<(ArtifactName, SinkName), JobId>,
    /// The moves of each sink, in order.
    moves: BTreeMap<SinkName, Vec<PendingMove>>,
}

impl Planner {
    pub(super) fn add(&mut self, work: Work, after: Vec<JobId>) -> JobId {
        let id = self.next();
        self.jobs.push(Job { id, work, after });
        id
    }

    fn next(&self) -> JobId {
        JobId(u32::try_from(self.jobs.len()).expect("a plan has fewer than 2^32 jobs"))
    }

    /// One job a platform; what two artifacts are made from is read once. What
    /// takes an engine's time begins when the sinks are known to take it.
    fn prepare(&mut self, release: &Release, made: Making) {
        let mut read: Vec<(&Origin, &Platform, JobId)> = Vec::new();
        for (artifact, platform) in platforms(release, made) {
            let known = |(from, of, _): &&(&Origin, &Platform, JobId)| {
                (*from, *of) == (&artifact.from, platform)
            };
            let id = match read.iter().find(known) {
                Some((.., id)) => *id,
                None => self.make(release, artifact, platform, made),
            };
            read.push((&artifact.from, platform, id));
            self.makes.insert((artifact.name.clone(), platform.clone()), id);
        }
    }

    /// Which tags move at each sink: those of platforms, then those of
    /// versions, then those that move with every release.
    fn moves(&mut self, release: &Release) -> Result<(), PlanRefusal> {
        for sink in &release.sinks {
            let mut moves = Vec::new();
            for artifact in &release.artifacts {
                for (_, repository) in artifact.sinks.iter().filter(|(name, _)| *name == sink.name)
                {
                    moves.extend(moves_of(sink, artifact, repository)?);
                }
            }
            refuse_same_tag(sink, &moves)?;
            refuse_same_file(sink, release)?;
            let order = |of: &PendingMove| {
                let tag = release.artifacts.iter().find(|artifact| artifact.name == of.artifact);
                let tag = tag
                    .and_then(|artifact| artifact.tags.iter().find(|tag| tag.tag == of.name.tag));
                (of.what == MoveTarget::Whole, tag.is_some_and(|tag| !tag.versioned))
            };
            moves.sort_by_key(order);
            self.moves.insert(sink.name.clone(), moves);
        }
        Ok(())
    }

    /// One job a sink, after all that is prepared here: what is wrong with the
    /// sources is known before a sink is asked anything. What the tags will
    /// name is [filled in](Self::tell_preflights) once it is planned.
    fn preflight(&mut self, release: &Release) {
        let makes: Vec<JobId> = self.jobs.iter().map(|make| make.id).collect();
        for sink in &release.sinks {
            let work = Work::Preflight { sink: sink.name.clone(), moves: Vec::new() };
            let id = self.add(work, makes.clone());
            self.preflights.push(id);
        }
    }

    /// Tells each preflight which tags move at its sink.
    fn tell_preflights(&mut self) {
        for at in 0..self.preflights.len() {
            let preflight = self.preflights[at].0 as usize;
            let Some(sink) = self.jobs[preflight].work.sink().cloned() else { continue };
            let moves = self.tag_moves(&sink);
            self.jobs[preflight].work = Work::Preflight { sink, moves };
        }
    }

    fn stage(&mut self, release: &Release) {
        for (artifact, sink, repository) in destinations(release) {
            let at = || (artifact.name.clone(), sink.clone(), repository.clone());
            let mut pushes = Vec::new();
            for platform in artifact.platforms.iter().map(|platform| platform.platform.clone()) {
                let make = self.makes.get(&(artifact.name.clone(), platform.clone()));
                let after = make.into_iter().chain(&self.preflights).copied().collect();
                let key = (artifact.name.clone(), platform.clone(), sink.clone());
                let (artifact, sink, repository) = at();
                let push = self.add(Work::Push { artifact, platform, sink, repository }, after);
                self.pushes.insert(key, push);
                pushes.push(push);
            }
            // An index of what others pushed waits for the sinks alone.
            let after = if pushes.is_empty() { self.preflights.clone() } else { pushes };
            let key = (artifact.name.clone(), sink.clone());
            let (artifact, sink, repository) = at();
            let join = self.add(Work::Join { artifact, sink, repository }, after);
            self.joins.insert(key, join);
        }
    }

    fn commit(&mut self, release: &Release) {
        let mut staged: Vec<JobId> = self.joins.values().copied().collect();
        staged.extend(self.sign_beside(release));
        let mut gate: Vec<JobId> = Vec::new();
        for sink in &release.sinks {
            let work = Work::Check { sink: sink.name.clone(), moves: self.tag_moves(&sink.name) };
            let check = self.add(work, staged.clone());
            gate.push(check);
        }
        for sink in &release.sinks {
            let moves = self.tag_moves(&sink.name);
            gate.extend(self.sign_names(release, &sink.name, &gate));
            let tag = self.add(Work::Tag { sink: sink.name.clone(), moves }, gate.clone());
            // The next sink's tags wait for this one's.
            gate.push(tag);
        }
    }

    fn tag_moves(&self, sink: &SinkName) -> Vec<TagMove> {
        let mut moves: Vec<TagMove> = self.tag_moves_of(sink).map(|(_, to)| to).collect();
        moves.shrink_to_fit();
        moves
    }

    /// The moves of a sink, each with the artifact that the tag will name.
    pub(super) fn tag_moves_of(
        &self,
        sink: &SinkName,
    ) -> impl Iterator<Item = (&ArtifactName, TagMove)> {
        let moves = self.moves.get(sink).into_iter().flatten();
        moves.filter_map(|of| {
            let join = || self.joins.get(&(of.artifact.clone(), sink.clone())).copied();
            let to = match &of.what {
                MoveTarget::Platform(platform) => {
                    TagTarget::Job(self.push(&of.artifact, platform, sink)?)
                }
                MoveTarget::Content(content) => TagTarget::Content(content.clone()),
                MoveTarget::Whole => TagTarget::Job(join()?),
            };
            let (name, immutable) = (of.name.clone(), of.immutable);
            Some((&of.artifact, TagMove { immutable, ..TagMove::new(name, to) }))
        })
    }

    /// The job that pushes one platform.
    pub(super) fn push(
        &self,
        artifact: &ArtifactName,
        platform: &Platform,
        sink: &SinkName,
    ) -> Option<JobId> {
        self.pushes.get(&(artifact.clone(), platform.clone(), sink.clone())).copied()
    }
}

/// Each artifact with each of its platforms that comes to be in one way.
fn platforms(
    release: &Release,
    made: Making,
) -> impl Iterator<Item = (&ReleaseArtifact, &Platform)> {
    let is_so =
        move |artifact: &&ReleaseArtifact| artifact.from.is_built() == (made == Making::Built);
    release.artifacts.iter().filter(is_so).flat_map(|artifact| {
        artifact.platforms.iter().map(move |platform| (artifact, &platform.platform))
    })
}

/// Each artifact with each of its sinks, in the order of the plan.
pub(super) fn destinations(release: &Release) -> Vec<(&ReleaseArtifact, &SinkName, &Repository)> {
    let mut destinations = Vec::new();
    for artifact in &release.artifacts {
        destinations
            .extend(artifact.sinks.iter().map(|(sink, repository)| (artifact, sink, repository)));
    }
    destinations
}
