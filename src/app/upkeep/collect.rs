//! `castoff gc`: old tags go, and what nobody needs any more.

use std::{io::Write, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use globset::{Glob, GlobSet, GlobSetBuilder};
use jiff::Timestamp;

use super::{Spot, remove::removal};
use crate::{
    app::{
        World,
        looking::{Looking, Reference},
        named::NamedSinks,
        out::Out,
    },
    browse::{Age, dated, tree},
    cli::{GcArgs, Sort},
    error::Error,
    model::{ArtifactKind, Descriptor, Failure, Platform, Repository, Tag, bytes, escape},
    plan::{self, Plan, Sweep},
    ports::{Places, Stored, Sweeper, all_tags, resolve_all},
    sink::layout::Address,
    sweep::{Leftovers, leftovers},
};

/// How many tags are looked at at once.
const PARALLEL: usize = 8;

/// What goes.
pub(super) struct Collection {
    looking: Looking,
    kind: ArtifactKind,
    repository: Repository,
    /// The tags, each with what it names, in order.
    gone: Vec<(Tag, Descriptor)>,
    /// How many tags stay.
    kept: usize,
    grace: Duration,
}

/// Chooses what goes.
pub(super) async fn choose(
    world: &World,
    known: &NamedSinks,
    args: GcArgs,
) -> Result<Collection, Error> {
    let GcArgs { url, tag, kind, keep, sort, protect, only_development, grace, trust, .. } = args;
    let looking = Looking::of(world, known, &Reference::new(&url, kind, &trust))?;
    looking.refuse_absent()?;
    let name = tag.as_deref().map(str::parse::<Repository>).transpose().map_err(Error::usage)?;
    let repository = match (name, &looking.destination.repository) {
        (Some(name), _) => looking.below(&name)?,
        (None, Some(repository)) => repository.clone(),
        (None, None) if looking.unnamed()? == Some(Address::Nameless) => Repository::nameless(),
        (None, None) => {
            return Err(Error::usage(format!("`{}` names no repository", escape(&url)))
                .hint("give -t NAME, or write it in the URL"));
        }
    };
    if let Some(tag) = &looking.destination.tag {
        return Err(Error::usage(format!("gc looks at all tags, and `{tag}` is one"))
            .hint("castoff rm removes a single tag"));
    }
    let kind = looking.kind_of(&repository).await?;
    let shelf = looking.shelf(kind, &repository)?;
    let mut tags = all_tags(&*shelf).await?.ok_or_else(|| {
        Error::refused(format!("`{repository}` does not exist there"))
            .hint("see castoff ls URL for what is there")
    })?;
    tags.retain(|tag| !tag.is_derived());
    let all = tags.len();
    let protected = patterns(&protect)?;
    let is_kept = |tag: &Tag| {
        protected.is_match(tag.as_str()) || (only_development && Age::is_version(tag.as_str()))
    };
    let open = tags.into_iter().filter(|tag| !is_kept(tag)).collect();
    let mut open = in_order(&*shelf, open, sort).await?;
    open.truncate(open.len().saturating_sub(keep));
    let gone = resolve_all(&*shelf, open).await?;
    let kept = all - gone.len();
    Ok(Collection { looking, kind, repository, gone, kept, grace })
}

/// The tags, those that go first first.
async fn in_order(shelf: &dyn Sweeper, mut tags: Vec<Tag>, sort: Sort) -> Result<Vec<Tag>, Error> {
    match sort {
        Sort::Stored => {}
        Sort::Version => tags.sort_by_cached_key(|tag| Age::of(tag.as_str())),
        Sort::Date => {
            let mut dated: Vec<(Option<Timestamp>, Age, Tag)> = stream::iter(tags)
                .map(|tag| async move {
                    let date = dated(shelf, &tag).await?.and_then(|named| named.date);
                    Ok::<_, Failure>((date, Age::of(tag.as_str()), tag))
                })
                .buffered(PARALLEL)
                .try_collect()
                .await?;
            if let Some((.., tag)) = dated.iter().find(|(date, ..)| date.is_none()) {
                return Err(Error::refused(format!("nobody knows how old `{tag}` is"))
                    .hint("protect it with --protect, or sort by version"));
            }
            dated.sort();
            tags = dated.into_iter().map(|(.., tag)| tag).collect();
        }
    }
    Ok(tags)
}

fn patterns(patterns: &[String]) -> Result<GlobSet, Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(Error::usage)?);
    }
    set.build().map_err(Error::usage)
}

impl Collection {
    fn removed(&self) -> Vec<Descriptor> {
        self.gone.iter().map(|(_, root)| root.clone()).collect()
    }

    /// The plan that removes it.
    pub(super) fn plan(self) -> Result<Plan, Error> {
        let removed = self.removed();
        let Self { looking, kind, repository, gone, grace, .. } = self;
        let spec = looking.spec;
        let spot = |tag| Spot { spec: spec.clone(), kind, repository: repository.clone(), tag };
        let moves: Vec<_> =
            gone.into_iter().map(|(tag, target)| removal(&spot(tag), &target)).collect();
        let by_sink = if moves.is_empty() { Vec::new() } else { vec![(spec.name.clone(), moves)] };
        let sink = spec.name.clone();
        let sweep =
            Sweep { sink, kind, repository: repository.clone(), removed, grace_s: grace.as_secs() };
        Ok(plan::retagging(std::env::current_dir()?, by_sink, vec![sweep], vec![spec])?)
    }
}

/// What would go, with sizes.
pub(super) async fn show(world: &World, what: &Collection, out: &mut Out<'_>) -> Result<(), Error> {
    let Collection { looking, kind, repository, gone, kept, grace } = what;
    let places = world.places_to_look();
    let shelf = places.shelf(&looking.spec, *kind, repository)?;
    let names: Vec<Tag> = gone.iter().map(|(tag, _)| tag.clone()).collect();
    let (mut left, _) = leftovers(&*shelf, &names, &what.removed(), *grace).await?;
    if *kind == ArtifactKind::Files {
        for (tag, root) in gone {
            left.stored.extend(files_of(&*shelf, tag, root).await?);
        }
    }
    let Leftovers { stored, young, only_manifests } = &left;
    let size: u64 = stored.iter().map(|stored| stored.size).sum();
    if out.is_json {
        let list = |of: &[Stored]| -> Vec<_> {
            of.iter().map(|of| serde_json::json!({ "key": of.key, "size": of.size })).collect()
        };
        let tags =
            gone.iter().map(|(tag, root)| serde_json::json!({ "tag": tag, "digest": root.digest }));
        let told = serde_json::json!({
            "repository": repository, "tags": tags.collect::<Vec<_>>(), "kept_tags": kept,
            "objects": list(stored), "size": size, "too_young": list(young),
            "only_manifests": only_manifests,
        });
        return Ok(out.document(&told)?);
    }
    for (tag, root) in gone {
        writeln!(out, "tag     {tag:<20} {}", root.digest)?;
    }
    for stored in stored {
        writeln!(out, "object  {:>10}  {}", bytes(stored.size), escape(&stored.key))?;
    }
    let (tags, objects) = (gone.len(), stored.len());
    writeln!(
        out,
        "{tags} tags and {objects} objects, {}, would go; {kept} tags stay",
        bytes(size)
    )?;
    if !young.is_empty() {
        writeln!(out, "{} objects that nothing names are too young to go", young.len())?;
    }
    if *only_manifests {
        writeln!(out, "blobs are left to the registry's own garbage collection")?;
    }
    Ok(())
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
            files.push(Stored { key, size: layer.size, age: None, needed_by: None });
        }
    }
    Ok(files)
}
