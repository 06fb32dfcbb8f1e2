//! A run at the command line: shown while it goes on, and told when it ends.

use std::io::{self, IsTerminal, Write};

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{output::warn, signals};
use crate::{
    app::{
        ops::{
            plan::unseen_bases,
            run::{Task, perform},
        },
        wiring::services::Services,
    },
    batch::{JsonLines, LiveBars, Quiet, Text, show_failures, show_summary, show_tags, tag_line},
    cli::{GlobalArgs, ProgressForm},
    engine::Start,
    error::{Error, Exit},
    plan::{Plan, Work},
    run::{Observer, Run},
    streams,
};

/// Runs a new plan.
pub(crate) async fn run_plan(
    services: &Services,
    global: &GlobalArgs,
    plan: Plan,
) -> Result<Exit, Error> {
    let task = Task::new(services, plan).await?;
    Ok(Exit::of(&run_and_report(services, global, task).await?))
}

/// Runs `run` to its end and shows it meanwhile.
pub(crate) async fn run_and_report(
    services: &Services,
    global: &GlobalArgs,
    task: Task,
) -> Result<Run, Error> {
    let run = run_observed(services, global, task, output(global)).await?;
    show_end(global, &run)?;
    Ok(run)
}

/// Runs `run` to its end, shown by `shown` unless machines read it. How it
/// ended is only told where it is not done.
pub(crate) async fn run_shown_by(
    services: &Services,
    global: &GlobalArgs,
    task: Task,
    shown: Box<dyn Observer>,
) -> Result<Run, Error> {
    let run = run_observed(services, global, task, shown).await?;
    if !run.is_complete() {
        show_end(global, &run)?;
    }
    Ok(run)
}

async fn run_observed(
    services: &Services,
    global: &GlobalArgs,
    task: Task,
    shown: Box<dyn Observer>,
) -> Result<Run, Error> {
    if task.start == Start::Fresh && !global.quiet {
        unseen_bases(task.run.plan()).iter().for_each(warn);
    }
    task.notes.iter().for_each(warn);
    let (commands, mut asked) = mpsc::channel(4);
    // It ends with this run, however that ends.
    let _signals = AbortOnDropHandle::new(tokio::spawn(signals::listen(commands)));
    let shown = if global.is_json() { output(global) } else { shown };
    let (run, untidy) = perform(services, task, &mut asked, shown).await?;
    if let Some(failure) = untidy {
        warn(failure);
    }
    Ok(run)
}

fn output(global: &GlobalArgs) -> Box<dyn Observer> {
    if global.is_json() {
        return Box::new(JsonLines(streams::stdout()));
    }
    if global.quiet {
        return Box::new(Quiet::new(streams::stderr()));
    }
    let colors = global.colors();
    let is_live = match global.progress {
        ProgressForm::Auto => io::stderr().is_terminal(),
        ProgressForm::Plain => false,
        ProgressForm::Tty => true,
    };
    if is_live {
        return Box::new(LiveBars::new(global.verbose, colors));
    }
    Box::new(Text::new(streams::stderr(), global.verbose, colors))
}

fn show_end(global: &GlobalArgs, run: &Run) -> Result<(), Error> {
    if global.is_json() {
        return Ok(());
    }
    let mut told = streams::stderr();
    if !global.quiet {
        show_summary(run, &mut told)?;
    }
    if !run.is_complete() {
        show_failures(run, global.colors(), &mut told)?;
        show_tags(run, &mut told)?;
    }
    let mut out = streams::stdout();
    for job in run.plan().jobs() {
        let (Work::Tag { sink, moves }, Some(sink_spec)) =
            (&job.work, job.work.sink().and_then(|sink| run.plan().sink(sink)))
        else {
            continue;
        };
        for tag in moves {
            let moved = run.moved_tag(sink, &tag.name).filter(|moved| moved.confirmed);
            if let Some(target) = moved.and_then(|moved| moved.after.as_ref()) {
                writeln!(out, "{}", tag_line(sink_spec, &tag.name, target))?;
            }
        }
    }
    Ok(())
}
