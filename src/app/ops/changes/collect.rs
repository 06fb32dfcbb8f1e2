//! `castoff gc`: old tags go, and what nothing needs any more.

use std::{collections::HashMap, io::Write, time::Duration};

use super::{
    Spot,
    choose::{Choice, Rules},
    remove::removal,
    roots::{Named, is_apart, patiently, refuse_odd, written_lately},
};
use crate::{
    app::{
        verbs::out::Out,
        wiring::{
            references::{Looking, Reference},
            services::World,
            sinks::NamedSinks,
        },
    },
    browse::tree,
    cli::GcArgs,
    error::Error,
    model::{ArtifactKind, Descriptor, Failure, Platform, Repository, Tag, bytes, counted, escape},
    plan::{self, Plan, Sweep, TagMove},
    ports::{Places, Stored, Sweeper, all_tags, resolve_all},
    sink::layout::Address,
    sweep::{Blobs, Gone, Leftovers, leftovers},
};

/// How many names of tags are listed in one line.
const NAMES: usize = 8;

/// What goes.
pub(super) struct Collection {
    looking: Looking,
    kind: ArtifactKind,
    repository: Repository,
    /// The tags, each with what it names, in order.
    gone: Vec<(Tag, Descriptor)>,
    /// What the tags that stay name.
    roots: HashMap<Tag, Descriptor>,
    /// The tags that stay.
    stay: Vec<Tag>,
    /// Why they stay.
    choice: Choice,
    /// The tags that are listed and name nothing.
    dead: Vec<Tag>,
    /// The tags that stay since it cannot be read what they name, and why.
    odd: Vec<(Tag, Failure)>,
    grace: Duration,
}

/// Chooses what goes.
pub(super) async fn choose(
    world: &World,
    known: &NamedSinks,
    args: GcArgs,
) -> Result<Collection, Error> {
    let rules = Rules::of(&args)?;
    let GcArgs { url, tag, kind, grace, trust, .. } = args;
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
    let mut tags = match all_tags(&*shelf).await? {
        Some(tags) => tags,
        // What its last tag left.
        None if holds_something(&*shelf).await? => Vec::new(),
        None => {
            return Err(Error::refused(format!("`{repository}` does not exist there"))
                .hint("see castoff ls URL for what is there"));
        }
    };
    let mut lately = written_lately(world, &looking, &repository)?;
    lately.retain(|tag| !tags.contains(tag));
    tags.extend(resolve_all(&*shelf, lately).await?.into_iter().map(|(tag, _)| tag));
    tags.retain(|tag| !tag.is_derived());
    let Named { roots: named, dead, odd } = patiently(world, &*shelf, tags).await?;
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
    pub(super) fn plan(self) -> Result<Plan, Error> {
        let removed = self.removed();
        let tags = self.gone.iter().map(|(tag, _)| tag.clone()).collect();
        let Self { looking, kind, repository, gone, roots, grace, stay, dead, .. } = self;
        let spec = looking.spec;
        let spot = |tag| Spot { spec: spec.clone(), kind, repository: repository.clone(), tag };
        let siblings = |target: &Descriptor| {
            let same = roots.iter().filter(|(_, root)| root.digest == target.digest);
            same.map(|(tag, _)| tag.clone()).collect()
        };
        let moves: Vec<_> = gone
            .into_iter()
            .map(|(tag, target)| TagMove {
                siblings: siblings(&target),
                ..removal(&spot(tag), &target)
            })
            .collect();
        let by_sink = if moves.is_empty() { Vec::new() } else { vec![(spec.name.clone(), moves)] };
        let sink = spec.name.clone();
        let (repository, grace_s) = (repository.clone(), grace.as_secs());
        let sweep = Sweep { sink, kind, repository, removed, tags, grace_s, stay, dead };
        Ok(plan::retagging(std::env::current_dir()?, by_sink, vec![sweep], vec![spec])?)
    }
}

/// Which tags stay, and why.
pub(super) fn explain(what: &Collection, out: &mut impl Write) -> Result<(), Error> {
    let Choice { series, unclassed, undated, idle, .. } = &what.choice;
    for (series, count, stay) in series {
        let (series, names) = (series.to_string(), names(stay));
        let stays = stay.len();
        writeln!(
            out,
            "series  {:<20} {stays} of {count} stay{names}",
            escape(&series).to_string()
        )?;
    }
    if !unclassed.is_empty() {
        let (stay, why) = match unclassed.len() {
            1 => ("stays", "it belongs to no series"),
            _ => ("stay", "they belong to no series"),
        };
        writeln!(out, "{stay}{}: {why}", names(unclassed))?;
    }
    if !undated.is_empty() {
        let (stay, of) = if undated.len() == 1 { ("stays", "it is") } else { ("stay", "they are") };
        writeln!(out, "{stay}{}: it is not known how old {of}", names(undated))?;
    }
    for tag in &what.dead {
        writeln!(out, "`{tag}` is listed, and names nothing")?;
    }
    for (tag, link) in &what.choice.linked {
        writeln!(out, "`{tag}` stays: {} that leads to it", escape(link))?;
    }
    for (tag, failure) in &what.odd {
        writeln!(out, "`{tag}` stays: it cannot be read what it names: {failure}")?;
    }
    for pattern in idle {
        writeln!(out, "no tag matches `{}`", escape(pattern))?;
    }
    Ok(())
}

