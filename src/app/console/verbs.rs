//! The verbs of the command line, in the palette.

use clap::{CommandFactory, Parser, error::ErrorKind};

use super::{
    performer::Shared,
    runner::{Runner, take_up},
};
use crate::{
    app::{batch, past, path_rows, push, release::Task, upkeep},
    batch::show_plan,
    cli::{Cli, PushArgs, Verb},
    error::Error,
    model::Selection,
    tui::{Msg, model},
};

/// What makes no sense within the console.
const ELSEWHERE: [&str; 8] =
    ["completions", "diff", "help", "inspect", "ls", "runs", "secret", "themes"];

/// The verbs, as the command line has them.
pub(super) fn known() -> Vec<model::Verb> {
    let command = Cli::command();
    let verbs = command.get_subcommands();
    let verbs = verbs.filter(|verb| !ELSEWHERE.contains(&verb.get_name()));
    verbs
        .map(|verb| {
            let long = verb.get_arguments().filter_map(clap::Arg::get_long);
            model::Verb {
                name: verb.get_name().to_owned(),
                help: verb.get_about().map(ToString::to_string).unwrap_or_default(),
                options: long.map(|long| format!("--{long}")).collect(),
                takes_run: verb.get_positionals().any(|argument| argument.get_id() == "run"),
            }
        })
        .collect()
}

/// Does what a line says.
pub(super) fn perform(shared: &Shared, runner: &mut Runner, line: &str) {
    if let Err(error) = begin(shared, runner, line) {
        shared.failed(line, error);
    }
}

fn begin(shared: &Shared, runner: &mut Runner, line: &str) -> Result<(), Error> {
    let Some(verb) = parse(shared, line)? else { return Ok(()) };
    let of = shared.clone();
    match verb {
        Verb::Plan { selection } => {
            tokio::spawn(async move { tell_plan(&of, &selection.into()).await });
        }
        Verb::Resume { run } => runner.begin("resume", async move {
            let past = match run {
                Some(run) => past::named(&of.world, &run)?,
                None => past::newest_unfinished(&of.world)?.0,
            };
            take_up(&of, past.run.id(), None).await
        }),
        Verb::Retry { run, selection } => runner.begin("retry", async move {
            let (past, selection) = (past::named(&of.world, &run)?, selection.into());
            past::again(&of.world, &past, |run| past::some_chosen(run, &selection)).await
        }),
        Verb::Rollback { run } => {
            runner.begin("rollback", async move { past::undoing(&of.world, &run) });
        }
        Verb::Push(args) => runner.begin("push", async move { push(&of, args).await }),
        Verb::Paths => {
            let rows = path_rows(&of.world.paths, Some(&of.config.root), None);
            let line = |(name, path)| format!("{name:<8} {path}");
            let lines = rows.into_iter().map(line).collect();
            shared.tell(Msg::Told { title: "paths".to_owned(), lines });
        }
        Verb::Copy(args) => runner.begin("copy", async move {
            refuse_dry_run(args.dry_run)?;
            upkeep::copying_to(&of.world, &of.config, args).await
        }),
        Verb::Rm(args) => runner.begin("rm", async move {
            refuse_dry_run(args.dry_run)?;
            upkeep::removing_named(&of.world, &of.config, args).await
        }),
        Verb::Gc(args) => runner.begin("gc", async move {
            refuse_dry_run(args.dry_run)?;
            upkeep::collecting(&of.world, &of.config, args).await
        }),
        Verb::Ls(_)
        | Verb::Inspect(_)
        | Verb::Diff(_)
        | Verb::Runs
        | Verb::Secret(_)
        | Verb::Themes { .. }
        | Verb::Completions { .. } => {
            let what = format!("`{line}` is for the command line");
            return Err(Error::usage(what)
                .hint("here, runs are on the History screen, secrets on the Secrets screen, and `theme NAME` \
                       takes a theme"));
        }
    }
    Ok(())
}

fn refuse_dry_run(dry_run: bool) -> Result<(), Error> {
    if dry_run { Err(Error::usage("--dry-run is for the command line")) } else { Ok(()) }
}

/// The verb of a line; none where the line only asks for help, which is told.
fn parse(shared: &Shared, line: &str) -> Result<Option<Verb>, Error> {
    let words = shlex::split(line).ok_or_else(|| Error::usage("a quotation does not end"))?;
    let cli = match Cli::try_parse_from(std::iter::once("castoff".to_owned()).chain(words)) {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            let lines = error.to_string().lines().map(str::to_owned).collect();
            shared.tell(Msg::Told { title: line.to_owned(), lines });
            return Ok(None);
        }
        Err(error) => {
            let text = error.to_string();
            let mut lines = text.lines().filter(|line| !line.trim().is_empty());
            let what = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let rest: Vec<&str> = lines.map(str::trim).collect();
            return Err(Error::usage(what).hint(rest.join("; ")));
        }
    };
    cli.verb.map(Some).ok_or_else(|| Error::usage("this needs a verb"))
}

async fn tell_plan(shared: &Shared, selection: &Selection) {
    let text = async {
        let Shared { config, world, .. } = shared;
        let (release, plan) = batch::planned(world, config, selection, false).await?;
        let mut text = Vec::new();
        show_plan(&batch::view(world, &release, &plan).await?, &mut text)?;
        Ok::<_, Error>(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    };
    match text.await {
        Ok(lines) => shared.tell(Msg::Told { title: "plan".to_owned(), lines }),
        Err(error) => shared.failed("plan", error),
    }
}

async fn push(shared: &Shared, args: PushArgs) -> Result<Task, Error> {
    let force = args.force;
    refuse_dry_run(args.dry_run)?;
    let (config, selection, warnings) = push::configuration(Some((*shared.config).clone()), args)?;
    for warning in warnings {
        shared.tell(Msg::Noted(warning));
    }
    let (_, plan) = batch::planned(&shared.world, &config, &selection, force).await?;
    Task::new(&shared.world, plan)
}
