//! The composition root: builds everything, and does what was asked.

mod aci;
mod at_hand;
mod backwards;
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
mod run_label;
mod sealers;
mod secrets;
mod signals;
mod signers;
mod sources;
mod undo;
mod unfinished;
mod upkeep;
mod veea;
mod world;

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::CommandFactory;

use self::{out::Out, world::World};
use crate::{
    cli::{Cli, GlobalArgs, LookVerb, SelectionArgs, Verb},
    config::{Config, FILE_NAME, Paths},
    error::{Error, Exit},
    journal::Project,
    model::{SecretSource, Selection, escape},
    net::{self, Hearing, Memory},
    streams,
};

/// Does what was asked.
///
/// # Errors
///
/// Fails when nothing was begun; how a run ended is an [`Exit`].
pub async fn run(cli: Cli) -> Result<Exit, Error> {
    let is_console = cli.verb.is_none() && !cli.batch;
    log::to_file(&cli.global, is_console)?;
    // What a run waits for is told by its events, and by nothing on a screen.
    let tell = move |line: String| {
        if !is_console {
            warn(escape(&line));
        }
    };
    let hearing = Hearing { tell: Arc::new(tell), memory: Memory::default() };
    Box::pin(net::heard(hearing, perform(cli))).await
}

async fn perform(cli: Cli) -> Result<Exit, Error> {
    let Cli { batch, dry_run, force, selection, global, verb } = cli;
    if global.is_json() {
        streams::speak_json();
    }
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
            let (world, known) = named::world_to_look(&global)?;
            let is_raw = matches!(&verb, LookVerb::Inspect(args) if args.raw);
            let mut to = if is_raw { streams::raw_stdout() } else { streams::stdout() };
            browse::look(&world, &known, verb, &mut Out::new(&mut to, &global)).await?;
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
            clap_complete::generate(shell, &mut Cli::command(), "castoff", &mut streams::stdout());
            Ok(Exit::Done)
        }
    }
}

fn paths(global: &GlobalArgs) -> Result<Exit, Error> {
    let rows = path_rows(&user_paths()?, project(global)?.as_deref(), global.log_file.as_deref());
    let mut out = streams::stdout();
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

/// What the runs belong to that begin here.
fn project_of(global: &GlobalArgs) -> Result<Project, Error> {
    let file = project(global)?;
    let file = file.map(|file| file.canonicalize().unwrap_or(file));
    let folder = file.as_deref().and_then(Path::parent).map(Path::to_owned);
    let root = folder.map_or_else(std::env::current_dir, Ok)?;
    Ok(Project { project: file, root })
}

/// The configuration, which must be there.
fn configuration(global: &GlobalArgs) -> Result<Config, Error> {
    let file = project(global)?.ok_or_else(|| {
        Error::usage(format!("there is no {FILE_NAME} in this folder or above it"))
            .hint("write one (see config.example.toml), or use castoff push, which needs none")
    })?;
    load(Some(&file))
}

/// A configuration with what the user's own adds to it, or that alone. No other
/// program sees the variables that it takes secrets from.
fn load(file: Option<&Path>) -> Result<Config, Error> {
    // Without a home folder there is no configuration in it.
    let user = Paths::of_user().ok().map(|paths| paths.config);
    let config = crate::config::load(file, user.as_deref(), &std::env::current_dir()?)?;
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
    let _ = writeln!(streams::stderr(), "warning: {what}");
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
