//! `castoff gc`: old tags go, and what nothing needs any more.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use super::{
    choose::{Choice, CollectionRequest, Rules},
    placed_tag::PlacedTag,
    remove::removal,
    roots::{Named, is_apart, patiently, refuse_odd, written_lately},
};
use crate::{
    app::wiring::{
        references::{Looking, Reference},
        services::Services,
        sinks::NamedSinks,
    },
    browse::tree,
    error::Error,
    model::{ArtifactKind, Descriptor, Failure, Platform, Repository, Tag, escape},
    plan::{self, Plan, Sweep, TagMove},
    ports::{Places, Stored, Sweeper, all_tags, resolve_all},
    sink::layout::Address,
    sweep::{Blobs, Gone, Leftovers, leftovers},
};

/// What goes.
pub(crate) struct Collection {
    looking: Looking,
    kind: ArtifactKind,
    pub(crate) repository: Repository,
    /// The tags, each with what it names, in order.
    pub(crate) gone: Vec<(Tag, Descriptor)>,
    /// What the tags that stay name.
    pub(crate) roots: HashMap<Tag, Descriptor>,
    /// The tags that stay.
    pub(crate) stay: Vec<Tag>,
    /// Why they stay.
    pub(crate) choice: Choice,
    /// The tags that are listed and name nothing.
    pub(crate) dead: Vec<Tag>,
    /// The tags that stay since it cannot be read what they name, and why.
    pub(crate) odd: Vec<(Tag, Failure)>,
    grace: Duration,
}

/// Chooses what goes.
pub(crate) async fn choose(
    services: &Services,
    known: &NamedSinks,
    request: CollectionRequest,
) -> Result<Collection, Error> {
    let rules = Rules::of(&request)?;
    let CollectionRequest { url, tag, kind, grace, trust, .. } = request;
    let looking = Looking::of(services, known, &Reference::new(&url, kind, &trust))?;
    looking.refuse_absent()?;
    let name = tag.as_deref().map(str::parse::<Repository>).transpose().map_err(Error::usage)?;
    let repository = match (name, &looking.destination.repository) {
        (Some(name), _) => looking.below(&name)?,
        (None, Some(repository)) => repository.clone(),
        (None, None) if looking.unnamed()? == Some(Address::Nameless) => Repository::nameless(),
        (None, None) => {
            return Err(Error::usage(format!("`{}` names no repository", escape(&url)))
                .hint("give -t NAME, or append it to the URL"));
        }
    };
    if let Some(tag) = &looking.destination.tag {
        return Err(Error::usage(format!(
            "gc works on all tags of a repository, and `{tag}` is a single tag"
        ))
        .hint("use castoff rm to remove a single tag"));
    }
    let kind = looking.kind_of(&repository).await?;
    let shelf = looking.shelf(kind, &repository)?;
    let mut tags = match all_tags(&*shelf).await? {
        Some(tags) => tags,
        // What its last tag left.
        None if holds_something(&*shelf).await? => Vec::new(),
        None => {
            return Err(Error::refused(format!("`{repository}` does not exist there"))
                .hint("castoff ls URL lists what exists"));
        }
    };
    let mut lately = written_lately(services, &looking, &repository)?;
    lately.retain(|tag| !tags.contains(tag));
    tags.extend(resolve_all(&*shelf, lately).await?.into_iter().map(|(tag, _)| tag));
    tags.retain(|tag| !tag.is_derived());
    let Named { roots: named, dead, odd } = patiently(services, &*shelf, tags).await?;
    if !is_apart(&looking.spec.url, kind) {
        refuse_odd(&*shelf, &odd).await?;
    }
    let mut choice =
        rules.choose(&*shelf, named.iter().map(|(tag, _)| tag.clone()).collect()).await?;
    let mut roots: HashMap<Tag, Descriptor> = named.iter().cloned().collect();
    let gone = std::mem::take(&mut choice.gone);
    let gone: Vec<_> =
        gone.into_iter().filter_map(|tag| roots.remove(&tag).map(|root| (tag, root))).collect();
    let stay = named.into_iter().map(|(tag, _)| tag).filter(|tag| roots.contains_key(tag));
    let stay = stay.collect();
    Ok(Collection { looking, kind, repository, gone, roots, stay, choice, dead, odd, grace })
}

