//! What a LinuxKit package adds to what a configuration says of it: a tag, its
//! platforms, and that it is never published while it differs from its commit.

use crate::{
    config::SinkConfig,
    model::{Failure, FailureKind, Origin, Platform, Recipe, Repository, Side, SinkName, SinkUrl},
    recipe::linuxkit::{self, Package},
};

/// The package that something is built from, if it is built from one.
pub(super) async fn read(from: &Origin) -> Result<Option<Package>, Failure> {
    match from {
        Origin::Build { recipe, .. } => match &**recipe {
            Recipe::Linuxkit(recipe) => linuxkit::read(recipe).await.map(Some),
            Recipe::Dockerfile(_) | Recipe::ImageBuilder(_) | Recipe::Veea(_) => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Refuses what must not be published.
pub(super) fn refuse(
    package: &Package,
    destinations: &[(SinkName, Repository)],
    sinks: &[&SinkConfig],
) -> Result<(), Failure> {
    let is_published = destinations.iter().any(|(name, _)| {
        let sink = sinks.iter().find(|sink| sink.spec.name == *name);
        sink.is_some_and(|sink| sink.spec.url != SinkUrl::DockerDaemon)
    });
    if is_published {
        linuxkit::refuse_dirty(package)
            .map_err(|failure| failure.context(package.folder.display()))?;
    }
    Ok(())
}

/// For what a package is built: for what is asked, of what it is for.
pub(super) fn platforms(package: &Package, asked: &[Platform]) -> Result<Vec<Platform>, Failure> {
    if package.platforms.is_empty() {
        return Err(invalid("it has no architectures to build")
            .hint(format!("see `arches` in {}", package.recipe.build_yml)));
    }
    if asked.is_empty() {
        return Ok(package.platforms.clone());
    }
    let mut meant = Vec::new();
    for asked in asked {
        let of = package.platforms.iter().find(|of| of.matches(asked) || asked.matches(of));
        if of.is_none() {
            let known: Vec<String> = package.platforms.iter().map(ToString::to_string).collect();
            return Err(invalid(format!("it has nothing for {asked}")).hint(format!(
                "{} names {}",
                package.recipe.build_yml,
                known.join(", ")
            )));
        }
        meant.push(asked.clone());
    }
    Ok(meant)
}

fn invalid(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what.into())
}
