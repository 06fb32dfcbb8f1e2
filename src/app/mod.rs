//! The composition root: builds everything, and does what was asked.

mod console;
mod log;
mod ops;
mod verbs;
mod wiring;

use std::sync::Arc;

use clap::CommandFactory;

use self::verbs::{
    batch::{ReleaseOptions, release},
    out::{Out, warn},
};
use crate::{
    cli::{Cli, LookVerb, SelectionArgs, Verb},
    error::{Error, Exit},
    model::{Selection, escape},
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
        None if batch => {
            release(&global, &selection.into(), ReleaseOptions { dry_run, force }).await
        }
        None => console::console(&global, &selection).await,
        Some(_) if batch => Err(Error::usage("--batch goes without a verb")),
        Some(Verb::Push(push)) => verbs::push::push(&global, push).await,
        Some(Verb::Image(verb)) => verbs::image::image(&global, verb).await,
        Some(Verb::Veea(verb)) => verbs::veea::veea(&global, *verb).await,
        Some(Verb::Plan { selection: own }) => {
            release(
                &global,
                &selection.and(own).into(),
                ReleaseOptions { dry_run: true, force: false },
            )
            .await
        }
        Some(Verb::Look(verb)) => {
            let (services, known) = global.workplace()?.services_to_look()?;
            let is_raw = matches!(&verb, LookVerb::Inspect(args) if args.raw);
            let mut to = if is_raw { streams::raw_stdout() } else { streams::stdout() };
            verbs::browse::look(&services, &known, verb, &mut Out::new(&mut to, &global)).await?;
            Ok(Exit::Done)
        }
        Some(Verb::Upkeep(verb)) => verbs::changes::change(&global, verb).await,
        Some(Verb::Runs) => verbs::runs::runs(&global),
        Some(Verb::Resume { run }) => verbs::runs::resume(&global, run.as_deref()).await,
        Some(Verb::Retry { run, selection: own }) => {
            verbs::runs::retry(&global, &run, &selection.and(own).into()).await
        }
        Some(Verb::Rollback { run }) => verbs::runs::rollback(&global, &run).await,
        Some(Verb::Secret(verb)) => verbs::secrets::secret(&global, verb).await,
        Some(Verb::Pkg(verb)) => verbs::pkg::pkg(&global, *verb).await,
        Some(Verb::Aci(args)) => verbs::aci::aci(&global, *args).await,
        Some(Verb::Paths) => verbs::paths::paths(&global),
        Some(Verb::Themes { name }) => console::themes(&global, name.as_deref()),
        Some(Verb::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "castoff", &mut streams::stdout());
            Ok(Exit::Done)
        }
    }
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
