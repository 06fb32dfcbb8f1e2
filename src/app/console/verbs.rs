//! The verbs of the command line, in the palette.

use clap::{CommandFactory, Parser, error::ErrorKind};

use super::{
    changes::proposal,
    runner::{Runner, take_up},
    shared::Shared,
};
use crate::{
    app::{
        ops::{
            agreement, history,
            plan::{outlook, planned},
            run::Task,
        },
        verbs::{
            batch::plan_view, browse, changes, image::Opened, out::Out, paths::rows, push, veea,
        },
    },
    batch::show_plan,
    cli::{Cli, GlobalArgs, ImageBuildArgs, ImageVerb, PushArgs, UpkeepVerb, VeeaVerb, Verb},
    error::Error,
    model::escape,
    plan::Plan,
    tui::{
        Msg,
        model::{self, Agreeing, Agreement},
    },
};

/// What makes no sense within the console.
const ELSEWHERE: [&str; 6] = ["completions", "help", "pkg", "runs", "secret", "themes"];

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

/// Does what a line says. What changes what tags name is only told, with the
/// plan that does it once that is agreed to.
pub(super) fn perform(shared: &Shared, runner: &mut Runner, line: &str) {
    if let Err(error) = begin(shared, runner, line) {
        shared.failed(line, error);
    }
}

