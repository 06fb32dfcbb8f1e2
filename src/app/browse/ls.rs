//! `castoff ls`: the repositories of a place, or the tags of one.

use std::io::{self, Write};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::{
    super::looking::Looking,
    print::{print, row},
};
use crate::{
    browse::{Age, Tree, tree},
    cli::{GlobalArgs, LsArgs, Sort},
    error::{Error, Exit},
    model::{Failure, Repository, Tag},
    ports::{Shelf, each_page},
};

/// How many tags are looked at at once.
const PARALLEL: usize = 8;

/// A tag, and what it names; none: it went meanwhile, or cannot be asked for.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) tree: Option<Tree>,
    pub(super) date: Option<Timestamp>,
}

/// Lists repositories, or the tags of one.
pub(in crate::app) async fn ls(global: &GlobalArgs, args: LsArgs) -> Result<Exit, Error> {
    let looking = Looking::at(global, &args.url, args.kind, &args.trust)?;
    let named = args.tag.as_deref().map(str::parse::<Repository>).transpose();
    let given = named.map_err(Error::usage)?.map(|name| looking.below(&name)).transpose()?;
    match given.or_else(|| looking.destination.repository.clone()) {
        Some(repository) => tags(&looking, global, &repository, &args).await?,
        None => repositories(&looking, global).await?,
    }
    Ok(Exit::Done)
}

async fn repositories(looking: &Looking, global: &GlobalArgs) -> Result<(), Error> {
    let kinds = looking.kinds();
    let mut there = false;
    for kind in &kinds {
        let catalog = looking.catalog(*kind)?;
        let mut out = io::stdout().lock();
        let read = async |from: Option<String>| catalog.repositories(from.as_deref()).await;
        let told = (kinds.len() > 1).then_some(*kind);
        there |=
            each_page(read, |names| print(&mut out, global, "repository", told, &names)).await?;
    }
    if there {
        return Ok(());
    }
    Err(Error::refused(format!("{} keeps no list of its repositories", looking.spec.url))
        .hint("name one: castoff ls URL/NAME"))
}

async fn tags(
    looking: &Looking,
    global: &GlobalArgs,
    repository: &Repository,
    args: &LsArgs,
) -> Result<(), Error> {
    let kind = looking.kind_of(repository).await?;
    let shelf = looking.shelf(kind, repository)?;
    let is_shown =
        |name: &String| args.all || !name.parse::<Tag>().is_ok_and(|tag| tag.is_derived());
    let read = async |from: Option<String>| shelf.tags(from.as_deref()).await;
    let mut all: Vec<String> = Vec::new();
    let there = each_page(read, |names| {
        let shown = names.into_iter().filter(is_shown);
        // As they come, where neither their order nor what they name matters.
        if args.names && args.sort == Sort::Stored {
            let names: Vec<String> = shown.collect();
            return print(&mut io::stdout().lock(), global, "tag", None, &names);
        }
        all.extend(shown);
        Ok(())
    })
    .await?;
    if !there {
        return Err(Error::refused(format!("`{repository}` does not exist there"))
            .hint("see castoff ls URL for what is there"));
    }
    match args.sort {
        Sort::Version => all.sort_by_cached_key(|tag| Age::of(tag)),
        Sort::Date => return by_date(global, &*shelf, all, args.names).await,
        Sort::Stored if args.names => return Ok(()),
        Sort::Stored => {}
    }
    if args.names {
        return Ok(print(&mut io::stdout().lock(), global, "tag", None, &all)?);
    }
    describe(global, &*shelf, all).await
}

/// Prints each tag with what it names, as the answers come, in their order.
async fn describe(global: &GlobalArgs, shelf: &dyn Shelf, tags: Vec<String>) -> Result<(), Error> {
    let mut failures = Vec::new();
    let looks = stream::iter(tags).map(async |name| (name.clone(), look(shelf, name).await));
    let mut looks = std::pin::pin!(looks.buffered(PARALLEL));
    while let Some((name, found)) = looks.next().await {
        match found {
            Ok(found) => row(global, &found, &mut io::stdout().lock())?,
            Err(failure) => failures.push(failure.context(format!("tag `{name}`"))),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

/// Prints the tags by when what they name was made. All must be known first.
async fn by_date(
    global: &GlobalArgs,
    shelf: &dyn Shelf,
    tags: Vec<String>,
    only_names: bool,
) -> Result<(), Error> {
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    let looks = stream::iter(tags).map(async |name| (name.clone(), look(shelf, name).await));
    let mut looks = std::pin::pin!(looks.buffered(PARALLEL));
    while let Some((name, found)) = looks.next().await {
        match found {
            Ok(found) => rows.push(found),
            Err(failure) => failures.push(failure.context(format!("tag `{name}`"))),
        }
    }
    rows.sort_by_key(|row| row.date);
    let mut out = io::stdout().lock();
    if only_names {
        let names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
        print(&mut out, global, "tag", None, &names)?;
    } else {
        rows.iter().try_for_each(|found| row(global, found, &mut out))?;
    }
    out.flush()?;
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

async fn look(shelf: &dyn Shelf, name: String) -> Result<Row, Failure> {
    // A name outside the grammar cannot be asked for.
    let Ok(tag) = name.parse::<Tag>() else { return Ok(Row { name, tree: None, date: None }) };
    let Some(root) = shelf.resolve(&tag).await? else {
        return Ok(Row { name, tree: None, date: None });
    };
    let tree = tree(shelf, &root).await?;
    let date = match tree.created() {
        Some(date) => Some(date),
        None => shelf.moved_at(&tag).await?,
    };
    Ok(Row { name, tree: Some(tree), date })
}
