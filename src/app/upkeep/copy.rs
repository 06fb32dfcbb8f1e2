//! `castoff copy`: what is published goes to another place, by digest.

use std::io::Write;

use super::{Spot, sinks};
use crate::{
    app::{
        World,
        looking::{Found, Reference, find},
        named::NamedSinks,
        out::Out,
    },
    cli::CopyArgs,
    config::Config,
    engine::graph,
    error::Error,
    model::{
        Descriptor, Node, Platform, Published, Repository, SinkSpec, SinkUrl, Tag, TagName, bytes,
    },
    plan::{self, Plan, Transfer},
    ports::{Places, Shelved, Sweeper, read_node},
    survey::is_immutable,
};

/// Plans copies of tags to another sink, under the same names.
pub(in crate::app) async fn copying(
    world: &World,
    known: &Config,
    what: &[Spot],
    to: &SinkSpec,
) -> Result<Plan, Error> {
    let mut transfers = Vec::new();
    for spot in what {
        let root = spot.root(world).await?;
        let Spot { spec, kind, repository, tag } = spot.clone();
        let name = Target { spec: to.clone(), repository: None, tag: None };
        let from = Published { at: spec, kind, repository, tag: Some(tag), root };
        transfers.push(transfer(from, name, Some(known))?);
    }
    let root = std::env::current_dir()?;
    Ok(plan::transfer(root, &transfers, vec![to.clone()])?)
}

/// Where something is copied to, and what it is called there, where that was
/// said.
struct Target {
    spec: SinkSpec,
    repository: Option<Repository>,
    tag: Option<Tag>,
}

/// Plans what a command line says.
pub(super) async fn copied(
    world: &World,
    known: &NamedSinks,
    args: &CopyArgs,
) -> Result<Plan, Error> {
    let CopyArgs { from, to, kind, platform, trust, .. } = args;
    let from = Reference { called: "source", ..Reference::new(from, *kind, trust) };
    let Found { spec, kind, repository, tag, root, shelf } = find(world, known, &from).await?;
    let root = match platform {
        Some(platform) => of_platform(&*shelf, root, platform).await?,
        None => root,
    };
    let called = to.split(':').next().unwrap_or_default().to_owned();
    let (to, destination) = known.find(to, called, trust)?;
    let target = Target { spec: to, repository: destination.repository, tag: destination.tag };
    let from = Published { at: spec, kind, repository, tag, root };
    let sink = target.spec.clone();
    let transfer = transfer(from, target, known.0.as_deref())?;
    Ok(plan::transfer(std::env::current_dir()?, &[transfer], sinks([sink].into_iter()))?)
}

/// The manifest of one platform of an index.
async fn of_platform(
    shelf: &dyn Sweeper,
    root: Descriptor,
    platform: &Platform,
) -> Result<Descriptor, Error> {
    let Node::Index(index) = read_node(shelf, &root).await? else {
        return Err(Error::usage(format!("{} is of one platform", root.digest))
            .hint("leave out --platform"));
    };
    let is_it = |of: &&Descriptor| of.platform.as_ref().is_some_and(|of| of.matches(platform));
    match &index.manifests.iter().filter(is_it).collect::<Vec<_>>()[..] {
        [only] => Ok(Descriptor::clone(only)),
        [] => {
            let known = index.manifests.iter().filter(|of| !of.is_attestation());
            let known: Vec<String> =
                known.filter_map(|of| Some(of.platform.as_ref()?.to_string())).collect();
            Err(Error::refused(format!("there is nothing for {platform}"))
                .hint(format!("there is {}", known.join(", "))))
        }
        _ => Err(Error::usage(format!("{platform} means several of its platforms"))
            .hint("name the variant as well")),
    }
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
    if from.repository.is_nameless() {
        return Err(Error::usage(format!("{from} has no repository, and none is said"))
            .hint("write the name behind the place that it is copied to: …/NAME:TAG"));
    }
    let namespace = format!("{}/", from.at.url.namespace());
    let name = from.repository.as_str();
    let name = name.strip_prefix(&namespace).unwrap_or(name);
    Repository::below(to.url.namespace(), name).map_err(Error::usage)
}

/// What a copy would send, and which tag it would move.
pub(super) async fn show(world: &World, plan: &Plan, out: &mut Out<'_>) -> Result<(), Error> {
    let places = world.places(plan);
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
            if out.is_json {
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
