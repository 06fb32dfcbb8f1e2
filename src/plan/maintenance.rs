//! Plans for what is published already: copied, untagged, swept.

use std::{collections::BTreeSet, path::PathBuf};

use serde::Serialize;

use super::{
    Job, JobId, Plan, PlanParts, PlanRefusal, PlannedArtifact, SameTag, TagMove, TagTarget, Work,
    parts::given,
};
use crate::model::{
    ArtifactKind, ArtifactName, Descriptor, Digest, Joining, Origin, Published, Repository,
    SinkName, SinkSpec, Tag, TagName,
};

/// Something published that is copied to another place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What, and from where.
    pub from: Published,
    /// To where.
    pub to: SinkName,
    /// What it will be called there.
    pub name: TagName,
    /// Whether the tag there may not move once it names something.
    pub immutable: bool,
    /// The same, in this run alone.
    pub no_clobber: bool,
}

/// What a transfer would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransferOutlook {
    /// What, and from where.
    pub from: Published,
    /// To where.
    pub sink: SinkName,
    /// What it will be called there.
    pub name: TagName,
    /// How much of it is there, in bytes.
    pub present: u64,
    /// How much is to be sent, in bytes.
    pub to_send: u64,
    /// What the tag names there now.
    pub before: Option<Digest>,
    /// What it will name.
    pub after: Digest,
    /// The version of what it names now, as that says itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_version: Option<String>,
    /// The version of what it will name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_version: Option<String>,
    /// Why that is refused, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<&'static str>,
    /// What else is worth knowing before the tag moves, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

impl TransferOutlook {
    /// Whether the tag names something else now.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.before.as_ref().is_some_and(|before| *before != self.after)
    }
}

/// A name at a sink that is swept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The sink.
    pub sink: SinkName,
    /// What lies there.
    pub kind: ArtifactKind,
    /// The repository.
    pub repository: Repository,
    /// What the tags named that are removed before.
    pub removed: Vec<Descriptor>,
    /// These tags, in the same order.
    pub tags: Vec<Tag>,
    /// What nothing ever named stays for so many seconds.
    pub grace_s: u64,
    /// The tags that name something and stay.
    pub stay: Vec<Tag>,
    /// The tags that are listed and name nothing.
    pub dead: Vec<Tag>,
}

#[derive(Default)]
pub(super) struct Jobs(pub(super) Vec<Job>);

impl Jobs {
    pub(super) fn add(&mut self, work: Work, after: &[JobId]) -> JobId {
        let id = JobId(u32::try_from(self.0.len()).expect("a plan has fewer than 2^32 jobs"));
        self.0.push(Job { id, work, after: after.to_vec() });
        id
    }
}

/// Plans copies to `sinks`, as one transaction: all is copied by digest and
/// read back before the first tag moves.
///
/// # Errors
///
/// Fails where there is nothing to copy, or two would be called the same.
pub fn transfer(
    root: PathBuf,
    transfers: &[Transfer],
    sinks: Vec<SinkSpec>,
) -> Result<Plan, PlanRefusal> {
    refuse_same(transfers)?;
    let mut jobs = Jobs::default();
    // The copies follow right after the questions, one a sink.
    let moves = |sink: &SinkSpec| -> Vec<TagMove> {
        let copies = (0..).map(JobId).skip(sinks.len()).zip(transfers);
        let to_sink = copies.filter(|(_, transfer)| transfer.to == sink.name);
        let tag = |(copy, transfer): (JobId, &Transfer)| TagMove {
            immutable: transfer.immutable,
            no_clobber: transfer.no_clobber,
            ..TagMove::new(transfer.name.clone(), TagTarget::Job(copy))
        };
        to_sink.map(tag).collect()
    };
    let ask = |sink: &SinkSpec| Work::Preflight { sink: sink.name.clone(), moves: moves(sink) };
    let asked: Vec<JobId> = sinks.iter().map(|sink| jobs.add(ask(sink), &[])).collect();
    let mut copies = Vec::new();
    for transfer in transfers {
        let artifact = name_of(transfer);
        let (sink, repository) = (transfer.to.clone(), transfer.name.repository.clone());
        copies.push(jobs.add(Work::Join { artifact, sink, repository }, &asked));
    }
    let check = |sink: &SinkSpec| Work::Check { sink: sink.name.clone(), moves: moves(sink) };
    let mut gate: Vec<JobId> = sinks.iter().map(|sink| jobs.add(check(sink), &copies)).collect();
    for sink in &sinks {
        let work = Work::Tag { sink: sink.name.clone(), moves: moves(sink) };
        let tag = jobs.add(work, &gate);
        gate.push(tag);
    }
    if transfers.is_empty() {
        return Err(PlanRefusal::Nothing);
    }
    let planned = |transfer: &Transfer| whole(name_of(transfer), &transfer.from);
    let artifacts = transfers.iter().map(planned).collect();
    Ok(Plan::new(PlanParts { artifacts, sinks: given(sinks), ..PlanParts::new(root, jobs.0) })?)
}

/// Plans moves and removals of tags at `sinks`, each sink's for itself after
/// all were asked, and then sweeps.
///
/// # Errors
///
/// Fails where there is nothing to do.
pub fn retagging(
    root: PathBuf,
    by_sink: Vec<(SinkName, Vec<TagMove>)>,
    sweeps: Vec<Sweep>,
    sinks: Vec<SinkSpec>,
) -> Result<Plan, PlanRefusal> {
    if by_sink.is_empty() && sweeps.is_empty() {
        return Err(PlanRefusal::Nothing);
    }
    let mut jobs = Jobs::default();
    let mut asked = Vec::new();
    for (sink, moves) in &by_sink {
        asked.push(jobs.add(Work::Preflight { sink: sink.clone(), moves: moves.clone() }, &[]));
    }
    // One sink that cannot does not keep the others from it.
    let mut tags = Vec::new();
    for (sink, moves) in by_sink {
        tags.push((sink.clone(), jobs.add(Work::Tag { sink, moves }, &asked)));
    }
    for Sweep { sink, kind, repository, removed, tags: gone, grace_s, stay, dead } in sweeps {
        let after: Vec<JobId> =
            tags.iter().filter(|(at, _)| *at == sink).map(|(_, tag)| *tag).collect();
        let artifact_kind = kind;
        let tags = gone;
        let work =
            Work::Sweep { sink, artifact_kind, repository, removed, tags, grace_s, stay, dead };
        jobs.add(work, &after);
    }
    Ok(Plan::new(PlanParts { sinks: given(sinks), ..PlanParts::new(root, jobs.0) })?)
}

/// Something published, with all its platforms.
pub(super) fn whole(name: ArtifactName, what: &Published) -> PlannedArtifact {
    PlannedArtifact {
        stages: Vec::new(),
        name,
        kind: what.kind,
        from: Origin::Published(Box::new(what.clone())),
        platforms: Vec::new(),
        joining: Joining::Whole,
        elsewhere: Vec::new(),
        index: Some(what.root.clone()),
    }
}

/// What is copied is called as it will be.
fn name_of(transfer: &Transfer) -> ArtifactName {
    ArtifactName(transfer.name.to_string())
}

fn refuse_same(transfers: &[Transfer]) -> Result<(), PlanRefusal> {
    let mut seen = BTreeSet::new();
    for transfer in transfers {
        if !seen.insert((&transfer.to, &transfer.name)) {
            return Err(Box::new(SameTag {
                first: name_of(transfer),
                second: name_of(transfer),
                sink: transfer.to.clone(),
                name: transfer.name.clone(),
            })
            .into());
        }
    }
    Ok(())
}
