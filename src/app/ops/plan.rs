//! What a release takes, and what it would do.

use std::collections::BTreeSet;

use super::notices;
use crate::{
    app::wiring::services::Services,
    config::{ArtifactConfig, Config, SinkConfig},
    error::Error,
    model::{Bases, Present, Release, ReleaseArtifact, Selection, SinkSpec},
    plan::{self, Named, Plan},
    survey,
};

/// What the sources hold and is not released, a line each.
pub(crate) fn left_out(release: &Release) -> Vec<String> {
    let of = |artifact: &ReleaseArtifact| {
        let told = artifact.left_out.iter().map(|what| format!("`{}`: {what}", artifact.name));
        told.collect::<Vec<_>>()
    };
    release.artifacts.iter().flat_map(of).collect()
}

/// The base images of builds that could not be looked at, a line each.
pub(crate) fn unseen_bases(plan: &Plan) -> BTreeSet<String> {
    let bases = plan.artifacts.iter().filter_map(|artifact| artifact.from.bases());
    bases.flat_map(Bases::told).collect()
}

/// The sinks to which nothing goes, though they are configured or asked for, a
/// line each.
pub(crate) fn unused(config: &Config, selection: &Selection) -> Vec<String> {
    let is_named = |names: &[String], name: &str| names.iter().any(|named| named == name);
    let mut lines = Vec::new();
    for SinkConfig { spec, .. } in &config.sinks {
        let is_asked = is_named(&selection.sinks, &spec.name.0);
        if !is_asked && !selection.sinks.is_empty() {
            continue;
        }
        let name = &spec.name;
        if spec.read_only {
            lines.push(format!("sink `{name}` is read_only: nothing is released to it"));
            continue;
        }
        // Not every sink that is configured is meant for some of the artifacts.
        let is_meant = |artifact: &&ArtifactConfig| {
            !is_asked
                || selection.artifacts.is_empty()
                || is_named(&selection.artifacts, &artifact.name.0)
        };
        let artifacts: Vec<_> = config.artifacts.iter().filter(is_meant).collect();
        if !artifacts.iter().any(|artifact| artifact.goes_to(spec)) {
            let why = why_unused(&artifacts, spec);
            lines.push(format!("nothing is released to sink `{name}` ({}): {why}", spec.url));
        }
    }
    lines
}

/// Why none of some artifacts goes to a sink, and what would change that.
fn why_unused(artifacts: &[&ArtifactConfig], sink: &SinkSpec) -> String {
    let fitting = artifacts.iter().filter(|artifact| sink.url.can_hold(artifact.kind()));
    let names: Vec<String> = fitting.map(|artifact| format!("`{}`", artifact.name)).collect();
    match &names[..] {
        [] => "it can store none of the artifacts".to_owned(),
        names => format!("to release there, name it in `sinks` of {}", names.join(" or ")),
    }
}

/// What is released, and what that takes.
pub(crate) async fn planned(
    services: &Services,
    config: &Config,
    selection: &Selection,
    force: bool,
) -> Result<(Release, Plan), Error> {
    services.reach.learn(config.sinks.iter().map(|sink| &sink.spec));
    let release = survey::sources(config, selection, &services.makers, &services.environment);
    let release = release.await?;
    let plan = plan::plan(&release, force)?;
    Ok((release, plan))
}

/// What the sinks have of a plan before it is done.
pub(crate) struct PlanOutlook {
    /// What is there already.
    pub(crate) present: Present,
    /// What the tags name.
    pub(crate) named: Named,
    /// What is worth knowing of the tags that move, a line each.
    pub(crate) notices: Vec<String>,
}

/// Asks the sinks, of which all must answer, what they have of a plan.
pub(crate) async fn outlook(
    services: &Services,
    release: &Release,
    plan: &Plan,
) -> Result<PlanOutlook, Error> {
    let (present, unknown) = survey::sinks(release, &services.places(plan), &*services.store).await;
    if !unknown.is_empty() {
        return Err(unknown.into());
    }
    let named = plan::named(release, &present);
    let notices = notices::foreseen(services, plan, &named).await;
    Ok(PlanOutlook { present, named, notices })
}
