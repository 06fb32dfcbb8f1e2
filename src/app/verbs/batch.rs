//! A release, planned and shown: `castoff --batch` and `castoff plan`.

use super::{context::Scene, output::Out};
use crate::{
    app::ops::plan::{PlanOutlook, left_out, outlook, planned, unseen_bases, unused},
    batch::{PlanView, show_plan},
    config::Config,
    error::{Error, Exit},
    model::{Release, Selection},
    plan::Plan,
};

/// What is released, and what that takes. The configuration need not come from a
/// file.
pub(crate) async fn release_plan(
    scene: &Scene<'_>,
    config: &Config,
    selection: &Selection,
    force: bool,
) -> Result<(Release, Plan), Error> {
    unused(config, selection).into_iter().for_each(scene.note);
    let (release, plan) = planned(scene.services, config, selection, force).await?;
    left_out(&release).into_iter().for_each(scene.note);
    Ok((release, plan))
}

/// Shows what a release would do.
pub(crate) async fn show_release(
    scene: &Scene<'_>,
    config: &Config,
    selection: &Selection,
    force: bool,
    out: &mut Out<'_>,
) -> Result<Exit, Error> {
    let (release, plan) = release_plan(scene, config, selection, force).await?;
    if !scene.options.quiet {
        unseen_bases(&plan).into_iter().for_each(scene.note);
    }
    let view = plan_view(&plan, &release, outlook(scene.services, &release, &plan).await?);
    if out.is_json {
        out.document(&view)?;
    } else {
        show_plan(&view, out)?;
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
