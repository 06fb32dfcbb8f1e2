//! `castoff pkg`: LinuxKit packages.

mod asked;
mod depends;
mod passphrase;
mod trust;

use std::{borrow::Cow, io::Write, sync::Arc};

use serde::Serialize;

use self::asked::{recipes, wish};
use super::{out::Out, secrets::RegistryLogins};
use crate::{
    cli::{BuildArgs, GlobalArgs, ManifestArgs, PkgVerb, ShowTagArgs},
    error::{Error, Exit},
    model::{LinuxkitRecipe, Platform},
    recipe::linuxkit::{self, Decision, Flow, Make, Package},
};

/// Does what was asked of packages.
pub(super) async fn pkg(global: &GlobalArgs, verb: PkgVerb) -> Result<Exit, Error> {
    let recipes = recipes(verb.package())?;
    match verb {
        PkgVerb::ShowTag(args) => show_tag(global, &args, &recipes).await,
        PkgVerb::Build(args) => {
            let push = args.push.unwrap_or(false);
            build(global, &args, recipes, push).await
        }
        PkgVerb::Push(args) => build(global, &args, recipes, true).await,
        PkgVerb::Manifest(args) => manifest(global, &args, &recipes).await,
    }
}

/// A tag, for machines.
#[derive(Serialize)]
struct Shown<'p> {
    path: String,
    tag: String,
    hash: &'p str,
    dirty: bool,
}

async fn show_tag(
    global: &GlobalArgs,
    args: &ShowTagArgs,
    recipes: &[LinuxkitRecipe],
) -> Result<Exit, Error> {
    let packages = read_all(global, recipes).await?;
    let tag = |package: &Package| match args.canonical {
        Some(true) => package.identity.canonical(),
        _ => package.identity.reference(),
    };
    let mut to = std::io::stdout();
    let mut out = Out::new(&mut to, global);
    if out.is_json {
        let shown = packages.iter().map(|package| Shown {
            path: package.folder.display().to_string(),
            tag: tag(package),
            hash: &package.hash,
            dirty: package.is_dirty,
        });
        out.document(&shown.collect::<Vec<_>>())?;
    } else {
        for package in &packages {
            writeln!(out, "{}", tag(package))?;
        }
    }
    Ok(Exit::Done)
}

async fn build(
    global: &GlobalArgs,
    args: &BuildArgs,
    recipes: Vec<LinuxkitRecipe>,
    push: bool,
) -> Result<Exit, Error> {
    let wish = wish(args, push)?;
    asked::builders(args)?;
    for flag in args.unused.given() {
        super::warn(format!("{flag} has no meaning here: castoff has no cache of LinuxKit's"));
    }
    let recipes: Vec<LinuxkitRecipe> = recipes
        .into_iter()
        .map(|recipe| asked::with_build(recipe, args))
        .collect::<Result<_, _>>()?;
    let host = asked::host();
    let mut flows = Vec::new();
    for package in read_all(global, &recipes).await? {
        let mut wish = wish.clone();
        // Only a push looks for a release: a build of a tagged commit is none.
        if push && wish.release.is_none() && !package.is_dirty {
            wish.release = package.release_in_git().await?;
        }
        match linuxkit::decide(&package, &wish, host.as_ref())? {
            Decision::LeftOut(why) => say(global, &why),
            Decision::Go(flow) => flows.push((package, flow)),
        }
    }
    if args.dry_run.unwrap_or(false) {
        for (package, flow) in &flows {
            show_command(package, &flow.platforms).await?;
        }
        return Ok(Exit::Done);
    }
    run(global, &flows).await
}

/// Prints the command of Docker that would build the same.
async fn show_command(package: &Package, platforms: &[Platform]) -> Result<(), Error> {
    let words = linuxkit::docker_command(package, &package.blueprint().await?, platforms);
    let words = words.iter().map(|word| quoted(word)).collect::<Result<Vec<_>, _>>()?;
    Ok(writeln!(std::io::stdout(), "{}", words.join(" "))?)
}

/// A word of a command for a shell, as people would write it.
fn quoted(word: &str) -> Result<Cow<'_, str>, Error> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Ok(Cow::Borrowed(word));
    }
    shlex::try_quote(word).map_err(Error::usage)
}

/// Fetches what the packages depend on. What follows is not there yet.
async fn run(global: &GlobalArgs, flows: &[(Package, Flow)]) -> Result<Exit, Error> {
    if flows.is_empty() {
        return Ok(Exit::Done);
    }
    let logins = RegistryLogins(Arc::new(super::secrets::keyring()?));
    for (package, flow) in flows {
        if flow.make != Make::Nothing {
            depends::fetch(package, &logins, |line| say(global, line)).await?;
        }
    }
    Err(Error::refused("this version reads packages, and does not build them yet")
        .hint("castoff pkg build --dry-run prints the docker command that does"))
}

async fn manifest(
    global: &GlobalArgs,
    args: &ManifestArgs,
    recipes: &[LinuxkitRecipe],
) -> Result<Exit, Error> {
    let release = asked::release(args.release.as_deref())?;
    for package in read_all(global, recipes).await? {
        release.as_ref().map(|release| package.release(release)).transpose()?;
    }
    Err(Error::refused("this version reads packages, and does not publish them yet"))
}

/// Reads all packages before anything is done with the first.
async fn read_all(global: &GlobalArgs, recipes: &[LinuxkitRecipe]) -> Result<Vec<Package>, Error> {
    let mut packages = Vec::new();
    for recipe in recipes {
        let package = linuxkit::read(recipe).await?;
        if !global.quiet {
            package.warnings.iter().for_each(super::warn);
        }
        packages.push(package);
    }
    Ok(packages)
}

/// Tells people how it goes.
fn say(global: &GlobalArgs, line: &str) {
    if !global.quiet {
        // Nobody is left to tell that standard error is closed.
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}
