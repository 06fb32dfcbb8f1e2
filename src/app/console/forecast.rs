//! What a release of what is marked would do, and the plan that does it.

use std::sync::Arc;

use super::shared::ConsoleShared;
use crate::{
    app::{
        ops::{agreement, notices},
        wiring::services::Services,
    },
    error::Error,
    model::{Platform, Present, Release, Selection},
    plan::{self, Plan},
    survey,
    tui::model::Sight,
};

/// What a release of `selection` would do. `tell` hears what is known before
/// the sinks have answered.
pub(super) async fn of(
    shared: &ConsoleShared,
    selection: &Selection,
    force: bool,
    tell: impl Fn(Sight),
) -> Sight {
    let ConsoleShared { config, services, .. } = shared;
    let mut sight = Sight::default();
    services.reach.learn(config.sinks.iter().map(|sink| &sink.spec));
    let of_all = Selection { platforms: Vec::new(), ..selection.clone() };
    let all = survey::sources(config, &of_all, &services.makers, &services.environment).await;
    if let Ok(all) = &all {
        sight.platforms = Some(platforms(all));
    }
    let release = if selection.platforms.is_empty() {
        all
    } else {
        survey::sources(config, selection, &services.makers, &services.environment).await
    };
    let planned = match release {
        Ok(release) => plan::plan(&release, force).map(|plan| (release, plan)).map_err(Error::from),
        Err(failures) => Err(failures.into()),
    };
    let (release, plan) = match planned {
        Ok(planned) => planned,
        Err(error) => return Sight { refusals: error.failures, is_complete: true, ..sight },
    };
    sight.jobs = plan.jobs().len();
    sight.outlooks = plan::outlook(&release, &Present::default());
    tell(sight.clone());
    asked(services, &release, plan, sight).await
}

/// The same, once the sinks were asked.
async fn asked(services: &Services, release: &Release, plan: Plan, sight: Sight) -> Sight {
    let places = services.places(&plan);
    let (found, mut refusals) = tokio::join!(
        survey::sinks(release, &places, &*services.store),
        survey::permissions(release, &places),
    );
    let (present, unknown) = found;
    // A sink that cannot be asked is told of once.
    refusals.retain(|failure| !unknown.contains(failure));
    refusals.extend(unknown);
    let named = plan::named(release, &present);
    let notices = notices::foreseen(services, &plan, &named).await;
    let mut bound = None;
    if refusals.is_empty() {
        match agreement::bound(services, plan, &named).await {
            Ok(plan) => bound = Some(Arc::new(plan)),
            Err(error) => refusals.extend(error.failures),
        }
    }
    let outlooks = plan::outlook(release, &present);
    Sight { outlooks, notices, plan: bound, refusals, is_complete: true, ..sight }
}

/// All platforms of a release, in the order in which they come.
fn platforms(release: &Release) -> Vec<Platform> {
    let mut platforms = Vec::new();
    for platform in release.artifacts.iter().flat_map(|artifact| &artifact.platforms) {
        if !platforms.contains(&platform.platform) {
            platforms.push(platform.platform.clone());
        }
    }
    platforms
}
