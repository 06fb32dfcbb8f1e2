//! `castoff copy`: what is published goes to another place, by digest.

use std::io::{self, Write};

use super::{Spot, sinks};
use crate::{
    app::{
        World,
        looking::{Found, Looking, find_in},
        named::NamedSinks,
        release::{self, Task},
    },
    cli::{CopyArgs, GlobalArgs},
    config::Config,
    engine::graph,
    error::{Error, Exit},
    model::{Published, Repository, SinkSpec, SinkUrl, Tag, TagName, bytes},
    plan::{self, Plan, Transfer},
    ports::{Places, Shelved},
    survey::is_immutable,
};

/// Copies what a reference names to another place, or shows what that takes.
pub(in crate::app) async fn copy(global: &GlobalArgs, args: CopyArgs) -> Result<Exit, Error> {
    let (world, known) = super::world(global)?;
    let dry_run = args.dry_run;
    let plan = plan_of(&world, known.as_ref(), args).await?;
    if dry_run {
        show(global, &world, &plan).await?;
        return Ok(Exit::Done);
    }
    release::start(&world, global, plan).await
}

/// A run that does what a command line says.
pub(in crate::app) async fn copying_to(
    world: &World,
    known: &Config,
    args: CopyArgs,
) -> Result<Task, Error> {
    Task::new(world, plan_of(world, Some(known), args).await?)
}

/// A run that copies tags to another sink, under the same names.
pub(in crate::app) async fn copying(
    world: &World,
    known: &Config,
    what: &[Spot],
    to: &SinkSpec,
) -> Result<Task, Error> {
    let mut transfers = Vec::new();
    for spot in what {
        let looking = Looking::at_sink(world, spot.spec.clone());
        let shelf = looking.shelf(spot.kind, &spot.repository)?;
        let root = shelf.resolve(&spot.tag).await?;
        let root = root.ok_or_else(|| Error::refused(format!("{spot} does not exist")))?;
        let Spot { spec, kind, repository, tag } = spot.clone();
        let name = Target { spec: to.clone(), repository: None, tag: None };
        let from = Published { at: spec, kind, repository, tag: Some(tag), root };
        transfers.push(transfer(from, name, Some(known))?);
    }
    let root = std::env::current_dir()?;
    Task::new(world, plan::transfer(root, &transfers, vec![to.clone()])?)
}

/// Where something is copied to, and what it is called there, where that was
/// said.
struct Target {
    spec: SinkSpec,
    repository: Option<Repository>,
    tag: Option<Tag>,
}

async fn plan_of(world: &World, known: Option<&Config>, args: CopyArgs) -> Result<Plan, Error> {
    let CopyArgs { from, to, kind, trust, .. } = args;
    let named = NamedSinks(known.cloned());
    let Found { spec, kind, repository, tag, root, .. } =
        find_in(world, &named, "source", &from, None, kind, &trust).await?;
    let called = to.split(':').next().unwrap_or_default().to_owned();
    let (to, destination) = named.find(&to, called, &trust)?;
    let target = Target { spec: to, repository: destination.repository, tag: destination.tag };
    let from = Published { at: spec, kind, repository, tag, root };
    let sink = target.spec.clone();
    let transfer = transfer(from, target, known)?;
    Ok(plan::transfer(std::env::current_dir()?, &[transfer], sinks([sink].into_iter()))?)
}

fn transfer(from: Published, to: Target, known: Option<&Config>) -> Result<Transfer, Error> {
    let Target { spec, repository, tag } = to;
    if spec.url == SinkUrl::DockerDaemon {
        return Err(Error::usage("nothing is copied to docker-daemon:")
            .hint("the engine takes it from a registry itself: docker pull"));
    }
    if !spec.url.can_hold(from.kind) {
        return Err(Error::usage(format!("{} cannot hold {}", spec.url, from.kind)));
    }
    let repository = match repository {
        Some(repository) => repository,
        None => same_name(&from, &spec)?,
    };
    let tag = tag.or_else(|| from.tag.clone()).ok_or_else(|| {
        Error::usage(format!("{from} is copied under no tag"))
            .hint("write the tag behind the place that it is copied to: …/NAME:TAG")
    })?;
    let is_configured = known.is_some_and(|config| config.sink(&spec.name).is_some());
    let mut artifacts = known.into_iter().flat_map(|config| &config.artifacts);
    let immutable = is_configured && artifacts.any(|of| is_immutable(&of.immutable, tag.as_str()));
    let name = TagName { kind: from.kind, repository, tag };
    Ok(Transfer { from, to: spec.name, name, immutable })
}

/// The same name below another namespace.
fn same_name(from: &Published, to: &SinkSpec) -> Result<Repository, Error> {
    let namespace = format!("{}/", from.at.url.namespace());
    let name = from.repository.as_str();
    let name = name.strip_prefix(&namespace).unwrap_or(name);
    Repository::below(to.url.namespace(), name).map_err(Error::usage)
}

/// What a copy would send, and which tag it would move.
async fn show(global: &GlobalArgs, world: &World, plan: &Plan) -> Result<(), Error> {
    let places = world.places(plan);
    let mut out = io::stdout().lock();
    for artifact in &plan.artifacts {
        let crate::model::Origin::Published(from) = &artifact.from else { continue };
        let shelf = places.shelf(&from.at, from.kind, &from.repository)?;
        let nodes = graph(&Shelved(shelf), &from.root).await?;
        for sink in &plan.sinks {
            let moves = plan.jobs().iter().find(|job| !job.work.moves().is_empty());
            let Some(name) = moves.and_then(|job| job.work.moves().first()).map(|of| &of.name)
            else {
                continue;
            };
            let place = places.open(&sink.name, from.kind, &name.repository)?;
            let (mut present, mut to_send) = (0_u64, 0_u64);
            for node in &nodes {
                let there = place.exists(node).await?;
                let size = if there { &mut present } else { &mut to_send };
                *size = size.saturating_add(node.size);
            }
            let before = place.resolve(&name.tag).await?.map(|before| before.digest);
            if global.is_json() {
                let line = serde_json::json!({
                    "from": from, "sink": sink.name, "name": name, "present": present,
                    "to_send": to_send, "before": before, "after": from.root.digest,
                });
                writeln!(out, "{line}")?;
            } else {
                let was = before.map_or_else(|| "new".to_owned(), |before| before.to_string());
                writeln!(out, "{from} → `{name}` at {}", sink.url)?;
                writeln!(out, "  present {}, send {}", bytes(present), bytes(to_send))?;
                writeln!(out, "  {was} → {}", from.root.digest)?;
            }
        }
    }
    Ok(())
}