fn begin(shared: &Shared, runner: &mut Runner, line: &str) -> Result<(), Error> {
    let Some((verb, global)) = parse(shared, line)? else { return Ok(()) };
    let of = shared.clone();
    match verb {
        Verb::Rollback { run } => agree(shared, line, Agreement::PutBack, async move {
            let past = history::named(&of.services, &run)?;
            history::refuse_elsewhere(&of.services, past.run.id())?;
            let (lines, plan) = history::put_back(&of.services, past.run.id())?;
            agreement::refuse_moved(&of.services, &plan).await?;
            Ok((lines, plan))
        }),
        Verb::Resume { .. } | Verb::Retry { .. } => begin_again(of, runner, verb),
        Verb::Push(args) => agree(shared, line, Agreement::Move, pushed_over(of, args)),
        Verb::Upkeep(asked @ (UpkeepVerb::Copy(_) | UpkeepVerb::Rm(_) | UpkeepVerb::Gc(_)))
            if !asked.is_dry() =>
        {
            let what = match asked {
                UpkeepVerb::Copy(_) => Agreement::Move,
                _ => Agreement::Remove,
            };
            agree(shared, line, what, async move {
                changes::proposed(&of.services, &of.sinks(), asked.into()).await
            });
        }
        Verb::Image(ImageVerb::Build(args)) => {
            runner.begin("image build", async move { image(&of, args).await });
        }
        Verb::Veea(verb) => match *verb {
            VeeaVerb::Step(step) => runner.begin("veea", async move {
                let (args, last) = step.split();
                veea::task(&of.services, &of.sinks(), &args, &last).await
            }),
            VeeaVerb::Archive(_) => told(shared, line, text(of, Verb::Veea(verb), global)),
        },
        Verb::Paths => {
            let rows = rows(&of.services.paths, Some(&of.config.root), None);
            let line = |(name, path)| format!("{name:<8} {path}");
            let lines = rows.into_iter().map(line).collect();
            shared.tell(Msg::Told { title: "paths".to_owned(), lines });
        }
        Verb::Plan { .. } | Verb::Look(_) => told(shared, line, text(of, verb, global)),
        Verb::Upkeep(ref asked) if asked.is_dry() => told(shared, line, text(of, verb, global)),
        Verb::Upkeep(verb) => runner.begin(verb.name(), async move {
            Task::new(
                &of.services,
                crate::app::ops::changes::plan(&of.services, &of.sinks(), verb.into()).await?,
            )
            .await
        }),
        Verb::Pkg(_)
        | Verb::Aci(_)
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

/// Asks to agree to a line where it changes what is published.
fn agree(
    shared: &Shared,
    line: &str,
    what: Agreement,
    proposed: impl Future<Output = Result<(Vec<String>, Plan), Error>> + Send + 'static,
) {
    let (shared, line) = (shared.clone(), line.to_owned());
    tokio::spawn(async move {
        match proposed.await.map(proposal) {
            Ok(proposal) => shared.tell(Msg::Agree(Agreeing::new(line, what, proposal))),
            Err(error) => shared.failed(&line, error),
        }
    });
}

async fn pushed_over(of: Shared, args: PushArgs) -> Result<(Vec<String>, Plan), Error> {
    refuse_dry_run(args.dry_run)?;
    let force = args.force;
    let (config, selection, warnings) = push::configuration(&of.sinks(), args)?;
    for warning in warnings {
        of.tell(Msg::Noted(warning));
    }
    let (release, plan) = planned(&of.services, &config, &selection, force).await?;
    let outlook = outlook(&of.services, &release, &plan).await?;
    let named = outlook.named.clone();
    let view = plan_view(&plan, &release, outlook);
    let tags = view.present.iter().flat_map(|at| at.tags.iter().map(move |tag| (at, tag)));
    let moved = tags.filter(|(_, tag)| tag.before.is_some() && tag.before != tag.after);
    let moved = moved.filter_map(|(at, tag)| {
        let before = tag.before.as_ref()?.short();
        let after = tag.after.as_ref().map_or("known once prepared", |after| after.short());
        Some(format!("{}:{} at {}: {before} → {after}", at.repository, tag.tag, at.sink))
    });
    let lines = moved.chain(view.notices.iter().cloned()).collect();
    Ok((lines, agreement::bound(&of.services, plan, &named).await?))
}

/// Goes on with a run of the past.
fn begin_again(of: Shared, runner: &mut Runner, verb: Verb) {
    match verb {
        Verb::Resume { run } => runner.begin("resume", async move {
            let past = crate::app::ops::unfinished::chosen_run(&of.services, run.as_deref())?;
            take_up(&of, past.run.id(), None).await
        }),
        Verb::Retry { run, selection } => runner.begin("retry", async move {
            let (past, selection) = (history::named(&of.services, &run)?, selection.into());
            history::refuse_elsewhere(&of.services, past.run.id())?;
            history::again(&of.services, &past, |run| history::some_chosen(run, &selection)).await
        }),
        _ => {}
    }
}

/// What a verb says that begins no run.
async fn text(of: Shared, verb: Verb, global: GlobalArgs) -> Result<Vec<u8>, Error> {
    let (services, known, mut text) = (&of.services, of.sinks(), Vec::new());
    if let Verb::Plan { selection } = verb {
        let (release, plan) = planned(services, &of.config, &selection.into(), false).await?;
        let outlook = outlook(services, &release, &plan).await?;
        show_plan(&plan_view(&plan, &release, outlook), &mut text)?;
        return Ok(text);
    }
    let mut out = Out::new(&mut text, &global);
    match verb {
        Verb::Look(verb) => browse::look(services, &known, verb, &mut out).await?,
        Verb::Upkeep(verb) => changes::show(services, &known, verb.into(), &mut out).await?,
        Verb::Veea(verb) => {
            if let VeeaVerb::Archive(verb) = *verb {
                veea::archive(&known, verb, &mut out).await?;
            }
        }
        _ => {}
    }
    Ok(text)
}

fn refuse_dry_run(dry_run: bool) -> Result<(), Error> {
    if dry_run { Err(Error::usage("--dry-run is for the command line")) } else { Ok(()) }
}

/// The verb of a line; none where the line only asks for help, which is told.
fn parse(shared: &Shared, line: &str) -> Result<Option<(Verb, GlobalArgs)>, Error> {
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
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let what = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let (usage, rest): (Vec<&str>, Vec<&str>) = lines
                .filter(|line| !line.starts_with("For more information"))
                .partition(|line| line.starts_with("Usage:"));
            let what = if rest.is_empty() { what } else { format!("{what} {}", rest.join(", ")) };
            let error = Error::usage(what);
            return Err(match usage.first() {
                Some(usage) => {
                    let usage = usage.trim_start_matches("Usage: castoff ");
                    error.hint(format!("write it as {usage}"))
                }
                None => error,
            });
        }
    };
    let verb = cli.verb.ok_or_else(|| Error::usage("this needs a verb"))?;
    Ok(Some((verb, cli.global)))
}

/// Tells in a window what a verb prints.
fn told(
    shared: &Shared,
    line: &str,
    text: impl Future<Output = Result<Vec<u8>, Error>> + Send + 'static,
) {
    let (shared, line) = (shared.clone(), line.to_owned());
    tokio::spawn(async move {
        match text.await {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text);
                let lines = text.lines().map(|line| escape(line).to_string()).collect();
                shared.tell(Msg::Told { title: line, lines });
            }
            Err(error) => shared.failed(&line, error),
        }
    });
}

async fn image(shared: &Shared, args: ImageBuildArgs) -> Result<Task, Error> {
    refuse_dry_run(args.dry_run)?;
    if args.to_yaml || args.to_json {
        return Err(Error::usage("--to-yaml and --to-json are for the command line"));
    }
    let opened = Opened::of(&args)?;
    for warning in &opened.warnings {
        shared.tell(Msg::Noted(warning.clone()));
    }
    opened.task(&shared.services, &shared.sinks(), &args).await.map(|(_, task)| task)
}
