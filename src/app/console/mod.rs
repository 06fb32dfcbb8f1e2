//! `castoff` without a verb: opens the console, and does what it asks for.

mod browser;
mod changes;
mod configured;
mod forecast;
mod performer;
mod prompts;
mod runner;
mod secrets;
mod shared;
mod signatures;
mod theme;
mod verbs;

use std::{
    io::{IsTerminal, Write, stdin, stdout},
    sync::Arc,
};

use tokio::sync::mpsc;

use self::{
    configured::{artifacts, sinks},
    performer::Performer,
    prompts::ConsolePrompts,
    shared::ConsoleShared,
    theme::Themes,
};
use super::wiring::{project::Workplace, services::Services};
use crate::{
    cli::{GlobalArgs, Request, RequestedAction, SelectionArgs},
    config::Config,
    environment::Environment,
    error::{Error, Exit, RESUME},
    streams,
    tui::{
        self, Model,
        look::Theme,
        model::{Browse, Launch, Pane, Picks, Surroundings},
        shell::End,
    },
};

/// Opens the console on the configuration.
pub(crate) async fn console(
    at: Workplace,
    global: GlobalArgs,
    selected: &SelectionArgs,
) -> Result<Exit, Error> {
    if !has_terminal(&at.environment) {
        return Err(Error::usage("the console needs a terminal").hint(
            "without a terminal, use castoff --batch to release, or castoff plan to look first",
        ));
    }
    let config = Arc::new(at.configuration()?);
    let known = at.named(Arc::clone(&config));
    let (told, messages) = mpsc::unbounded_channel();
    // The terminal is the screen's, which asks in its own way.
    let prompts = Arc::new(ConsolePrompts::new(told.clone()));
    let services = Services::new(known, at.project()?, at.environment.clone())?;
    let services = services.asking(Arc::clone(&prompts) as _);
    let themes = Themes::new(&services.paths, &global);
    let model = model(&themes, &config, selected)?;
    let (effects, asked) = mpsc::unbounded_channel();
    let action = RequestedAction::Console(selected.clone());
    let shared = ConsoleShared {
        started: Arc::new(Request { action, options: global }),
        at: Arc::new(at),
        config,
        services: Arc::new(services),
        told,
    };
    let performer = Performer::new(shared, prompts, themes);
    let performing = tokio::spawn(performer.attend(asked));
    let end = tui::shell::run(model, effects, messages).await;
    performing.abort();
    match end? {
        End::Left => Ok(Exit::Done),
        End::Terminated => Ok(Exit::Stopped),
        End::Deserted => {
            let why = performing.await.err().map_or_else(String::new, |error| format!(": {error}"));
            Err(Error::internal(format!("the console's background task ended{why}"))
                .hint(format!("to resume an unfinished run: {RESUME}")))
        }
    }
}

/// Lists the themes, or prints one.
pub(crate) fn themes(global: &GlobalArgs, name: Option<&str>) -> Result<Exit, Error> {
    let own = theme::own_themes(&super::wiring::project::user_paths()?);
    let mut out = streams::stdout();
    if let Some(name) = name {
        let text = Theme::text(name, &own).map_err(|error| theme::refused(&error, &own))?;
        write!(out, "{text}")?;
    } else if global.is_json() {
        writeln!(out, "{}", serde_json::json!(theme::names(&own)))?;
    } else {
        for name in theme::names(&own) {
            let is_own = own.iter().any(|(known, _)| *known == name);
            writeln!(out, "{name}{}", if is_own { "  (yours)" } else { "" })?;
        }
    }
    Ok(Exit::Done)
}

fn has_terminal(environment: &Environment) -> bool {
    let is_dumb = environment.raw("TERM").is_some_and(|term| term == "dumb");
    stdin().is_terminal() && stdout().is_terminal() && !is_dumb
}

fn model(themes: &Themes, config: &Config, selected: &SelectionArgs) -> Result<Model, Error> {
    let mut launch = Launch::new(Picks::new(artifacts(config)), Picks::new(sinks(config)));
    mark_only(&mut launch, Pane::Artifacts, &selected.artifact)?;
    mark_only(&mut launch, Pane::Sinks, &selected.sink)?;
    launch.platforms_asked.clone_from(&selected.platform);
    let browse = Browse::new(config.sinks.iter().map(|sink| sink.spec.clone()).collect());
    let around = Surroundings {
        themes: theme::names(&themes.own),
        mouse: config.console.mouse,
        now: crate::app::wiring::clock::now(),
        zone: jiff::tz::TimeZone::system(),
        ..Surroundings::new(config.console.keys.clone(), themes.look(&config.console)?)
    };
    Ok(Model::new(launch, browse, verbs::known(), around))
}

/// What the command line names is marked, and nothing else of that list.
fn mark_only(launch: &mut Launch, pane: Pane, names: &[String]) -> Result<(), Error> {
    let entries = &mut launch.picks[pane as usize].entries;
    if let Some(unknown) = names.iter().find(|name| entries.iter().all(|of| of.name != **name)) {
        let what = format!("`{unknown}` is not one of the {}", pane.title());
        return Err(Error::usage(what));
    }
    for entry in entries.iter_mut().filter(|_| !names.is_empty()) {
        entry.is_marked = names.contains(&entry.name);
    }
    Ok(())
}
