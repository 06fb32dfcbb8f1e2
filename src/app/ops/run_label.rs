//! What a run does, in a line.

use crate::{
    browse::Age,
    model::escape,
    plan::{TagMove, TagTarget, Work},
    run::Run,
};

/// How many tags tell what a run does.
const FEW: usize = 3;

/// What a run releases, in short.
pub(crate) fn what(run: &Run) -> String {
    let plan = run.plan();
    if let Some(undone) = &plan.undoes {
        return format!("undoes {undone}");
    }
    let sinks = plan.sinks.iter().map(|sink| escape(&sink.name.0).to_string());
    let sinks = sinks.collect::<Vec<_>>().join(", ");
    if !plan.artifacts.is_empty() {
        let mut names: Vec<String> =
            plan.artifacts.iter().map(|artifact| artifact.name.to_string()).collect();
        names.dedup();
        let versions = versions(run).join(", ");
        let versions = if versions.is_empty() { versions } else { format!(" {versions}") };
        return format!("{}{versions} → {sinks}", names.join(", "));
    }
    let moves: Vec<&TagMove> = plan.jobs().iter().flat_map(|job| job.work.moves()).collect();
    let has = |is: fn(&Work) -> bool| plan.jobs().iter().any(|job| is(&job.work));
    let is_gone = |tag: &&TagMove| tag.to == TagTarget::Nothing;
    let does = if has(|work| matches!(work, Work::Sweep { .. })) {
        "collects"
    } else if !moves.is_empty() && moves.iter().all(is_gone) {
        "removes"
    } else if has(|work| matches!(work, Work::Sign { .. })) {
        "signs"
    } else {
        "tags"
    };
    let mut names: Vec<String> = moves.iter().map(|tag| tag.name.to_string()).collect();
    if names.is_empty() {
        names.extend(plan.jobs().iter().filter_map(|job| match &job.work {
            Work::Sweep { repository, .. } => Some(repository.to_string()),
            _ => None,
        }));
    }
    format!("{does} {} at {sinks}", few(names))
}

/// The first few of some names, each once.
fn few(mut names: Vec<String>) -> String {
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(FEW);
    names.truncate(FEW);
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

/// The versions that a run releases.
fn versions(run: &Run) -> Vec<String> {
    let mut versions: Vec<String> = Vec::new();
    for tag in run.plan().jobs().iter().flat_map(|job| job.work.moves()) {
        let name = tag.name.tag.to_string();
        if Age::is_version(&name) && !versions.contains(&name) {
            versions.push(name);
        }
    }
    versions
}
