//! The composition root: builds everything, and does what was asked.

mod batch;
mod local;
mod past;
mod places;
mod push;
mod release;
mod signals;
mod sources;
mod world;

use std::io::{self, Write};

use clap::CommandFactory;

use self::world::World;
use crate::{
    cli::{Cli, GlobalArgs, SelectionArgs, Verb},
    config::{Config, FILE_NAME, Paths},
    error::{Error, Exit},
    survey::Selection,
};

/// Does what was asked.
///
/// # Errors
///
/// Fails when nothing was begun; how a run ended is an [`Exit`].
pub async fn run(cli: Cli) -> Result<Exit, Error> {
    let Cli { batch, dry_run, force, selection, global, verb } = cli;
    log_to_file(&global)?;
    match verb {
        None if batch => batch::batch(&global, &selection.into(), dry_run, force).await,
        None => Err(no_console()),
        Some(_) if batch => Err(Error::usage("--batch goes without a verb")),
        Some(Verb::Push(push)) => push::push(&global, push).await,
        Some(Verb::Plan { selection: own }) => {
            batch::batch(&global, &selection.and(own).into(), true, false).await
        }
        Some(Verb::Runs) => past::runs(&global),
        Some(Verb::Resume { run }) => past::resume(&global, run.as_deref()).await,
        Some(Verb::Retry { run, selection: own }) => {
            past::retry(&global, &run, &selection.and(own).into()).await
        }
        Some(Verb::Rollback { run }) => past::rollback(&global, &run).await,
        Some(Verb::Paths) => paths(&global),
        Some(Verb::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "castoff", &mut io::stdout());
            Ok(Exit::Done)
        }
    }
}

fn no_console() -> Error {
    Error::usage("this version has no console yet")
        .hint("release with castoff --batch; look with castoff plan")
}

fn paths(global: &GlobalArgs) -> Result<Exit, Error> {
    let paths = user_paths()?;
    let project = project(global)?.map(|file| file.display().to_string());
    let log = global.log_file.clone().unwrap_or_else(|| paths.log());
    let rows = [
        ("project", project.unwrap_or_else(|| format!("no {FILE_NAME} here or above"))),
        ("config", paths.config.display().to_string()),
        ("runs", paths.runs().display().to_string()),
        ("state", paths.state.display().to_string()),
        ("cache", paths.cache.display().to_string()),
        ("log", log.display().to_string()),
    ];
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

fn user_paths() -> Result<Paths, Error> {
    Paths::of_user().map_err(|error| Error::refused(error).hint("set $HOME"))
}

/// The project's configuration file, if there is one.
fn project(global: &GlobalArgs) -> Result<Option<std::path::PathBuf>, Error> {
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
    Ok(crate::config::load(&file, Some(&user_paths()?.config))?)
}

/// Sends the log to a file where that is asked for; never to the screen.
fn log_to_file(global: &GlobalArgs) -> Result<(), Error> {
    let level = std::env::var("CASTOFF_LOG").ok();
    if global.log_file.is_none() && level.is_none() {
        return Ok(());
    }
    let path = match &global.log_file {
        Some(path) => path.clone(),
        None => user_paths()?.log(),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = std::fs::File::options().create(true).append(true).open(&path)?;
    let filter =
        tracing_subscriber::EnvFilter::try_new(level.as_deref().unwrap_or("castoff=debug,warn"))
            .map_err(|error| Error::usage(format!("$CASTOFF_LOG: {error}")))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(file).with_ansi(false).init();
    Ok(())
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
