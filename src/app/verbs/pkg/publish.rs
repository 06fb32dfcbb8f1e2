//! `castoff pkg push` and `castoff pkg manifest`: packages at their registry.
//!
//! What is published already is not built again. The index is of all that is
//! there, whichever machine pushed it.

use super::{
    bench::Bench,
    fetch,
    load::{announce, joining, tells_content},
    order::Order,
    release::Wanted,
};
use crate::{
    app::verbs::out::say,
    engine::Elsewhere,
    error::{Error, Exit},
    model::{
        Compat, Descriptor, Failure, FailureKind, Joining, LinuxkitRecipe, Origin, Platform,
        Recipe, Side, SignerKind, SignerSpec, Tag,
    },
    recipe::linuxkit::{Make, Package, Publish},
};

/// What is said where nothing signs although content trust is on.
const NOTHING_SIGNS: &str = "not signing: castoff.toml has no [[signer]], and \
                             DOCKER_CONTENT_TRUST_SERVER is not set";

/// Publishes a package.
pub(super) async fn publish(bench: &Bench<'_>, order: Order) -> Result<Exit, Error> {
    let Order { package, flow, .. } = &order;
    let Some(publish) = &flow.publish else { return Ok(Exit::Done) };
    let found = bench.published(package).await?;
    let (recipe, platforms) = to_push(bench, &order, publish, &found).await?;
    let there = flow.platforms.iter().filter(|platform| !platforms.contains(platform));
    let there: Vec<_> =
        there.filter_map(|platform| Some((platform, found.of(platform)?))).collect();
    for (platform, node) in &there {
        say(bench.global, &is_there(package, platform));
        if flow.load {
            fetch::fetch(bench, package, platform, node).await?;
        }
    }
    let signers = bench.signers_of(publish, order.sign);
    tell_switches(bench, package, publish, &signers);
    let is_nothing = !publish.index && (!publish.platform_tags || platforms.is_empty());
    if platforms.is_empty()
        && (is_nothing || is_done(bench, package, publish, &signers, &found).await?)
    {
        say(bench.global, "No new platforms to push, skipping.");
        return Ok(Exit::Done);
    }
    if platforms.is_empty() && found.manifests.is_empty() {
        let is_push = !flow.platforms.is_empty() && publish.release.is_none();
        if is_push && package.recipe.compat == Compat::Year2026 {
            say(bench.global, "No new platforms to push, skipping.");
            return Ok(Exit::Done);
        }
        return Err(none_found(package).into());
    }
    if flow.make != Make::Nothing && !platforms.is_empty() {
        announce(bench, package, &platforms);
    }
    let wanted = wanted(&order, publish, recipe, platforms, &there)?;
    let at_registry = Some(at_registry(bench, package, publish));
    let wanted = Wanted { at_registry, signers: signers.clone(), ..wanted };
    let exit = bench.run(bench.plan(package, wanted).await?).await?;
    if exit == Exit::Done {
        tell_end(bench, &order, publish, &signers);
    }
    Ok(exit)
}

/// What of a package goes where, as far as that is known without a registry.
fn wanted(
    order: &Order,
    publish: &Publish,
    recipe: LinuxkitRecipe,
    platforms: Vec<Platform>,
    there: &[(&Platform, &Descriptor)],
) -> Result<Wanted, Error> {
    let Order { package, flow, .. } = order;
    let release = publish.release.as_ref().map(|release| &release.tag);
    Ok(Wanted {
        recipe,
        tags: [&package.identity.tag].into_iter().chain(release).cloned().collect(),
        at_registry: None,
        at_engine: Some(joining(&platforms)).filter(|_| flow.load && !platforms.is_empty()),
        also: match release {
            Some(release) if publish.platform_tags => released(release, there)?,
            _ => Vec::new(),
        },
        signers: Vec::new(),
        force: flow.make == Make::All,
        platforms,
    })
}

/// The tags of single platforms that a release has of what is there.
fn released(
    release: &Tag,
    there: &[(&Platform, &Descriptor)],
) -> Result<Vec<(Tag, Descriptor)>, Error> {
    let tag = |(platform, node): &(&Platform, &Descriptor)| {
        let tag = format!("{release}-{}", platform.tag_suffix()).parse().map_err(Error::usage)?;
        Ok((tag, Descriptor::clone(node)))
    };
    there.iter().map(tag).collect()
}

fn at_registry(
    bench: &Bench<'_>,
    package: &Package,
    publish: &Publish,
) -> (crate::model::SinkSpec, Joining) {
    let at = bench.registry(&package.identity.name, publish.platform_tags);
    (at, if publish.index { Joining::Merged } else { Joining::Apart })
}

