//! `castoff rm`: tags go, and nothing else does.

use std::collections::BTreeSet;

use super::placed_tag::{PlacedTag, sinks};
use crate::{
    app::wiring::{
        references::{Found, Reference, find},
        services::Services,
        sinks::{NamedSinks, RegistryTrust},
    },
    browse::{About, Branch, attached, tree},
    error::Error,
    model::{ArtifactKind, Descriptor, Failure, FailureKind, Side, SinkName, SinkUrl, Tag},
    plan::{self, Expected, Plan, TagMove, TagTarget},
    ports::{all_tags, resolve_readable},
};

/// The tags that are removed, as a user names them.
#[derive(Clone, Debug)]
pub(crate) struct RemovalRequest {
    /// References.
    pub(crate) references: Vec<String>,
    /// The name and tag, where a reference names only the place.
    pub(crate) tag: Option<String>,
    /// What is removed, where a bucket holds both.
    pub(crate) kind: Option<ArtifactKind>,
    /// Whether all other tags that name the same are removed too.
    pub(crate) with_siblings: bool,
    /// How registries are trusted.
    pub(crate) trust: RegistryTrust,
}

/// A tag that would be removed.
pub(crate) struct RemovalOutlook {
    /// The tag.
    pub(crate) at: PlacedTag,
    /// What it names.
    pub(crate) target: Descriptor,
    /// What that is, for people, where it can be read.
    pub(crate) what: Option<String>,
}

/// What the removal of tags entails, a tag after another.
pub(crate) async fn outlook(
    services: &Services,
    placed: &[PlacedTag],
) -> Result<Vec<RemovalOutlook>, Error> {
    let mut all = Vec::new();
    for (at, target) in resolved(services, placed).await? {
        let what = described(services, at, &target).await?;
        all.push(RemovalOutlook { at: at.clone(), target, what });
    }
    Ok(all)
}

/// The same, with what stays, for people, a line each.
pub(crate) async fn entailed(
    services: &Services,
    placed: &[PlacedTag],
) -> Result<Vec<String>, Error> {
    let what = resolved(services, placed).await?;
    let others = siblings_of(services, &what).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    consequences(services, &what, &others).await
}

/// What the removal of tags entails, each with what it names, a line each.
async fn consequences(
    services: &Services,
    what: &[(&PlacedTag, Descriptor)],
    others: &[Vec<Tag>],
) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    for ((at, target), others) in what.iter().zip(others) {
        lines.push(format!("{at} names {}", target.digest));
        lines.extend(described(services, at, target).await?.map(|what| format!("  {what}")));
        let mut stay: Vec<String> = others.iter().map(ToString::to_string).collect();
        stay.sort();
        if !stay.is_empty() {
            lines
                .push(format!("  other tags of the same content, which stay: {}", stay.join(", ")));
        }
        lines.push(format!("  {}", what_stays(at)));
    }
    lines.push("castoff rollback can undo this as long as the content exists".to_owned());
    Ok(lines)
}

/// What a tag names, for people, and what is about it; nothing where it is of a
/// form that cannot be read.
async fn described(
    services: &Services,
    at: &PlacedTag,
    target: &Descriptor,
) -> Result<Option<String>, Error> {
    let shelf = at.shelf(services)?;
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
    let what = format!("{} for {}", words(at.kind), platforms.join(", "));
    if kinds.is_empty() {
        return Ok(Some(what));
    }
    let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
    Ok(Some(format!("{what}; attached to it: {kinds}")))
}

fn words(kind: ArtifactKind) -> &'static str {
    match kind {
        ArtifactKind::Image => "image",
        ArtifactKind::Files => "files",
    }
}

/// What becomes of the content.
fn what_stays(at: &PlacedTag) -> &'static str {
    match (&at.spec.url, at.kind) {
        (_, ArtifactKind::Files) => "its files are removed with it",
        (SinkUrl::Registry { .. }, _) => {
            "its content, and what is attached to it, stays until castoff gc and the registry's \
             own garbage collection"
        }
        _ => "its content, and what is attached to it, stays until castoff gc",
    }
}

/// The tags of a repository, and what they name. A tag that cannot be read names
/// something else than any other.
struct There {
    tags: Vec<Tag>,
    named: Vec<(Tag, Descriptor)>,
}

impl There {
    async fn look(services: &Services, at: &PlacedTag) -> Result<Self, Error> {
        let shelf = at.shelf(services)?;
        let mut tags = all_tags(&*shelf).await?.unwrap_or_default();
        tags.retain(|tag| *tag == at.tag || !tag.is_derived());
        let (named, _) = resolve_readable(&*shelf, tags.clone()).await?;
        Ok(Self { tags, named })
    }

    /// The other tags that name the same.
    fn siblings(&self, at: &PlacedTag, target: &Descriptor) -> Result<Vec<Tag>, Error> {
        // A registry's list without the tag that is removed is not whole.
        if is_registry(at) && !self.tags.contains(&at.tag) {
            let why = format!("`{}` exists, but is missing in the list of tags", at.tag);
            return Err(Failure::new(FailureKind::Server, Side::Sink, why)
                .hint("try again later")
                .into());
        }
        let others = self.named.iter().filter(|(tag, _)| *tag != at.tag && !tag.is_derived());
        let same = others.filter(|(_, other)| other.digest == target.digest);
        Ok(same.map(|(tag, _)| tag.clone()).collect())
    }
}

