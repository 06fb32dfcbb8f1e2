//! `castoff copy`, `rm`, `gc` and `sign`.

mod collect;
mod copy;
mod generate_key;
mod remove;
mod requests;
mod sign;

pub(crate) use self::sign::show_signed;

use super::{context::Scene, output::Out, report::run_plan};
use crate::{
    app::{
        ops::changes::{self, ChangeRequest, choose::CollectionRequest},
        wiring::{project::Workplace, services::Services, sinks::NamedSinks},
    },
    cli::{GlobalArgs, SignArgs, UpkeepVerb},
    error::{Error, Exit},
    plan::Plan,
    streams,
};

/// Makes a key pair.
pub(crate) async fn generate(
    at: &Workplace,
    global: &GlobalArgs,
    verb: &UpkeepVerb,
) -> Result<Exit, Error> {
    match verb {
        UpkeepVerb::Sign(SignArgs { generate_key: Some(path), .. }) => {
            generate_key::generate(at, global, path).await
        }
        _ => Err(Error::internal("a change is planned")),
    }
}

/// Removes old tags, and says before which tags stay, and why.
pub(crate) async fn collect(scene: &Scene<'_>, request: CollectionRequest) -> Result<Exit, Error> {
    let Scene { services, options, .. } = scene;
    let collection = changes::collect::choose(services, &services.known, request).await?;
    if !options.is_json() && !options.quiet {
        collect::explain(&collection, &mut streams::stderr())?;
    }
    run_plan(services, options, collection.plan(services.known.folder.clone())?).await
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
    Err(Error::usage("--server is not the option for a notary server")
        .hint("use --notary-server URL"))
}