/// The platforms that are pushed, and what they are built from.
async fn to_push(
    bench: &Bench<'_>,
    Order { package, flow, .. }: &Order,
    publish: &Publish,
    found: &Elsewhere,
) -> Result<(LinuxkitRecipe, Vec<Platform>), Error> {
    let mut platforms = flow.platforms.clone();
    if flow.make != Make::All && tells_content(package) {
        platforms.retain(|platform| found.of(platform).is_none());
    }
    let makes_images = publish.platform_tags || package.recipe.compat == Compat::Year2026;
    if flow.make != Make::Nothing {
        if platforms.is_empty() {
            return Ok((package.recipe.clone(), platforms));
        }
        if package.recipe.compat == Compat::Year2020 {
            say(bench.global, "No image pulled, continuing with build");
        }
        return Ok((bench.ready(package).await?, platforms));
    }
    if platforms.is_empty() || !makes_images {
        return Ok((package.recipe.clone(), Vec::new()));
    }
    // Nothing is built: what was built here before is pushed.
    let pins = bench.pins(package).await?;
    let recipe = LinuxkitRecipe { pins, ..package.recipe.clone() };
    let from = Origin::Build {
        recipe: Box::new(Recipe::Linuxkit(recipe.clone())),
        platforms: platforms.clone(),
    };
    let (_, surveyed) = bench.surveyed(from, &platforms).await?;
    let built = surveyed.into_iter().filter(|of| of.prepared.is_some());
    Ok((recipe, built.map(|of| of.platform).collect()))
}

/// Whether all is as it is to be.
async fn is_done(
    bench: &Bench<'_>,
    package: &Package,
    publish: &Publish,
    signers: &[SignerSpec],
    found: &Elsewhere,
) -> Result<bool, Error> {
    // A signature beside the image is looked for by the run, with the key at hand.
    let is_by_notary = |signer: &SignerSpec| signer.kind() == SignerKind::Notary;
    if !found.is_joined() || !signers.iter().all(is_by_notary) {
        return Ok(false);
    }
    let (name, is_signed) = (&package.identity.name, !signers.is_empty());
    if is_signed && !bench.is_signed(name, &package.identity.tag, found).await? {
        return Ok(false);
    }
    let Some(release) = &publish.release else { return Ok(true) };
    if bench.shelf(name)?.resolve(&release.tag).await? != found.tagged {
        return Ok(false);
    }
    Ok(!is_signed || bench.is_signed(name, &release.tag, found).await?)
}

fn none_found(package: &Package) -> Failure {
    let what = "all entries were skipped due to missing source image references";
    Failure::new(FailureKind::NotFound, Side::Sink, what)
        .context(package.identity.canonical())
        .hint("push the image of at least one platform first: castoff pkg push")
}

fn is_there(package: &Package, platform: &Platform) -> String {
    let called = package.identity.reference();
    match package.recipe.compat {
        Compat::Year2020 => {
            format!("{called} is already published for {platform}, not built again")
        }
        Compat::Year2026 => format!("{called} {} found on registry", platform.architecture),
    }
}

/// What is left out and what is signed, as LinuxKit says it.
fn tell_switches(bench: &Bench<'_>, package: &Package, publish: &Publish, signers: &[SignerSpec]) {
    if package.recipe.compat == Compat::Year2026 {
        return;
    }
    if !publish.platform_tags {
        say(bench.global, "Image push disabled, skipping...");
    }
    if !publish.index {
        say(bench.global, "Manifest push disabled, skipping...");
    }
    if !signers.is_empty() {
        let called = package.identity.reference();
        say(bench.global, &format!("Signing manifest for {called}"));
    }
}

fn tell_end(
    bench: &Bench<'_>,
    Order { package, sign, .. }: &Order,
    publish: &Publish,
    signers: &[SignerSpec],
) {
    let is_unsigned = publish.index && signers.is_empty();
    if is_unsigned && package.switches.trust && *sign {
        say(bench.global, NOTHING_SIGNS);
    }
    if package.recipe.compat == Compat::Year2026 {
        return;
    }
    if is_unsigned && !package.switches.trust {
        say(bench.global, "trust disabled, not signing");
    } else if is_unsigned && !sign {
        say(bench.global, "signing disabled, not signing");
    }
    match &publish.release {
        None => say(bench.global, "Build and push complete, not releasing, all done."),
        Some(release) => {
            let release = &release.tag;
            let what = format!("Build, push and release of \"{release}\" complete, all done.");
            say(bench.global, &what);
        }
    }
}