/// The names of tags, the last of many.
fn names(tags: &[Tag]) -> String {
    // One more is as long as its own name.
    let shown = if tags.len() == NAMES + 1 { tags.len() } else { NAMES };
    let names: Vec<&str> = tags.iter().rev().take(shown).map(Tag::as_str).collect();
    match (names.len(), tags.len() - names.len()) {
        (0, _) => String::new(),
        (_, 0) => format!(": {}", names.join(", ")),
        (_, more) => format!(": {} and {more} more", names.join(", ")),
    }
}

/// What would go, with sizes.
pub(super) async fn show(world: &World, what: &Collection, out: &mut Out<'_>) -> Result<(), Error> {
    let Collection { looking, kind, repository, gone, grace, .. } = what;
    let places = world.places_to_look();
    let shelf = places.shelf(&looking.spec, *kind, repository)?;
    let roots = gone.iter().map(|(tag, root)| (Some(tag.clone()), root.clone())).collect();
    let all = Gone { kind: *kind, roots, stay: what.stay.clone(), dead: what.dead.clone() };
    let (mut left, _) = leftovers(&*shelf, &all, true, *grace).await?;
    if *kind == ArtifactKind::Files {
        for (tag, root) in gone {
            left.stored.extend(files_of(&*shelf, tag, root).await?);
        }
    }
    if out.is_json {
        return Ok(out.document(&told(what, &left))?);
    }
    explain(what, out)?;
    for (tag, root) in gone {
        writeln!(out, "tag     {tag:<20} {}", root.digest)?;
    }
    let Leftovers { stored, young, only_manifests, left_alone, .. } = &left;
    for stored in stored {
        let what = stored.what.as_deref().unwrap_or("what no tag names");
        let (what, size) = (escape(what).to_string(), bytes(stored.size));
        writeln!(out, "object  {size:>10}  {what:<40}  {}", escape(&stored.key))?;
    }
    let size: u64 = stored.iter().map(|stored| stored.size).sum();
    let (tags, objects) = (counted(gone.len(), "tag"), counted(stored.len(), "object"));
    let stay = if what.stay.len() == 1 {
        "1 tag stays"
    } else {
        &format!("{} tags stay", what.stay.len())
    };
    writeln!(out, "{tags} and {objects}, {}, would go; {stay}", bytes(size))?;
    for what in left_alone {
        writeln!(out, "left alone: {}", escape(what))?;
    }
    if !young.is_empty() {
        let objects = counted(young.len(), "object");
        writeln!(out, "too young to go: {objects} that nothing names")?;
    }
    let mut blobs = Blobs::default();
    for node in left.blobs() {
        if !world.store.has(node)? {
            blobs.take(node);
        }
    }
    if blobs.lost > 0 {
        writeln!(out, "{blobs}")?;
    }
    if stored.iter().any(|stored| stored.what.is_none()) {
        writeln!(out, "castoff rollback does not bring back what no tag names")?;
    }
    if *only_manifests {
        writeln!(out, "blobs are left to the registry's own garbage collection")?;
    }
    Ok(())
}

/// The same, for programs.
fn told(what: &Collection, left: &Leftovers) -> serde_json::Value {
    let Leftovers { stored, young, only_manifests, .. } = left;
    let size: u64 = stored.iter().map(|stored| stored.size).sum();
    let list = |of: &[Stored]| -> Vec<_> {
        let told =
            |of: &Stored| serde_json::json!({ "key": of.key, "size": of.size, "what": of.what });
        of.iter().map(told).collect()
    };
    let tag =
        |(tag, root): &(Tag, Descriptor)| serde_json::json!({ "tag": tag, "digest": root.digest });
    let tags: Vec<_> = what.gone.iter().map(tag).collect();
    let Choice { series, unclassed, undated, protected, .. } = &what.choice;
    let of_series = |(series, count, stay): &(crate::browse::Series, usize, Vec<Tag>)| serde_json::json!({ "series": series.to_string(), "tags": count, "stay": stay });
    let series: Vec<_> = series.iter().map(of_series).collect();
    serde_json::json!({
        "repository": what.repository, "tags": tags, "kept_tags": what.stay.len(),
        "series": series, "of_no_series": unclassed, "of_unknown_age": undated,
        "protected": protected, "objects": list(stored), "size": size, "too_young": list(young),
        "only_manifests": only_manifests, "left_alone": left.left_alone,
        "unreadable": what.odd.iter().map(|(tag, _)| tag).collect::<Vec<_>>(),
    })
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
