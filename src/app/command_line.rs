//! The command line: does what a request says, shows it, and prints.

use super::{
    console,
    verbs::{
        self,
        context::Scene,
        dispatch::{Begin, Deed, Print, RequestedChange},
        output::{Out, warn},
        report::run_and_report,
    },
    wiring::project::Workplace,
};
use crate::{
    app::ops::{changes::ChangeRequest, history::OtherProject},
    cli::{self, GlobalArgs, LookVerb, Request, RequestedAction},
    environment::Environment,
    error::{Error, Exit},
    streams,
};

/// Does what was asked.
pub(super) async fn perform(request: Request, environment: Environment) -> Result<Exit, Error> {
    let Request { action, options } = request;
    if options.is_json() {
        streams::speak_json();
    }
    let deed = Deed::of(action)?;
    let at = options.workplace(environment)?;
    if deed.needs_configuration() {
        at.configuration()?;
    }
    match deed {
        Deed::Print(print) => printed(&at, &options, print).await,
        Deed::Change(change) => changed(&at, &options, change).await,
        Deed::Begin(begin) => begun(&at, &options, begin).await,
        Deed::Payload(args) => {
            let mut stdout = streams::stdout();
            verbs::image::print(&args, &warn, &mut Out::new(&mut stdout, &options))?;
            Ok(Exit::Done)
        }
        Deed::Other(action) => other(at, options, action).await,
    }
}

async fn printed(at: &Workplace, options: &GlobalArgs, print: Print) -> Result<Exit, Error> {
    let services = at.services_to_look()?;
    let scene = Scene { services: &services, options, note: &warn };
    let is_raw = matches!(&print, Print::Look(LookVerb::Inspect(args)) if args.raw);
    let mut to = if is_raw { streams::raw_stdout() } else { streams::stdout() };
    print.print(&scene, &mut Out::new(&mut to, options)).await
}

async fn changed(
    at: &Workplace,
    options: &GlobalArgs,
    change: RequestedChange,
) -> Result<Exit, Error> {
    let services = at.services()?;
    let scene = Scene { services: &services, options, note: &warn };
    if let RequestedChange::Published(ChangeRequest::Collect(request)) = change {
        return verbs::changes::collect(&scene, request).await;
    }
    let task = change.task(&scene).await?;
    Ok(Exit::of(&run_and_report(&services, options, task).await?))
}

async fn begun(at: &Workplace, options: &GlobalArgs, begin: Begin) -> Result<Exit, Error> {
    let services = at.services()?;
    let scene = Scene { services: &services, options, note: &warn };
    match begin {
        Begin::Image(args) => verbs::image::build(&scene, &args).await,
        Begin::Veea { args, last } => verbs::veea::steps(&scene, &args, &last).await,
        begin => {
            let is_sign = matches!(begin, Begin::Sign(_));
            let task = begin.task(&scene, OtherProject::Told).await?;
            let run = run_and_report(&services, options, task).await?;
            if is_sign && !options.is_json() {
                verbs::changes::show_signed(&run, &mut streams::stdout())?;
            }
            Ok(Exit::of(&run))
        }
    }
}

/// What is no release.
async fn other(at: Workplace, options: GlobalArgs, action: RequestedAction) -> Result<Exit, Error> {
    match action {
        RequestedAction::Console(selection) => console::console(at, options, &selection).await,
        RequestedAction::Change(verb) => verbs::changes::generate(&at, &options, &verb).await,
        RequestedAction::Runs => verbs::runs::runs(&at, &options),
        RequestedAction::Secret(verb) => verbs::secrets::secret(&at, &options, verb).await,
        RequestedAction::Pkg(verb) => verbs::pkg::pkg(&at, &options, *verb).await,
        RequestedAction::Aci(args) => verbs::aci::aci(&at, &options, *args).await,
        RequestedAction::Paths => verbs::paths::paths(&at, &options),
        RequestedAction::Themes { name } => console::themes(&options, name.as_deref()),
        RequestedAction::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut cli::command_line(),
                "castoff",
                &mut streams::stdout(),
            );
            Ok(Exit::Done)
        }
        _ => Err(Error::internal("a release is no other action")),
    }
}
