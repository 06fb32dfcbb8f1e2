//! What is to be done with which package, all of it decided before the first
//! is begun.

use std::{borrow::Cow, io::Write};

use super::{
    context::PackageContext, load, options, package_job::PackageJob, packages::read_all, publish,
};
use crate::{
    app::{
        verbs::output::{say, warn},
        wiring::project::Workplace,
    },
    cli::{BuildArgs, GlobalArgs, ManifestArgs},
    error::{Error, Exit},
    model::Platform,
    recipe::linuxkit::{
        self, Decision, Flow, LinuxkitRecipe, Make, Package, PackageRequest, Publish,
    },
    streams,
};

/// Builds packages, and pushes them where that is asked for.
pub(super) async fn build(
    at: &Workplace,
    global: &GlobalArgs,
    args: &BuildArgs,
    recipes: Vec<LinuxkitRecipe>,
    push: bool,
) -> Result<Exit, Error> {
    let wish = options::wish(args, push)?;
    let builders = options::builders(args, &at.environment)?;
    for flag in args.unused.given() {
        warn(format!("{flag} is ignored: castoff does not use LinuxKit's cache"));
    }
    let recipes: Vec<LinuxkitRecipe> =
        recipes.into_iter().map(|recipe| options::with_build(recipe, args, &at.folder)).collect();
    let orders = decided(at, global, &recipes, &wish).await?;
    if args.dry_run.unwrap_or(false) {
        for PackageJob { package, flow, .. } in &orders {
            show_command(package, &flow.platforms).await?;
        }
        return Ok(Exit::Done);
    }
    if orders.is_empty() {
        return Ok(Exit::Done);
    }
    let signers = options::signers(&args.sign);
    let bench = PackageContext::new(at, global, &args.trust, &signers)?.building_at(builders)?;
    let bench = bench.showing(args.progress);
    each(&bench, orders).await
}

/// Publishes the indexes of what is pushed already.
pub(super) async fn manifest(
    at: &Workplace,
    global: &GlobalArgs,
    args: &ManifestArgs,
    recipes: &[LinuxkitRecipe],
) -> Result<Exit, Error> {
    let release = options::release(args.release.as_deref())?;
    let sign = options::is_signed(&args.sign);
    let mut orders = Vec::new();
    for package in read_all(at, global, recipes).await? {
        let release = release.as_ref().map(|release| package.release(release)).transpose()?;
        linuxkit::refuse_dirty(&package)?;
        let publish = Publish {
            platform_tags: false,
            index: true,
            sign: sign && package.switches.trust,
            release,
        };
        let make = Make::Nothing;
        let flow = Flow { platforms: Vec::new(), make, load: false, publish: Some(publish) };
        orders.push(PackageJob { package, flow, sign });
    }
    let signers = options::signers(&args.sign);
    each(&PackageContext::new(at, global, &args.trust, &signers)?, orders).await
}

/// One after another: each may be built on those before it, so the first that
/// is not done is the last that is begun.
async fn each(bench: &PackageContext<'_>, orders: Vec<PackageJob>) -> Result<Exit, Error> {
    let mut orders = orders.into_iter();
    while let Some(order) = orders.next() {
        let called = order.package.identity.reference();
        let done = match order.flow.publish {
            Some(_) => Box::pin(publish::publish(bench, order)).await,
            None => Box::pin(load::load(bench, order)).await,
        };
        if !matches!(done, Ok(Exit::Done)) {
            for left in orders {
                let left = left.package.identity.reference();
                say(bench.global, &format!("{left} was not begun, because {called} failed"));
            }
            return done;
        }
    }
    Ok(Exit::Done)
}

async fn decided(
    at: &Workplace,
    global: &GlobalArgs,
    recipes: &[LinuxkitRecipe],
    wish: &PackageRequest,
) -> Result<Vec<PackageJob>, Error> {
    let host = options::host();
    let mut orders = Vec::new();
    for package in read_all(at, global, recipes).await? {
        let mut wish = wish.clone();
        // Only a push looks for a release: a build of a tagged commit is none.
        if wish.push && wish.release.is_none() && !package.is_dirty {
            wish.release = package.release_in_git().await?;
        }
        match linuxkit::decide(&package, &wish, host.as_ref())? {
            Decision::LeftOut(why) => say(global, &why),
            Decision::Go(flow) => orders.push(PackageJob { package, flow, sign: wish.sign }),
        }
    }
    Ok(orders)
}

/// Prints the command of Docker that would build the same.
async fn show_command(package: &Package, platforms: &[Platform]) -> Result<(), Error> {
    let words = linuxkit::docker_command(package, &package.blueprint().await?, platforms);
    let words = words.iter().map(|word| quoted(word)).collect::<Result<Vec<_>, _>>()?;
    Ok(writeln!(streams::stdout(), "{}", words.join(" "))?)
}

/// A word of a command for a shell, as people would write it.
fn quoted(word: &str) -> Result<Cow<'_, str>, Error> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Ok(Cow::Borrowed(word));
    }
    shlex::try_quote(word).map_err(Error::usage)
}
