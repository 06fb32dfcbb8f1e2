//! `castoff ls`: the repositories of a place, or the tags of one.

use std::io::Write;

use futures_util::{Stream, StreamExt, stream};

use super::{
    super::{World, looking::Looking, looking::Reference, named::NamedSinks, out::Out},
    print::{print, row},
};
use crate::{
    browse::{Age, Dated, dated},
    cli::{LsArgs, Sort},
    error::Error,
    model::{Failure, Repository, Tag},
    ports::{Shelf, each_page},
};

/// How many tags are looked at at once.
const PARALLEL: usize = 8;

/// A tag, and what it names; none: it went meanwhile, or cannot be asked for.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) named: Option<Dated>,
}

/// Lists repositories, or the tags of one.
pub(super) async fn ls(
    world: &World,
    known: &NamedSinks,
    args: &LsArgs,
    out: &mut Out<'_>,
) -> Result<(), Error> {
    let looking = Looking::of(world, known, &Reference::new(&args.url, args.kind, &args.trust))?;
    let named = args.tag.as_deref().map(str::parse::<Repository>).transpose();
    let given = named.map_err(Error::usage)?.map(|name| looking.below(&name)).transpose()?;
    match given.or_else(|| looking.destination.repository.clone()) {
        Some(repository) => tags(&looking, &repository, args, out).await,
        None => repositories(&looking, out).await,
    }
}

async fn repositories(looking: &Looking, out: &mut Out<'_>) -> Result<(), Error> {
    let kinds = looking.kinds();
    let mut there = false;
    for kind in &kinds {
        let catalog = looking.catalog(*kind)?;
        let read = async |from: Option<String>| catalog.repositories(from.as_deref()).await;
        let told = (kinds.len() > 1).then_some(*kind);
        there |= each_page(read, |names| print(out, "repository", told, &names)).await?;
    }
    if there {
        return Ok(());
    }
    Err(Error::refused(format!("{} keeps no list of its repositories", looking.spec.url))
        .hint("name one: castoff ls URL/NAME"))
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
    let is_passed_on = args.names && args.sort == Sort::Stored;
    let there = each_page(read, |names| {
        let shown = names.into_iter().filter(is_shown);
        if is_passed_on {
            return print(out, "tag", None, &shown.collect::<Vec<_>>());
        }
        all.extend(shown);
        Ok(())
    })
    .await?;
    if !there {
        return Err(Error::refused(format!("`{repository}` does not exist there"))
            .hint("see castoff ls URL for what is there"));
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
fn looks(
    shelf: &dyn Shelf,
    tags: Vec<String>,
) -> impl Stream<Item = Result<Row, Failure>> + Unpin + Send {
    let look = move |name: String| async move {
        // A name outside the grammar cannot be asked for.
        let Ok(tag) = name.parse::<Tag>() else { return Ok(Row { name, named: None }) };
        match dated(shelf, &tag).await {
            Ok(named) => Ok(Row { name, named }),
            Err(failure) => Err(failure.context(format!("tag `{name}`"))),
        }
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
    let (mut failures, mut level) = (Vec::new(), Vec::<Row>::new());
    let mut looks = looks(shelf, tags);
    while let Some(found) = looks.next().await {
        let found = match found {
            Ok(found) => found,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let is_level = |last: &Row| Age::of(&last.name).is_level(&Age::of(&found.name));
        if sort != Sort::Version || !level.last().is_some_and(is_level) {
            print_level(&mut level, out)?;
        }
        level.push(found);
    }
    print_level(&mut level, out)?;
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

fn print_level(level: &mut Vec<Row>, out: &mut Out<'_>) -> Result<(), Error> {
    level.sort_by_key(|row| row.named.as_ref().and_then(|named| named.date));
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
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    let mut looks = looks(shelf, tags);
    while let Some(found) = looks.next().await {
        match found {
            Ok(found) => rows.push(found),
            Err(failure) => failures.push(failure),
        }
    }
    rows.sort_by_key(|row| row.named.as_ref().and_then(|named| named.date));
    if only_names {
        let names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
        print(out, "tag", None, &names)?;
    } else {
        rows.iter().try_for_each(|found| row(found, out))?;
    }
    out.flush()?;
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}
