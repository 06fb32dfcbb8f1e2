//! `castoff ls`: the repositories of a place, or the tags of one.

use std::io::Write;

use futures_util::{Stream, StreamExt, stream};

use super::{
    print::{print, row},
    row::{self, Row},
};
use crate::{
    app::{
        verbs::out::Out,
        wiring::{
            references::{Looking, Reference},
            services::Services,
            sinks::NamedSinks,
        },
    },
    browse::{Age, dated},
    cli::{LsArgs, Sort},
    error::Error,
    model::{Descriptor, Repository, Tag, entry_name},
    ports::{Shelf, each_page},
    sink::layout::Address,
    streams,
};

/// How many tags are looked at at once.
const PARALLEL: usize = 8;

/// Lists repositories, or the tags of one.
pub(super) async fn ls(
    services: &Services,
    known: &NamedSinks,
    args: &LsArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let looking = Looking::of(
        services,
        known,
        &Reference::new(&args.url, args.kind.map(Into::into), &args.trust),
    )?;
    looking.refuse_absent()?;
    let named = args.tag.as_deref().map(str::parse::<Repository>).transpose();
    let given = named.map_err(Error::usage)?.map(|name| looking.below(&name)).transpose()?;
    if let Some(repository) = given.or_else(|| looking.destination.repository.clone()) {
        return tags(&looking, &repository, args, out).await;
    }
    repositories(&looking, out).await?;
    match looking.unnamed()? {
        // What other tools name without a repository.
        Some(Address::Nameless) => tags(&looking, &Repository::nameless(), args, out).await,
        Some(Address::Only(node)) => Ok(unnamed(&node, out)?),
        _ => Ok(()),
    }
}

/// The image of a layout that has no names.
fn unnamed(node: &Descriptor, out: &mut Out<'_>) -> std::io::Result<()> {
    if out.is_json {
        return writeln!(out, "{}", serde_json::json!({ "name": null, "digest": node.digest }));
    }
    writeln!(out, "(no name)  {}", node.digest)
}

async fn repositories(looking: &Looking, out: &mut Out<'_>) -> Result<(), Error> {
    let kinds = looking.kinds();
    // Below a sink's namespace, names are those that the sink is asked by.
    let namespace = looking.spec.url.namespace();
    let below = |name: String| match namespace {
        "" => Some(name),
        _ => Some(name.strip_prefix(namespace)?.strip_prefix('/')?.to_owned()),
    };
    let mut there = false;
    for kind in &kinds {
        let catalog = looking.catalog(*kind)?;
        let read = async |from: Option<String>| catalog.repositories(from.as_deref()).await;
        let told = (kinds.len() > 1).then_some(*kind);
        there |= each_page(read, |names| {
            let names: Vec<String> = names
                .into_iter()
                .filter(|name| !Repository::listed(name).is_ok_and(|of| of.is_nameless()))
                .filter_map(below)
                .collect();
            print(out, "repository", told, &names)
        })
        .await?;
    }
    if there {
        return Ok(());
    }
    Err(Error::refused(format!("{} has no list of its repositories", looking.spec.url))
        .hint("name a repository: castoff ls URL/NAME"))
}

async fn tags(
    looking: &Looking,
    repository: &Repository,
    args: &LsArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let kind = looking.kind_of(repository).await?;
    let shelf = looking.shelf(kind, repository)?;
    let is_shown =
        |name: &String| args.all || !name.parse::<Tag>().is_ok_and(|tag| tag.is_derived());
    let read = async |from: Option<String>| shelf.tags(from.as_deref()).await;
    let mut all: Vec<String> = Vec::new();
    // As they come, where neither their order nor what they name matters.
    let is_passed_on = args.names && args.sort == Sort::Stored && looking.destination.tag.is_none();
    let only = looking.destination.tag.as_ref();
    let there = each_page(read, |names| {
        let shown = names.into_iter().filter(is_shown);
        let shown = shown.filter(|name| only.is_none_or(|tag| tag.as_str() == name));
        if is_passed_on {
            return print(out, "tag", None, &shown.collect::<Vec<_>>());
        }
        all.extend(shown);
        Ok(())
    })
    .await?;
    if !there {
        return Err(Error::refused(format!("`{repository}` does not exist there"))
            .hint("castoff ls URL lists what exists"));
    }
    if let Some(tag) = only.filter(|_| all.is_empty()) {
        return Err(Error::refused(format!(
            "`{}` does not exist there",
            entry_name(repository, tag)
        ))
        .hint("castoff ls without the tag lists all tags"));
    }
    if args.sort == Sort::Version {
        all.sort_by_cached_key(|tag| Age::of(tag));
    }
    match args.sort {
        Sort::Date => by_date(&*shelf, all, args.names, out).await,
        _ if args.names => Ok(print(out, "tag", None, &all)?),
        sort => describe(&*shelf, all, sort, out).await,
    }
}

/// What each tag names, as the answers come, in the tags' order.
fn looks(shelf: &dyn Shelf, tags: Vec<String>) -> impl Stream<Item = Row> + Unpin + Send {
    let look = move |name: String| async move {
        // A name outside the grammar cannot be asked for.
        let Ok(tag) = name.parse::<Tag>() else { return Row { name, named: Ok(None) } };
        let named = dated(shelf, &tag).await;
        Row { name, named }
    };
    Box::pin(stream::iter(tags).map(look).buffered(PARALLEL))
}

/// Prints each tag with what it names. Of those that their names do not tell
/// apart, the older comes first.
async fn describe(
    shelf: &dyn Shelf,
    tags: Vec<String>,
    sort: Sort,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let (mut passing, mut level) = (Vec::new(), Vec::<Row>::new());
    let mut looks = looks(shelf, tags);
    while let Some(found) = looks.next().await {
        // A reader that left wants no more.
        if streams::is_closed() {
            return Ok(());
        }
        let is_level = |last: &Row| Age::of(&last.name).is_level(&Age::of(&found.name));
        if sort != Sort::Version || !level.last().is_some_and(is_level) {
            print_level(&mut level, out)?;
        }
        passing.extend(found.passing());
        level.push(found);
    }
    print_level(&mut level, out)?;
    out.flush()?;
    row::passing(passing)
}

fn print_level(level: &mut Vec<Row>, out: &mut Out<'_>) -> Result<(), Error> {
    level.sort_by_key(Row::date);
    level.drain(..).try_for_each(|found| row(&found, out))?;
    Ok(())
}

/// Prints the tags by when what they name was made. All must be known first.
async fn by_date(
    shelf: &dyn Shelf,
    tags: Vec<String>,
    only_names: bool,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let mut rows: Vec<Row> = looks(shelf, tags).collect().await;
    rows.sort_by_key(Row::date);
    let passing = rows.iter().flat_map(Row::passing).collect();
    if only_names {
        let names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
        print(out, "tag", None, &names)?;
    } else {
        rows.iter().try_for_each(|found| row(found, out))?;
    }
    out.flush()?;
    row::passing(passing)
}
