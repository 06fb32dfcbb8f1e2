//! `castoff --batch` and `castoff plan`.

use std::{io, sync::Arc};

use super::{notices, run};
use crate::{
    app::wiring::{
        project::{configuration, project_of},
        services::World,
        sinks::NamedSinks,
    },
    batch::{PlanView, show_plan},
    cli::GlobalArgs,
    config::{ArtifactConfig, Config, SinkConfig},
    error::{Error, Exit},
    model::{Release, Selection, SinkSpec},
    plan::{self, Named, Plan},
    streams, survey,
};

/// Releases what the configuration names, or shows what that would do.
pub(crate) async fn batch(
    global: &GlobalArgs,
    selection: &Selection,
    dry_run: bool,
    force: bool,
) -> Result<Exit, Error> {
    let config = Arc::new(configuration(global)?);
    let known = NamedSinks(Some(Arc::clone(&config)));
    release_all(global, known, &config, selection, (dry_run, force)).await
}

/// The same, for a configuration that need not come from a file. Keys and
/// commands are those that are `known`.
pub(crate) async fn release_all(
    global: &GlobalArgs,
    known: NamedSinks,
    config: &Config,
    selection: &Selection,
    (dry_run, force): (bool, bool),
) -> Result<Exit, Error> {
    let project = project_of(global)?;
    let world = if dry_run { World::to_look(known, project)? } else { World::new(known, project)? };
    tell_unused(config, selection);
    let (release, plan) = planned(&world, config, selection, force).await?;
    tell_left_out(&release);
    if dry_run {
        if !global.quiet {
            run::tell_unseen(&plan);
        }
        return show(global, &world, &release, &plan).await;
    }
    run::start(&world, global, plan).await
}

/// Tells what the sources hold and is not released.
pub(crate) fn tell_left_out(release: &Release) {
    for artifact in &release.artifacts {
        let told =
            |what: &String| crate::app::verbs::out::warn(format!("`{}`: {what}", artifact.name));
        artifact.left_out.iter().for_each(told);
    }
}

/// Tells to which sinks nothing goes, though they are configured or asked for.
fn tell_unused(config: &Config, selection: &Selection) {
    let is_named = |names: &[String], name: &str| names.iter().any(|named| named == name);
    for SinkConfig { spec, .. } in &config.sinks {
        let is_asked = is_named(&selection.sinks, &spec.name.0);
        if !is_asked && !selection.sinks.is_empty() {
            continue;
        }
        let name = &spec.name;
        if spec.read_only {
            crate::app::verbs::out::warn(format!(
                "sink `{name}` is read_only: nothing is released to it"
            ));
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
            crate::app::verbs::out::warn(format!(
                "nothing is released to sink `{name}` ({}): {why}",
                spec.url
            ));
        }
    }
}

/// Why none of some artifacts goes to a sink, and what would change that.
fn why_unused(artifacts: &[&ArtifactConfig], sink: &SinkSpec) -> String {
    let fitting = artifacts.iter().filter(|artifact| sink.url.can_hold(artifact.kind()));
    let names: Vec<String> = fitting.map(|artifact| format!("`{}`", artifact.name)).collect();
    match &names[..] {
        [] => "it can hold none of the artifacts".to_owned(),
        names => format!("where it is meant, name it in `sinks` of {}", names.join(" or ")),
    }
}

/// What is released, and what that takes.
pub(crate) async fn planned(
    world: &World,
    config: &Config,
    selection: &Selection,
    force: bool,
) -> Result<(Release, Plan), Error> {
    world.reach.learn(config.sinks.iter().map(|sink| &sink.spec));
    let release = survey::sources(config, selection, &world.makers).await?;
    let plan = plan::plan(&release, force)?;
    Ok((release, plan))
}

/// What a plan would do at each sink, of which all must be known.
pub(crate) async fn view<'p>(
    world: &World,
    release: &Release,
    plan: &'p Plan,
) -> Result<PlanView<'p>, Error> {
    looked(world, release, plan).await.map(|(view, _)| view)
}

/// The same, with what the tags name.
pub(crate) async fn looked<'p>(
    world: &World,
    release: &Release,
    plan: &'p Plan,
) -> Result<(PlanView<'p>, Named), Error> {
    let (present, unknown) = survey::sinks(release, &world.places(plan), &*world.store).await;
    if !unknown.is_empty() {
        return Err(unknown.into());
    }
    let named = plan::named(release, &present);
    let notices = notices::foreseen(world, plan, &named).await;
    Ok((PlanView { notices, ..PlanView::new(plan, release, &present) }, named))
}

async fn show(
    global: &GlobalArgs,
    world: &World,
    release: &Release,
    plan: &Plan,
) -> Result<Exit, Error> {
    let view = view(world, release, plan).await?;
    let mut out = streams::stdout();
    if global.is_json() {
        serde_json::to_writer_pretty(&mut out, &view).map_err(io::Error::from)?;
        io::Write::write_all(&mut out, b"\n")?;
    } else {
        show_plan(&view, &mut out)?;
    }
    Ok(refusal(&view))
}

/// A plan that would be refused is shown, and says so by its status.
fn refusal(view: &PlanView<'_>) -> Exit {
    let refused = view.present.iter().flat_map(|sink| &sink.tags).any(|tag| tag.refused);
    if refused { Exit::Conflict } else { Exit::Done }
}
