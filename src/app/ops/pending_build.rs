//! A build that a run still has to do.

use futures_util::future::join_all;

use crate::{
    build,
    environment::Environment,
    model::{Builder, Failure, Platform, Recipe},
};

/// A build that is still to be done.
pub(crate) struct PendingBuild<'r> {
    pub(crate) recipe: &'r Recipe,
    pub(crate) platform: &'r Platform,
    pub(crate) builder: &'r Builder,
}

/// Asks each engine once whether it builds what it is to build.
pub(super) async fn engines(
    pending: &[PendingBuild<'_>],
    environment: &Environment,
) -> Vec<Failure> {
    let mut asked: Vec<(&Builder, Vec<(&Recipe, &Platform)>)> = Vec::new();
    for PendingBuild { recipe, platform, builder } in pending {
        match asked.iter_mut().find(|(known, _)| known.engine == builder.engine) {
            Some((_, builds)) => builds.push((recipe, platform)),
            None => asked.push((builder, vec![(recipe, platform)])),
        }
    }
    let checks = asked.iter().map(|(builder, builds)| build::check(builder, builds, environment));
    join_all(checks).await.into_iter().filter_map(Result::err).collect()
}
