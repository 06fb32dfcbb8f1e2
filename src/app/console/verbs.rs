//! The verbs of the command line, in the palette.

use clap::error::ErrorKind;

use super::{changes::proposal, runner::Runner, shared::Shared};
use crate::{
    app::{
        ops::{changes::ChangeRequest, history::OtherProject},
        verbs::{
            deeds::{Begin, Change, Deed, Print},
            image,
            out::Out,
            paths,
            scene::Scene,
        },
    },
    cli::{self, Action, GlobalArgs, ImageBuildArgs, Request},
    error::Error,
    model::escape,
    tui::{
        Msg, model,
        model::{Agreeing, Agreement},
    },
};

/// What makes no sense within the console.
const ELSEWHERE: [&str; 6] = ["completions", "help", "pkg", "runs", "secret", "themes"];

/// The verbs, as the command line has them.
pub(super) fn known() -> Vec<model::Verb> {
    let command = cli::command_line();
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
    // So that a test can see what the console does without what serves it.
    if cfg!(debug_assertions) && line == "panic below" {
        panic!("asked to");
    }
    if let Err(error) = begin(shared, runner, line) {
        shared.failed(line, error);
    }
}

fn begin(shared: &Shared, runner: &mut Runner, line: &str) -> Result<(), Error> {
    let request = match Request::read_line(line, &shared.started) {
        Ok(request) => request,
        Err(error)
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            show(shared, line, &error.to_string());
            return Ok(());
        }
        Err(error) => return Err(misread(&error)),
    };
    let Request { action, options } = request;
    let deed = Deed::of(action)?;
    let is_other = !shared.is_configured_by(&options);
    if is_other && matches!(deed, Deed::Change(_) | Deed::Begin(_)) {
        // A run, and what is agreed to, goes on with the console's.
        return Err(Error::usage(
            "in the console, --config works only with commands that change nothing",
        )
        .hint("start the console with it: castoff --config FILE"));
    }
    let of = if is_other { shared.configured_by(&options)? } else { shared.clone() };
    match deed {
        Deed::Print(print) => printed(of, options, line, print),
        Deed::Change(change) => agree(of, options, line, change),
        Deed::Begin(begin) => {
            runner.begin(name(&begin), async move {
                let note = |line| of.tell(Msg::Noted(line));
                let services = &of.services;
                let scene = Scene { services, options: &options, note: &note };
                begin.task(&scene, OtherProject::Refused).await
            });
        }
        Deed::Payload(args) => payload(&of, &options, line, &args)?,
        Deed::Other(Action::Paths) => {
            let mut text = Vec::new();
            let mut out = Out::new(&mut text, &options);
            paths::print(
                &of.services.paths,
                of.services.project.project.as_deref(),
                &options,
                &mut out,
            )?;
            show(&of, line, &String::from_utf8_lossy(&text));
        }
        Deed::Other(_) => {
            let what = format!("`{line}` works only on the command line");
            let hint = "in the console, see the History screen for runs and the Secrets screen \
                        for secrets, and use `theme NAME` for themes";
            return Err(Error::usage(what).hint(hint));
        }
    }
    Ok(())
}

/// What a run is called that begins.
fn name(begin: &Begin) -> &'static str {
    match begin {
        Begin::Resume(_) => "resume",
        Begin::Retry { .. } => "retry",
        Begin::Image(_) => "image build",
        Begin::Veea { .. } => "veea",
        Begin::Sign(_) => "sign",
    }
}

/// Tells in a window what a verb prints.
fn printed(of: Shared, options: GlobalArgs, line: &str, print: Print) {
    let line = line.to_owned();
    tokio::spawn(async move {
        let mut text = Vec::new();
        let note = |line| of.tell(Msg::Noted(line));
        let scene = Scene { services: &of.services, options: &options, note: &note };
        match print.print(&scene, &mut Out::new(&mut text, &options)).await {
            Ok(_) => show(&of, &line, &String::from_utf8_lossy(&text)),
            Err(error) => of.failed(&line, error),
        }
    });
}

/// Asks to agree to what changes.
fn agree(of: Shared, options: GlobalArgs, line: &str, change: Change) {
    let line = line.to_owned();
    let what = match &change {
        Change::Published(ChangeRequest::Remove(_) | ChangeRequest::Collect(_)) => {
            Agreement::Remove
        }
        Change::Rollback(_) => Agreement::PutBack,
        _ => Agreement::Move,
    };
    tokio::spawn(async move {
        let note = |line| of.tell(Msg::Noted(line));
        let scene = Scene { services: &of.services, options: &options, note: &note };
        match change.proposal(&scene).await.map(proposal) {
            Ok(proposal) => of.tell(Msg::Agree(Agreeing::new(line, what, proposal))),
            Err(error) => of.failed(&line, error),
        }
    });
}

/// Shows what would be built of a payload.
fn payload(
    of: &Shared,
    options: &GlobalArgs,
    line: &str,
    args: &ImageBuildArgs,
) -> Result<(), Error> {
    if args.to_yaml || args.to_json {
        // There may be passwords in it.
        return Err(Error::usage("--to-yaml and --to-json work only on the command line"));
    }
    let mut text = Vec::new();
    let note = |line| of.tell(Msg::Noted(line));
    image::print(args, &note, &mut Out::new(&mut text, options))?;
    show(of, line, &String::from_utf8_lossy(&text));
    Ok(())
}

/// Shows a text in a window.
fn show(of: &Shared, title: &str, text: &str) {
    let lines = text.lines().map(|line| escape(line).to_string()).collect();
    of.tell(Msg::Told { title: title.to_owned(), lines });
}

/// Why a line cannot be understood, and how it is written.
fn misread(error: &clap::Error) -> Error {
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let what = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let (usage, rest): (Vec<&str>, Vec<&str>) = lines
        .filter(|line| !line.starts_with("For more information"))
        .partition(|line| line.starts_with("Usage:"));
    let what = if rest.is_empty() { what } else { format!("{what} {}", rest.join(", ")) };
    let error = Error::usage(what);
    match usage.first() {
        Some(usage) => {
            let usage = usage.trim_start_matches("Usage: castoff ");
            error.hint(format!("write it as {usage}"))
        }
        None => error,
    }
}
