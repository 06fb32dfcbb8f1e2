//! `castoff --batch` and `castoff plan`.

use std::{
    io::{self, Write},
    sync::Arc,
};

use super::{out::warn, report};
use crate::{
    app::{
        ops::plan::{PlanOutlook, left_out, outlook, planned, unseen_bases, unused},
        wiring::{services::Services, sinks::NamedSinks},
    },
    batch::{PlanView, show_plan},
    cli::GlobalArgs,
    config::Config,
    error::{Error, Exit},
    model::{Release, Selection},
    plan::Plan,
    streams,
};

/// How a release is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReleaseOptions {
    /// Whether it is only shown what would be done.
    pub(crate) dry_run: bool,
    /// Whether what was prepared before is made again.
    pub(crate) force: bool,
}

/// Releases what the configuration names, or shows what that would do.
pub(crate) async fn release(
    global: &GlobalArgs,
    selection: &Selection,
    options: ReleaseOptions,
) -> Result<Exit, Error> {
    let at = global.workplace()?;
    let config = Arc::new(at.configuration()?);
    let known = NamedSinks { config: Arc::clone(&config), folder: at.folder };
    release_all(global, known, &config, selection, options).await
}

/// The same, for a configuration that need not come from a file. Keys and
/// commands are those that are `known`.
pub(crate) async fn release_all(
    global: &GlobalArgs,
    known: NamedSinks,
    config: &Config,
    selection: &Selection,
    ReleaseOptions { dry_run, force }: ReleaseOptions,
) -> Result<Exit, Error> {
    let project = global.workplace()?.project()?;
    let services =
        if dry_run { Services::to_look(known, project)? } else { Services::new(known, project)? };
    unused(config, selection).iter().for_each(warn);
    let (release, plan) = planned(&services, config, selection, force).await?;
    left_out(&release).iter().for_each(warn);
    if dry_run {
        if !global.quiet {
            unseen_bases(&plan).iter().for_each(warn);
        }
        return show(global, &services, &release, &plan).await;
    }
    report::run_plan(&services, global, plan).await
}

async fn show(
    global: &GlobalArgs,
    services: &Services,
    release: &Release,
    plan: &Plan,
) -> Result<Exit, Error> {
    let view = plan_view(plan, release, outlook(services, release, plan).await?);
    let mut out = streams::stdout();
    if global.is_json() {
        serde_json::to_writer_pretty(&mut out, &view).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    } else {
        show_plan(&view, &mut out)?;
    }
    Ok(refusal(&view))
}

/// What a plan would do at each sink, to be shown.
pub(crate) fn plan_view<'p>(
    plan: &'p Plan,
    release: &Release,
    PlanOutlook { present, notices, .. }: PlanOutlook,
) -> PlanView<'p> {
    PlanView { notices, ..PlanView::new(plan, release, &present) }
}

/// A plan that would be refused is shown, and says so by its status.
fn refusal(view: &PlanView<'_>) -> Exit {
    let refused = view.present.iter().flat_map(|sink| &sink.tags).any(|tag| tag.refused);
    if refused { Exit::Conflict } else { Exit::Done }
}
