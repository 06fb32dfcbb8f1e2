//! Plans for what is published already, and signed where it is.

use std::path::PathBuf;

use super::{
    ExpectedTag, JobId, Plan, PlanParts, PlanRefusal, Signee, TagMove, TagTarget, Work,
    maintenance::{Jobs, whole},
    parts::given,
};
use crate::model::{ArtifactKind, ArtifactName, Published, SignerSpec, SinkSpec, TagName};

/// Something published that is signed where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countersigning {
    /// What, and where.
    pub what: Published,
    /// Its manifests, each with the tags that name it.
    pub subjects: Vec<Signee>,
}

/// Plans signatures of what is published at `sinks`.
///
/// What is about files lies beside them under their tag, so that is put to
/// what it names already, which brings along what was signed; and then
/// everything is read back.
///
/// # Errors
///
/// Fails where there is nothing to sign.
pub fn signing(
    root: PathBuf,
    signings: &[Countersigning],
    signer: SignerSpec,
    sinks: Vec<SinkSpec>,
) -> Result<Plan, PlanRefusal> {
    if signings.is_empty() {
        return Err(PlanRefusal::Nothing);
    }
    let mut jobs = Jobs::default();
    let ask =
        |sink: &SinkSpec| Work::Preflight { sink: sink.name.clone(), moves: stays(signings, sink) };
    let asked: Vec<JobId> = sinks.iter().map(|sink| jobs.add(ask(sink), &[])).collect();
    let (mut artifacts, mut placed) = (Vec::new(), Vec::new());
    for Countersigning { what, subjects } in signings {
        let artifact = ArtifactName(what.to_string());
        let work = Work::Sign {
            artifact: artifact.clone(),
            sink: what.sink(),
            repository: what.repository.clone(),
            signer: signer.name.clone(),
            subjects: subjects.clone(),
        };
        placed.push((what.sink(), jobs.add(work, &asked)));
        artifacts.push(whole(artifact, what));
    }
    for sink in &sinks {
        let moves = stays(signings, sink);
        if moves.is_empty() {
            continue;
        }
        let here = placed.iter().filter(|(at, _)| *at == sink.name);
        let mut after: Vec<JobId> = here.map(|(_, job)| *job).collect();
        let work = Work::Tag { sink: sink.name.clone(), moves: moves.clone() };
        after.push(jobs.add(work, &after));
        jobs.add(Work::Check { sink: sink.name.clone(), moves }, &after);
    }
    let parts = PlanParts::new(root, jobs.0);
    Ok(Plan::new(PlanParts {
        artifacts,
        sinks: given(sinks),
        signers: given(vec![signer]),
        ..parts
    })?)
}

/// The tags of files at a sink, each put to what it names.
fn stays(signings: &[Countersigning], sink: &SinkSpec) -> Vec<TagMove> {
    let here = signings.iter().map(|signing| &signing.what);
    let files = here.filter(|what| what.sink() == sink.name && what.kind == ArtifactKind::Files);
    let stay = |what: &Published| {
        let (kind, repository) = (what.kind, what.repository.clone());
        let name = TagName { kind, repository, tag: what.tag.clone()? };
        let expected = Some(ExpectedTag::Digest(what.root.digest.clone()));
        let to = TagTarget::Content(Box::new(what.root.clone()));
        Some(TagMove { expected, ..TagMove::new(name, to) })
    };
    files.filter_map(stay).collect()
}
