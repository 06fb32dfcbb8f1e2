//! What is to be done with which package, all of it decided before the first
//! is begun.

use std::{borrow::Cow, io::Write};

use super::{asked, bench::Bench, load, order::Order, packages::read_all, publish};
use crate::{
    app::verbs::out::{say, warn},
    cli::{BuildArgs, GlobalArgs, ManifestArgs},
    error::{Error, Exit},
    model::{LinuxkitRecipe, Platform},
    recipe::linuxkit::{self, Decision, Flow, Make, Package, Publish, Wish},
    streams,
};

/// Builds packages, and pushes them where that is asked for.
pub(super) async fn build(
    global: &GlobalArgs,
    args: &BuildArgs,
    recipes: Vec<LinuxkitRecipe>,
    push: bool,
) -> Result<Exit, Error> {
    let wish = asked::wish(args, push)?;
    let builders = asked::builders(args)?;
    for flag in args.unused.given() {
        warn(format!("{flag} is ignored: castoff does not use LinuxKit's cache"));
    }
    let here = global.workplace()?.folder;
    let recipes: Vec<LinuxkitRecipe> =
        recipes.into_iter().map(|recipe| asked::with_build(recipe, args, &here)).collect();
    let orders = decided(global, &recipes, &wish).await?;
    if args.dry_run.unwrap_or(false) {
        for Order { package, flow, .. } in &orders {
            show_command(package, &flow.platforms).await?;
        }
        return Ok(Exit::Done);
    }
    if orders.is_empty() {
        return Ok(Exit::Done);
    }
    let signers = asked::signers(&args.sign);
    let bench = Bench::new(global, &args.trust, &signers)?.building_at(builders)?;
    let bench = bench.showing(args.progress);
    each(&bench, orders).await
}

/// Publishes the indexes of what is pushed already.
pub(super) async fn manifest(
    global: &GlobalArgs,
    args: &ManifestArgs,
    recipes: &[LinuxkitRecipe],
) -> Result<Exit, Error> {
    let release = asked::release(args.release.as_deref())?;
    let sign = asked::is_signed(&args.sign);
    let mut orders = Vec::new();
    for package in read_all(global, recipes).await? {
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
        orders.push(Order { package, flow, sign });
    }
    let signers = asked::signers(&args.sign);
    each(&Bench::new(global, &args.trust, &signers)?, orders).await
}

/// One after another: each may be built on those before it, so the first that
/// is not done is the last that is begun.
async fn each(bench: &Bench<'_>, orders: Vec<Order>) -> Result<Exit, Error> {
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
    global: &GlobalArgs,
    recipes: &[LinuxkitRecipe],
    wish: &Wish,
) -> Result<Vec<Order>, Error> {
    let host = asked::host();
    let mut orders = Vec::new();
    for package in read_all(global, recipes).await? {
        let mut wish = wish.clone();
        // Only a push looks for a release: a build of a tagged commit is none.
        if wish.push && wish.release.is_none() && !package.is_dirty {
            wish.release = package.release_in_git().await?;
        }
        match linuxkit::decide(&package, &wish, host.as_ref())? {
            Decision::LeftOut(why) => say(global, &why),
            Decision::Go(flow) => orders.push(Order { package, flow, sign: wish.sign }),
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
