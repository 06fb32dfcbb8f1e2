//! The composition root: builds everything, and does what was asked.

mod aci;
mod batch;
mod browse;
mod building;
mod console;
mod files;
mod hosts;
mod image;
mod local;
mod log;
mod looking;
mod named;
mod notary;
mod out;
mod past;
mod pkg;
mod places;
mod push;
mod reach;
mod release;
mod sealers;
mod secrets;
mod signals;
mod signers;
mod sources;
mod undo;
mod upkeep;
mod veea;
mod world;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::CommandFactory;

use self::{out::Out, world::World};
use crate::{
    cli::{Cli, GlobalArgs, SelectionArgs, Verb},
    config::{Config, FILE_NAME, Paths},
    error::{Error, Exit},
    model::{SecretSource, Selection},
};

/// Does what was asked.
///
/// # Errors
///
/// Fails when nothing was begun; how a run ended is an [`Exit`].
pub async fn run(cli: Cli) -> Result<Exit, Error> {
    let Cli { batch, dry_run, force, selection, global, verb } = cli;
    log::to_file(&global, verb.is_none() && !batch)?;
    match verb {
        None if batch => batch::batch(&global, &selection.into(), dry_run, force).await,
        None => console::console(&global, &selection).await,
        Some(_) if batch => Err(Error::usage("--batch goes without a verb")),
        Some(Verb::Push(push)) => push::push(&global, push).await,
        Some(Verb::Image(verb)) => image::image(&global, verb).await,
        Some(Verb::Veea(verb)) => veea::veea(&global, *verb).await,
        Some(Verb::Plan { selection: own }) => {
            batch::batch(&global, &selection.and(own).into(), true, false).await
        }
        Some(Verb::Look(verb)) => {
            let (world, known) = named::world(&global)?;
            browse::look(&world, &known, verb, &mut Out::new(&mut io::stdout(), &global)).await?;
            Ok(Exit::Done)
        }
        Some(Verb::Upkeep(verb)) => upkeep::upkeep(&global, verb).await,
        Some(Verb::Runs) => past::runs(&global),
        Some(Verb::Resume { run }) => past::resume(&global, run.as_deref()).await,
        Some(Verb::Retry { run, selection: own }) => {
            past::retry(&global, &run, &selection.and(own).into()).await
        }
        Some(Verb::Rollback { run }) => past::rollback(&global, &run).await,
        Some(Verb::Secret(verb)) => secrets::secret(&global, verb).await,
        Some(Verb::Pkg(verb)) => pkg::pkg(&global, *verb).await,
        Some(Verb::Aci(args)) => aci::aci(&global, *args).await,
        Some(Verb::Paths) => paths(&global),
        Some(Verb::Themes { name }) => console::themes(&global, name.as_deref()),
        Some(Verb::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "castoff", &mut io::stdout());
            Ok(Exit::Done)
        }
    }
}

fn paths(global: &GlobalArgs) -> Result<Exit, Error> {
    let rows = path_rows(&user_paths()?, project(global)?.as_deref(), global.log_file.as_deref());
    let mut out = io::stdout().lock();
    if global.is_json() {
        let map: std::collections::BTreeMap<_, _> = rows.into_iter().collect();
        writeln!(out, "{}", serde_json::json!(map))?;
    } else {
        for (name, path) in rows {
            writeln!(out, "{name:<8} {path}")?;
        }
    }
    Ok(Exit::Done)
}

/// Where everything is, by name.
fn path_rows(
    paths: &Paths,
    project: Option<&Path>,
    log: Option<&Path>,
) -> [(&'static str, String); 8] {
    let shown = |path: &Path| path.display().to_string();
    let themes = paths.config.with_file_name("themes");
    [
        ("project", project.map_or_else(|| format!("no {FILE_NAME} here or above"), shown)),
        ("config", shown(&paths.config)),
        ("themes", shown(&themes)),
        ("runs", shown(&paths.runs())),
        ("state", shown(&paths.state)),
        ("cache", shown(&paths.cache)),
        ("aci", shown(&paths.images())),
        ("log", shown(log.unwrap_or(&paths.log()))),
    ]
}

fn user_paths() -> Result<Paths, Error> {
    Paths::of_user().map_err(|error| Error::refused(error).hint("set $HOME"))
}

/// The project's configuration file, if there is one.
fn project(global: &GlobalArgs) -> Result<Option<PathBuf>, Error> {
    match &global.config {
        Some(file) => Ok(Some(file.clone())),
        None => Ok(crate::config::find(&std::env::current_dir()?)?),
    }
}

/// The configuration, which must be there.
fn configuration(global: &GlobalArgs) -> Result<Config, Error> {
    let file = project(global)?.ok_or_else(|| {
        Error::usage(format!("there is no {FILE_NAME} in this folder or above it"))
            .hint("write one (see config.example.toml), or use castoff push, which needs none")
    })?;
    load(&file)
}

/// A configuration with what the user's own adds to it. No other program sees
/// the variables that it takes secrets from.
fn load(file: &Path) -> Result<Config, Error> {
    let config = crate::config::load(file, Some(&user_paths()?.config))?;
    let signers = config.signers.iter();
    let sources =
        signers.flat_map(|signer| signer.passphrase.iter().chain(signer.with.other_secrets()));
    for source in sources {
        if let SecretSource::Env(name) = source {
            crate::child::hide(name);
        }
    }
    Ok(config)
}

/// Says something that is worth knowing and stops nothing.
fn warn(what: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "warning: {what}");
}

impl SelectionArgs {
    /// What is selected before the verb and after it.
    fn and(mut self, other: Self) -> Self {
        self.artifact.extend(other.artifact);
        self.platform.extend(other.platform);
        self.sink.extend(other.sink);
        self
    }
}

impl From<SelectionArgs> for Selection {
    fn from(args: SelectionArgs) -> Self {
        Self { artifacts: args.artifact, platforms: args.platform, sinks: args.sink }
    }
}
