//! The plan that undoes a run.

use std::path::PathBuf;

use super::{
    JobId, Plan, PlanParts, Refusal, Signee, TagMove, Work,
    parts::given,
    upkeep::{Jobs, whole},
};
use crate::model::{ArtifactName, Published, SignerName, SignerSpec, SinkName, SinkSpec};

/// Tags that are to mean again what they meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resigning {
    /// What they are about, and where.
    pub what: Published,
    /// The signer.
    pub signer: SignerName,
    /// What they are to mean, each with what they mean now.
    pub subjects: Vec<Signee>,
}

/// Plans that tags mean and name again what they did: at each sink, after all
/// were asked, first what they mean, as in a release.
///
/// # Errors
///
/// Fails where there is nothing to do.
pub fn undoing(
    root: PathBuf,
    by_sink: &[(SinkName, Vec<TagMove>)],
    resignings: &[Resigning],
    signers: Vec<SignerSpec>,
    sinks: Vec<SinkSpec>,
) -> Result<Plan, Refusal> {
    if by_sink.is_empty() && resignings.is_empty() {
        return Err(Refusal::Nothing);
    }
    let moves_at = |sink: &SinkSpec| {
        let here = by_sink.iter().find(|(at, _)| *at == sink.name);
        here.map(|(_, moves)| moves.clone()).unwrap_or_default()
    };
    let signed_at = |sink: &SinkSpec| resignings.iter().any(|of| of.what.at.name() == sink.name.0);
    let touched = |sink: &&SinkSpec| signed_at(sink) || !moves_at(sink).is_empty();
    let mut jobs = Jobs::default();
    let ask = |sink: &SinkSpec| Work::Preflight { sink: sink.name.clone(), moves: moves_at(sink) };
    let asked: Vec<JobId> =
        sinks.iter().filter(touched).map(|sink| jobs.add(ask(sink), &[])).collect();
    let mut signed = Vec::new();
    for resigning in resignings {
        signed.push((resigning.what.sink(), jobs.add(work(resigning), &asked)));
    }
    // One sink that cannot does not keep the others from it.
    for (sink, moves) in by_sink {
        let before = signed.iter().filter(|(at, _)| at == sink).map(|(_, job)| *job);
        let after: Vec<JobId> = asked.iter().copied().chain(before).collect();
        jobs.add(Work::Tag { sink: sink.clone(), moves: moves.clone() }, &after);
    }
    let artifacts = resignings.iter().map(|of| whole(name_of(of), &of.what)).collect();
    Ok(Plan::new(PlanParts {
        artifacts,
        sinks: given(sinks),
        signers: given(signers),
        ..PlanParts::new(root, jobs.0)
    })?)
}

fn work(resigning: &Resigning) -> Work {
    Work::Sign {
        artifact: name_of(resigning),
        sink: resigning.what.sink(),
        repository: resigning.what.repository.clone(),
        signer: resigning.signer.clone(),
        subjects: resigning.subjects.clone(),
    }
}

fn name_of(resigning: &Resigning) -> ArtifactName {
    ArtifactName(resigning.what.repository.to_string())
}
