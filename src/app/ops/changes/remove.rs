//! `castoff rm`: tags go, and nothing else does.

use std::{collections::BTreeSet, io::Write};

use super::{Spot, sinks};
use crate::{
    app::{
        verbs::out::Out,
        wiring::{
            references::{Found, Reference, find},
            services::World,
            sinks::NamedSinks,
        },
    },
    browse::{About, Branch, attached, tree},
    cli::RmArgs,
    error::Error,
    model::{ArtifactKind, Descriptor, Failure, FailureKind, Side, SinkName, SinkUrl, Tag},
    plan::{self, Expected, Plan, TagMove, TagTarget},
    ports::{all_tags, resolve_readable},
};

/// Shows what the removal of tags entails.
pub(super) async fn show(world: &World, spots: &[Spot], out: &mut Out<'_>) -> Result<(), Error> {
    if !out.is_json {
        let what = resolved(world, spots).await?;
        let others = siblings_of(world, &what).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        for line in consequences(world, &what, &others).await? {
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    for (spot, target) in resolved(world, spots).await? {
        let Spot { spec, kind, repository, tag } = spot;
        let line = serde_json::json!({
            "sink": spec.name, "kind": kind, "repository": repository, "tag": tag,
            "digest": target.digest, "what": described(world, spot, &target).await?,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// What the removal of tags entails, each with what it names, a line each.
async fn consequences(
    world: &World,
    what: &[(&Spot, Descriptor)],
    others: &[Vec<Tag>],
) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    for ((spot, target), others) in what.iter().zip(others) {
        lines.push(format!("{spot} names {}", target.digest));
        lines.extend(described(world, spot, target).await?.map(|what| format!("  {what}")));
        let mut stay: Vec<String> = others.iter().map(ToString::to_string).collect();
        stay.sort();
        if !stay.is_empty() {
            lines.push(format!("  these name the same, and stay: {}", stay.join(", ")));
        }
        lines.push(format!("  {}", what_stays(spot)));
    }
    lines.push("undone by castoff rollback, while the content is there".to_owned());
    Ok(lines)
}

/// What a tag names, for people, and what is about it; nothing where it is of a
/// form that cannot be read.
async fn described(
    world: &World,
    spot: &Spot,
    target: &Descriptor,
) -> Result<Option<String>, Error> {
    let shelf = spot.shelf(world)?;
    let tree = match tree(&*shelf, target).await {
        Ok(tree) => tree,
        Err(failure) if matches!(failure.kind, FailureKind::Invalid | FailureKind::NotFound) => {
            return Ok(None);
        }
        Err(failure) => return Err(failure.into()),
    };
    let platforms: Vec<String> = tree.manifests.iter().map(Branch::platform).collect();
    let about = attached(&*shelf, &tree).await?;
    let kinds: BTreeSet<String> = about.iter().map(About::kind).collect();
    let what = format!("{} for {}", words(spot.kind), platforms.join(", "));
    if kinds.is_empty() {
        return Ok(Some(what));
    }
    let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
    Ok(Some(format!("{what}; about it: {kinds}")))
}

fn words(kind: ArtifactKind) -> &'static str {
    match kind {
        ArtifactKind::Image => "image",
        ArtifactKind::Files => "files",
    }
}

/// What becomes of the content.
fn what_stays(spot: &Spot) -> &'static str {
    match (&spot.spec.url, spot.kind) {
        (_, ArtifactKind::Files) => "its files go with it",
        (SinkUrl::Registry { .. }, _) => {
            "its content, and what is about it, stays until castoff gc and the registry's own garbage collection"
        }
        _ => "its content, and what is about it, stays until castoff gc",
    }
}

/// The tags of a repository, and what they name. A tag that cannot be read names
/// something else than any other.
struct There {
    tags: Vec<Tag>,
    named: Vec<(Tag, Descriptor)>,
}

impl There {
    async fn look(world: &World, spot: &Spot) -> Result<Self, Error> {
        let shelf = spot.shelf(world)?;
        let mut tags = all_tags(&*shelf).await?.unwrap_or_default();
        tags.retain(|tag| *tag == spot.tag || !tag.is_derived());
        let (named, _) = resolve_readable(&*shelf, tags.clone()).await?;
        Ok(Self { tags, named })
    }

    /// The other tags that name the same.
    fn siblings(&self, spot: &Spot, target: &Descriptor) -> Result<Vec<Tag>, Error> {
        // A registry's list without the tag that is removed is not whole.
        if is_registry(spot) && !self.tags.contains(&spot.tag) {
            let why = format!("the list of tags lacks `{}`, which is there", spot.tag);
            return Err(Failure::new(FailureKind::Server, Side::Sink, why)
                .hint("look again later")
                .into());
        }
        let others = self.named.iter().filter(|(tag, _)| *tag != spot.tag && !tag.is_derived());
        let same = others.filter(|(_, other)| other.digest == target.digest);
        Ok(same.map(|(tag, _)| tag.clone()).collect())
    }
}

/// The tags that a command line names.
pub(super) async fn spots_of(
    world: &World,
    known: &NamedSinks,
    args: &RmArgs,
) -> Result<Vec<Spot>, Error> {
    let RmArgs { references, tag, kind, with_siblings, trust, .. } = args;
    let mut spots: Vec<Spot> = Vec::new();
    for text in references {
        let what = Reference { beside: tag.as_deref(), ..Reference::new(text, *kind, trust) };
        let Found { spec, kind, repository, tag, root, .. } = find(world, known, &what).await?;
        let tag = tag.ok_or_else(|| {
            Error::usage("castoff rm removes tags, and that is a digest")
                .hint("name a tag; what no tag names goes with castoff gc")
        })?;
        let spot = Spot { spec, kind, repository, tag };
        let others = if *with_siblings {
            There::look(world, &spot).await?.siblings(&spot, &root)?
        } else {
            Vec::new()
        };
        let others = others.into_iter().map(|tag| Spot { tag, ..spot.clone() });
        for spot in std::iter::once(spot.clone()).chain(others) {
            if !spots.contains(&spot) {
                spots.push(spot);
            }
        }
    }
    distinct(&mut spots);
    Ok(spots)
}

/// Gives places that no configuration names names of their own.
fn distinct(spots: &mut [Spot]) {
    let mut known: Vec<(SinkUrl, SinkName)> = Vec::new();
    for spot in spots {
        let place = known.iter().find(|(url, _)| *url == spot.spec.url);
        let name = place.map(|(_, name)| name.clone());
        let name = name.unwrap_or_else(|| {
            let taken: BTreeSet<&SinkName> = known.iter().map(|(_, name)| name).collect();
            let own = spot.spec.name.clone();
            let numbered = (2..).map(|place| SinkName(format!("{}-{place}", own.0)));
            let free = std::iter::once(own.clone()).chain(numbered).find(|n| !taken.contains(n));
            let name = free.unwrap_or(own);
            known.push((spot.spec.url.clone(), name.clone()));
            name
        });
        spot.spec.name = name;
    }
}

/// What each of the tags names; all must be there.
async fn resolved<'s>(
    world: &World,
    spots: &'s [Spot],
) -> Result<Vec<(&'s Spot, Descriptor)>, Error> {
    let mut found = Vec::new();
    for spot in spots {
        found.push((spot, spot.root(world).await?));
    }
    Ok(found)
}

/// Plans the removal of tags.
pub(super) async fn removing(world: &World, spots: &[Spot]) -> Result<Plan, Error> {
    let what = resolved(world, spots).await?;
    if !what.iter().any(|(spot, _)| is_registry(spot)) {
        return planned(&what, &[]);
    }
    // A registry that lists no tags removes one all the same.
    let others = siblings_of(world, &what).await.into_iter().map(Result::unwrap_or_default);
    planned(&what, &others.collect::<Vec<_>>())
}

/// The same, with what it entails, a line each.
pub(crate) async fn proposed(world: &World, spots: &[Spot]) -> Result<(Vec<String>, Plan), Error> {
    let what = resolved(world, spots).await?;
    let others = siblings_of(world, &what).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok((consequences(world, &what, &others).await?, planned(&what, &others)?))
}

fn planned(what: &[(&Spot, Descriptor)], others: &[Vec<Tag>]) -> Result<Plan, Error> {
    let mut by_sink: Vec<(SinkName, Vec<TagMove>)> = Vec::new();
    for (place, (spot, target)) in what.iter().enumerate() {
        let mut gone = removal(spot, target);
        if is_registry(spot) {
            gone.siblings = others.get(place).cloned().unwrap_or_default();
        }
        match by_sink.iter_mut().find(|(sink, _)| *sink == spot.spec.name) {
            Some((_, moves)) => moves.push(gone),
            None => by_sink.push((spot.spec.name.clone(), vec![gone])),
        }
    }
    let specs = sinks(what.iter().map(|(spot, _)| spot.spec.clone()));
    Ok(plan::retagging(std::env::current_dir()?, by_sink, Vec::new(), specs)?)
}

/// For each of the tags that are removed, those that name the same and stay. Each
/// repository is looked at once.
async fn siblings_of(world: &World, what: &[(&Spot, Descriptor)]) -> Vec<Result<Vec<Tag>, Error>> {
    let (mut known, mut all) = (Vec::<(&Spot, There)>::new(), Vec::new());
    for (spot, target) in what {
        let is_it = |(of, _): &&(&Spot, There)| {
            (&of.spec.name, of.kind, &of.repository)
                == (&spot.spec.name, spot.kind, &spot.repository)
        };
        if known.iter().find(is_it).is_none() {
            match There::look(world, spot).await {
                Ok(there) => known.push((spot, there)),
                Err(error) => {
                    all.push(Err(error));
                    continue;
                }
            }
        }
        let Some((_, there)) = known.iter().find(is_it) else { continue };
        all.push(there.siblings(spot, target).map(|mut others| {
            others.retain(|tag| !is_of(what, spot, tag));
            others
        }));
    }
    all
}

fn is_registry(spot: &Spot) -> bool {
    matches!(spot.spec.url, SinkUrl::Registry { .. })
}

/// Whether another tag of the same repository is removed too.
fn is_of(what: &[(&Spot, Descriptor)], spot: &Spot, tag: &Tag) -> bool {
    let sibling = Spot { tag: tag.clone(), ..spot.clone() };
    what.iter().any(|(spot, _)| **spot == sibling)
}

/// The move that removes a tag, if it still names `target`.
pub(super) fn removal(spot: &Spot, target: &Descriptor) -> TagMove {
    let expected = Some(Expected::of(Some(target)));
    TagMove { expected, ..TagMove::new(spot.name(), TagTarget::Nothing) }
}
