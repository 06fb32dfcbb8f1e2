//! `castoff copy`, `rm`, `gc` and `sign`.

mod collect;
mod copy;
mod generate_key;
mod remove;
mod requests;
mod sign;

use super::{
    files,
    out::Out,
    report::{run_and_report, run_plan},
};
use crate::{
    app::{
        ops::{
            changes::{self, ChangeRequest, choose::CollectionRequest},
            run::Task,
        },
        wiring::{services::Services, sinks::NamedSinks},
    },
    cli::{GlobalArgs, SignArgs, UpkeepVerb},
    error::{Error, Exit},
    plan::Plan,
    streams,
};

/// Changes what is published, or shows what would change.
pub(crate) async fn change(global: &GlobalArgs, verb: UpkeepVerb) -> Result<Exit, Error> {
    if let UpkeepVerb::Sign(SignArgs { generate_key: Some(path), .. }) = &verb {
        return generate_key::generate(global, path).await;
    }
    if let UpkeepVerb::Sign(args) = &verb {
        refuse_service(args.service.as_deref())?;
    }
    let (at, is_dry) = (global.workplace()?, verb.is_dry());
    let (services, known) = if is_dry { at.services_to_look()? } else { at.services()? };
    if let UpkeepVerb::Sign(args) = &verb
        && files::are_named(&args.references)?
    {
        let mut stdout = streams::stdout();
        files::sign(&services, &known, args, &mut Out::new(&mut stdout, global)).await?;
        return Ok(Exit::Done);
    }
    if is_dry {
        let mut stdout = streams::stdout();
        show(&services, &known, verb.into(), &mut Out::new(&mut stdout, global)).await?;
        return Ok(Exit::Done);
    }
    match ChangeRequest::from(verb) {
        ChangeRequest::Collect(request) => collected(&services, &known, global, request).await,
        request => {
            let is_sign = matches!(request, ChangeRequest::Sign(_));
            let plan = changes::plan(&services, &known, request).await?;
            let task = Task::new(&services, plan).await?;
            let run = run_and_report(&services, global, task).await?;
            if is_sign && !global.is_json() {
                sign::show_signed(&run, &mut streams::stdout())?;
            }
            Ok(Exit::of(&run))
        }
    }
}

/// Removes old tags, and says before which tags stay, and why.
async fn collected(
    services: &Services,
    known: &NamedSinks,
    global: &GlobalArgs,
    request: CollectionRequest,
) -> Result<Exit, Error> {
    let collection = changes::collect::choose(services, known, request).await?;
    if !global.is_json() && !global.quiet {
        collect::explain(&collection, &mut streams::stderr())?;
    }
    run_plan(services, global, collection.plan(known.folder.clone())?).await
}

/// Plans a change, with what it changes, a line each: of a copy the tags that name
/// something else, of the others what they would say if they only looked. Both
/// come of one look.
pub(crate) async fn proposed(
    services: &Services,
    known: &NamedSinks,
    request: ChangeRequest,
) -> Result<(Vec<String>, Plan), Error> {
    match request {
        ChangeRequest::Copy(copy) => {
            let plan = changes::copy::copied(services, known, &copy).await?;
            let (all, plan) = changes::copy::proposed(services, plan).await?;
            Ok((all.iter().flat_map(changes::copy::changes_of_tag).collect(), plan))
        }
        ChangeRequest::Remove(removal) => {
            let tags = changes::remove::placed_tags(services, known, &removal).await?;
            changes::remove::proposed(services, &tags).await
        }
        ChangeRequest::Collect(collection) => {
            let collection = changes::collect::choose(services, known, collection).await?;
            let mut text = Vec::new();
            collect::show(services, &collection, &mut Out::plain(&mut text)).await?;
            let lines = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
            Ok((lines, collection.plan(known.folder.clone())?))
        }
        ChangeRequest::Sign(signing) => {
            Ok((Vec::new(), changes::sign::plan(services, known, &signing).await?))
        }
    }
}

/// Shows what would change.
pub(crate) async fn show(
    services: &Services,
    known: &NamedSinks,
    request: ChangeRequest,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    match request {
        ChangeRequest::Copy(copy) => {
            let plan = changes::copy::copied(services, known, &copy).await?;
            copy::show(services, &plan, out).await
        }
        ChangeRequest::Remove(removal) => {
            let tags = changes::remove::placed_tags(services, known, &removal).await?;
            remove::show(services, &tags, out).await
        }
        ChangeRequest::Collect(collection) => {
            let collection = changes::collect::choose(services, known, collection).await?;
            collect::show(services, &collection, out).await
        }
        ChangeRequest::Sign(signing) => {
            sign::show(&changes::sign::plan(services, known, &signing).await?, out)
        }
    }
}

/// A notary server has a flag of its own.
pub(crate) fn refuse_service(service: Option<&str>) -> Result<(), Error> {
    if service.is_none() {
        return Ok(());
    }
    Err(Error::usage("--server names no notary server")
        .hint("give the notary server as --notary-server URL"))
}