/// Whether something is stored where no tag is left.
async fn holds_something(shelf: &dyn Sweeper) -> Result<bool, Failure> {
    Ok(shelf.inventory().await?.is_some_and(|inventory| !inventory.stored.is_empty()))
}

impl Collection {
    fn removed(&self) -> Vec<Descriptor> {
        self.gone.iter().map(|(_, root)| root.clone()).collect()
    }

    /// The plan that removes it.
    pub(crate) fn plan(self, root: PathBuf) -> Result<Plan, Error> {
        let removed = self.removed();
        let tags = self.gone.iter().map(|(tag, _)| tag.clone()).collect();
        let Self { looking, kind, repository, gone, roots, grace, stay, dead, .. } = self;
        let spec = looking.spec;
        let placed =
            |tag| PlacedTag { spec: spec.clone(), kind, repository: repository.clone(), tag };
        let siblings = |target: &Descriptor| {
            let same = roots.iter().filter(|(_, root)| root.digest == target.digest);
            same.map(|(tag, _)| tag.clone()).collect()
        };
        let moves: Vec<_> = gone
            .into_iter()
            .map(|(tag, target)| TagMove {
                siblings: siblings(&target),
                ..removal(&placed(tag), &target)
            })
            .collect();
        let by_sink = if moves.is_empty() { Vec::new() } else { vec![(spec.name.clone(), moves)] };
        let sink = spec.name.clone();
        let (repository, grace_s) = (repository.clone(), grace.as_secs());
        let sweep = Sweep { sink, kind, repository, removed, tags, grace_s, stay, dead };
        Ok(plan::retagging(root, by_sink, vec![sweep], vec![spec])?)
    }
}

/// What would go, and what stays of what nothing needs.
pub(crate) async fn left(services: &Services, what: &Collection) -> Result<Leftovers, Error> {
    let Collection { looking, kind, repository, gone, grace, .. } = what;
    let places = services.places_to_look();
    let shelf = places.shelf(&looking.spec, *kind, repository)?;
    let roots = gone.iter().map(|(tag, root)| (Some(tag.clone()), root.clone())).collect();
    let all = Gone { kind: *kind, roots, stay: what.stay.clone(), dead: what.dead.clone() };
    let (mut left, _) = leftovers(&*shelf, &all, true, *grace).await?;
    if *kind == ArtifactKind::Files {
        for (tag, root) in gone {
            left.stored.extend(files_of(&*shelf, tag, root).await?);
        }
    }
    Ok(left)
}

/// What of that the content store does not have.
pub(crate) fn lost(services: &Services, left: &Leftovers) -> Result<Blobs, Error> {
    let mut blobs = Blobs::default();
    for node in left.blobs() {
        if !services.store.has(node)? {
            blobs.take(node);
        }
    }
    Ok(blobs)
}

/// The files that go with a tag.
async fn files_of(
    shelf: &dyn Sweeper,
    tag: &Tag,
    root: &Descriptor,
) -> Result<Vec<Stored>, Failure> {
    // The manifests of files are known from when their tag was resolved.
    shelf.resolve(tag).await?;
    let mut files = Vec::new();
    for branch in tree(shelf, root).await?.manifests {
        for layer in branch.layers {
            let words = branch.manifest.platform.iter().flat_map(Platform::words);
            let mut path: Vec<&str> = words.collect();
            path.extend(layer.title());
            let key = format!("{tag}/{}", path.join("/"));
            let what = Some(format!("file of {tag}"));
            files.push(Stored { key, size: layer.size, age: None, needed_by: None, what });
        }
    }
    Ok(files)
}
