//! `castoff pkg`: LinuxKit packages.

mod context;
mod fetch;
mod load;
mod options;
mod package_job;
mod packages;
mod passphrase;
mod publish;
mod release;
mod signs;
mod trust;
mod verbs;

use std::io::Write;

use serde::Serialize;

use self::{options::recipes, packages::read_all};
use super::output::Out;
use crate::{
    app::wiring::project::Workplace,
    cli::{GlobalArgs, PkgVerb, ShowTagArgs},
    error::{Error, Exit},
    recipe::linuxkit::{LinuxkitRecipe, Package},
    streams,
};

/// Does what was asked of packages.
pub(crate) async fn pkg(at: &Workplace, global: &GlobalArgs, verb: PkgVerb) -> Result<Exit, Error> {
    let recipes = recipes(verb.package(), at)?;
    match verb {
        PkgVerb::ShowTag(args) => show_tag(at, global, &args, &recipes).await,
        PkgVerb::Build(args) => {
            let push = args.push.unwrap_or(false);
            verbs::build(at, global, &args, recipes, push).await
        }
        PkgVerb::Push(args) => verbs::build(at, global, &args, recipes, true).await,
        PkgVerb::Manifest(args) => verbs::manifest(at, global, &args, &recipes).await,
    }
}

/// A tag, for machines.
#[derive(Serialize)]
struct TagLine<'p> {
    path: String,
    tag: String,
    hash: &'p str,
    dirty: bool,
}

async fn show_tag(
    at: &Workplace,
    global: &GlobalArgs,
    args: &ShowTagArgs,
    recipes: &[LinuxkitRecipe],
) -> Result<Exit, Error> {
    let packages = read_all(at, global, recipes).await?;
    let tag = |package: &Package| match args.canonical {
        Some(true) => package.identity.canonical(),
        _ => package.identity.reference(),
    };
    let mut to = streams::stdout();
    let mut out = Out::new(&mut to, global);
    if out.is_json {
        let shown = packages.iter().map(|package| TagLine {
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
