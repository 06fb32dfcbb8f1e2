//! `castoff pkg build`: packages in the local engine.

use super::{asked, bench::Bench, fetch, order::Order, release::Wanted};
use crate::{
    app::verbs::out::{say, warn},
    engine::Elsewhere,
    error::{Error, Exit},
    model::{Compat, Joining, Platform},
    recipe::linuxkit::{Make, Package},
};

/// Builds a package, or fetches what is published of it.
pub(super) async fn load(bench: &Bench<'_>, order: Order) -> Result<Exit, Error> {
    let Order { package, flow, .. } = &order;
    let mut platforms = flow.platforms.clone();
    if flow.make == Make::Missing {
        let fetched = match usable(bench, package).await {
            Some(found) => fetch_all(bench, package, &platforms, &found).await?,
            None => Vec::new(),
        };
        platforms.retain(|platform| !fetched.contains(platform));
        if fetched.is_empty() && package.recipe.compat == Compat::Year2020 {
            say(bench.global, "No image pulled, continuing with build");
        }
    }
    if flow.make != Make::Nothing && !platforms.is_empty() {
        announce(bench, package, &platforms);
        let wanted = Wanted {
            recipe: bench.ready(package).await?,
            at_engine: Some(joining(&platforms)),
            platforms,
            tags: vec![package.identity.tag.clone()],
            at_registry: None,
            also: Vec::new(),
            signers: Vec::new(),
            force: flow.make == Make::All,
        };
        let plan = bench.plan(package, wanted).await?;
        let exit = bench.run(plan).await?;
        if exit != Exit::Done {
            return Ok(exit);
        }
    }
    say(bench.global, "Build complete, not pushing, all done.");
    Ok(Exit::Done)
}

/// How what is built is joined at the local engine: only an image that it runs
/// gets the tag of the whole.
pub(super) fn joining(platforms: &[Platform]) -> Joining {
    let runs = |host: Platform| platforms.iter().any(|platform| platform.fits(&host));
    if asked::host().is_some_and(runs) { Joining::Whole } else { Joining::Apart }
}

/// Says what is built, as LinuxKit does since 2026.
pub(super) fn announce(bench: &Bench<'_>, package: &Package, platforms: &[Platform]) {
    if package.recipe.compat == Compat::Year2026 {
        let arches: Vec<String> = platforms.iter().map(Platform::tag_suffix).collect();
        let called = package.identity.reference();
        say(bench.global, &format!("building {called} for arches: {}", arches.join(",")));
    }
}

/// What is published of a package and may stand for a build of it: nothing of
/// one that is dirty, or has a tag that says nothing of its content. Where that
/// cannot be known it is built, since nothing is published here.
async fn usable(bench: &Bench<'_>, package: &Package) -> Option<Elsewhere> {
    if package.is_dirty || !tells_content(package) {
        return None;
    }
    let looked = async {
        let found = bench.published(package).await?;
        let identity = &package.identity;
        if bench.trusts(package) && found.tagged.is_some() {
            let is_signed = bench.is_signed(&identity.name, &identity.tag, &found).await?;
            return Ok(is_signed.then_some(found));
        }
        Ok::<_, crate::model::Failure>(Some(found).filter(|_| !bench.trusts(package)))
    };
    looked.await.unwrap_or_else(|failure| {
        warn(failure.context("the registry cannot be asked what is published"));
        None
    })
}

/// Whether a tag tells one content from another.
pub(super) fn tells_content(package: &Package) -> bool {
    let is_dev = package.recipe.dev.is_some() && package.recipe.hash.is_none();
    !package.hash.is_empty() && !is_dev
}

/// Fetches into the engine what is published of `platforms`, and returns for
/// which that was.
async fn fetch_all(
    bench: &Bench<'_>,
    package: &Package,
    platforms: &[Platform],
    found: &Elsewhere,
) -> Result<Vec<Platform>, Error> {
    let mut fetched = Vec::new();
    for platform in platforms {
        let Some(node) = found.of(platform) else { continue };
        fetch::fetch(bench, package, platform, node).await?;
        let called = package.identity.reference();
        let line = match package.recipe.compat {
            Compat::Year2020 => {
                format!("{called} is already published for {platform}, not built again")
            }
            Compat::Year2026 => format!("{called} {} found on registry", platform.architecture),
        };
        say(bench.global, &line);
        fetched.push(platform.clone());
    }
    Ok(fetched)
}