/// The tags that are asked for.
pub(crate) async fn placed_tags(
    services: &Services,
    known: &NamedSinks,
    request: &RemovalRequest,
) -> Result<Vec<PlacedTag>, Error> {
    let RemovalRequest { references, tag, kind, with_siblings, trust } = request;
    let mut placed: Vec<PlacedTag> = Vec::new();
    for text in references {
        let what = Reference { beside: tag.as_deref(), ..Reference::new(text, *kind, trust) };
        let Found { spec, kind, repository, tag, root, .. } = find(services, known, &what).await?;
        let tag = tag.ok_or_else(|| {
            Error::usage("castoff rm removes tags, not digests")
                .hint("name a tag; castoff gc removes untagged content")
        })?;
        let at = PlacedTag { spec, kind, repository, tag };
        let others = if *with_siblings {
            There::look(services, &at).await?.siblings(&at, &root)?
        } else {
            Vec::new()
        };
        let others = others.into_iter().map(|tag| PlacedTag { tag, ..at.clone() });
        for at in std::iter::once(at.clone()).chain(others) {
            if !placed.contains(&at) {
                placed.push(at);
            }
        }
    }
    distinct(&mut placed);
    Ok(placed)
}

/// Gives places that no configuration names names of their own.
fn distinct(placed: &mut [PlacedTag]) {
    let mut known: Vec<(SinkUrl, SinkName)> = Vec::new();
    for at in placed {
        let place = known.iter().find(|(url, _)| *url == at.spec.url);
        let name = place.map(|(_, name)| name.clone());
        let name = name.unwrap_or_else(|| {
            let taken: BTreeSet<&SinkName> = known.iter().map(|(_, name)| name).collect();
            let own = at.spec.name.clone();
            let numbered = (2..).map(|place| SinkName(format!("{}-{place}", own.0)));
            let free = std::iter::once(own.clone()).chain(numbered).find(|n| !taken.contains(n));
            let name = free.unwrap_or(own);
            known.push((at.spec.url.clone(), name.clone()));
            name
        });
        at.spec.name = name;
    }
}

/// What each of the tags names; all must be there.
async fn resolved<'s>(
    services: &Services,
    placed: &'s [PlacedTag],
) -> Result<Vec<(&'s PlacedTag, Descriptor)>, Error> {
    let mut found = Vec::new();
    for at in placed {
        found.push((at, at.root(services).await?));
    }
    Ok(found)
}

/// Plans the removal of tags.
pub(crate) async fn removing(services: &Services, placed: &[PlacedTag]) -> Result<Plan, Error> {
    let what = resolved(services, placed).await?;
    if !what.iter().any(|(at, _)| is_registry(at)) {
        return planned(services, &what, &[]);
    }
    // A registry that lists no tags removes one all the same.
    let others = siblings_of(services, &what).await.into_iter().map(Result::unwrap_or_default);
    planned(services, &what, &others.collect::<Vec<_>>())
}

/// The same, with what it entails, a line each.
pub(crate) async fn proposed(
    services: &Services,
    placed: &[PlacedTag],
) -> Result<(Vec<String>, Plan), Error> {
    let what = resolved(services, placed).await?;
    let others = siblings_of(services, &what).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok((consequences(services, &what, &others).await?, planned(services, &what, &others)?))
}

fn planned(
    services: &Services,
    what: &[(&PlacedTag, Descriptor)],
    others: &[Vec<Tag>],
) -> Result<Plan, Error> {
    let mut by_sink: Vec<(SinkName, Vec<TagMove>)> = Vec::new();
    for (place, (at, target)) in what.iter().enumerate() {
        let mut gone = removal(at, target);
        if is_registry(at) {
            gone.siblings = others.get(place).cloned().unwrap_or_default();
        }
        match by_sink.iter_mut().find(|(sink, _)| *sink == at.spec.name) {
            Some((_, moves)) => moves.push(gone),
            None => by_sink.push((at.spec.name.clone(), vec![gone])),
        }
    }
    let specs = sinks(what.iter().map(|(at, _)| at.spec.clone()));
    Ok(plan::retagging(services.known.folder.clone(), by_sink, Vec::new(), specs)?)
}

/// For each of the tags that are removed, those that name the same and stay. Each
/// repository is looked at once.
async fn siblings_of(
    services: &Services,
    what: &[(&PlacedTag, Descriptor)],
) -> Vec<Result<Vec<Tag>, Error>> {
    let (mut known, mut all) = (Vec::<(&PlacedTag, There)>::new(), Vec::new());
    for (at, target) in what {
        let is_it = |(of, _): &&(&PlacedTag, There)| {
            (&of.spec.name, of.kind, &of.repository) == (&at.spec.name, at.kind, &at.repository)
        };
        if known.iter().find(is_it).is_none() {
            match There::look(services, at).await {
                Ok(there) => known.push((at, there)),
                Err(error) => {
                    all.push(Err(error));
                    continue;
                }
            }
        }
        let Some((_, there)) = known.iter().find(is_it) else { continue };
        all.push(there.siblings(at, target).map(|mut others| {
            others.retain(|tag| !is_of(what, at, tag));
            others
        }));
    }
    all
}

fn is_registry(at: &PlacedTag) -> bool {
    matches!(at.spec.url, SinkUrl::Registry { .. })
}

/// Whether another tag of the same repository is removed too.
fn is_of(what: &[(&PlacedTag, Descriptor)], at: &PlacedTag, tag: &Tag) -> bool {
    let sibling = PlacedTag { tag: tag.clone(), ..at.clone() };
    what.iter().any(|(at, _)| **at == sibling)
}

/// The move that removes a tag, if it still names `target`.
pub(super) fn removal(at: &PlacedTag, target: &Descriptor) -> TagMove {
    let expected = Some(Expected::of(Some(target)));
    TagMove { expected, ..TagMove::new(at.name(), TagTarget::Nothing) }
}
