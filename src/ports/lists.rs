//! Lists of names, read page by page.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::catalog::Page;
use super::repository::{Shelf, SinkRepository};
use crate::model::{Descriptor, Failure, FailureKind, Side, Tag, counted};

/// How many names a list may have.
const NAMES_LIMIT: usize = 1_000_000;
/// How many pages a list may have, of which any may be empty: a registry's
/// page may hold nothing that was asked for.
const PAGES_LIMIT: usize = 10_000;

/// How many tags are asked for at once.
const PARALLEL: usize = 8;

/// Reads a list page by page, and hands on of each page what did not come
/// before: while a list changes, its pages may overlap. Returns whether there
/// is such a list.
///
/// # Errors
///
/// Fails where a page cannot be read, where `take` fails, and where the list
/// has no end.
pub async fn each_page<F: Future<Output = Result<Option<Page>, Failure>>>(
    mut read: impl FnMut(Option<String>) -> F,
    mut take: impl FnMut(Vec<String>) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    let (mut pages, mut seen) = (Pages::default(), HashSet::new());
    while !pages.is_over {
        let mut names = pages.take(read(pages.from.clone()).await?)?;
        names.retain(|name| seen.insert(name.clone()));
        take(names)?;
    }
    Ok(pages.exists())
}

/// All tags of a place, each once and in the place's order; none where there
/// is no such repository. A name outside the grammar is left out, since it
/// cannot be asked for.
///
/// # Errors
///
/// Fails where a page cannot be read, and where the list has no end.
pub async fn all_tags(shelf: &dyn Shelf) -> Result<Option<Vec<Tag>>, Failure> {
    let (mut pages, mut all) = (Pages::default(), Vec::new());
    while !pages.is_over {
        let page = shelf.tags(pages.from.as_deref()).await?;
        let odd = page.as_ref().map_or(0, |page| page.odd);
        if odd > 0 {
            let why = format!("{} in the list of tags are not valid tags", counted(odd, "item"));
            return Err(Failure::new(FailureKind::Server, Side::Sink, why));
        }
        let names = pages.take(page)?;
        all.extend(names.iter().filter_map(|name| name.parse::<Tag>().ok()));
    }
    let mut seen = HashSet::new();
    all.retain(|tag| seen.insert(tag.clone()));
    Ok(pages.exists().then_some(all))
}

/// What each of `tags` names, in their order; one that is gone is left out.
///
/// # Errors
///
/// Fails where it cannot be known of one.
pub async fn resolve_all(
    names: &(impl SinkRepository + ?Sized),
    tags: Vec<Tag>,
) -> Result<Vec<(Tag, Descriptor)>, Failure> {
    let found: Vec<(Tag, Option<Descriptor>)> = stream::iter(tags)
        .map(async |tag| names.resolve(&tag).await.map(|root| (tag, root)))
        .buffered(PARALLEL)
        .try_collect()
        .await?;
    Ok(found.into_iter().filter_map(|(tag, root)| Some((tag, root?))).collect())
}

/// The same, and the tags of which it cannot be read what they name, each with
/// why.
///
/// # Errors
///
/// Fails where that is not known of one.
pub async fn resolve_readable(
    names: &(impl SinkRepository + ?Sized),
    tags: Vec<Tag>,
) -> Result<(Vec<(Tag, Descriptor)>, Vec<(Tag, Failure)>), Failure> {
    let resolve = async |tag: Tag| match names.resolve(&tag).await {
        Ok(root) => Ok((root.map(|root| (tag, root)), None)),
        Err(failure) if failure.is_odd() => Ok((None, Some((tag, failure)))),
        Err(failure) => Err(failure),
    };
    let looked: Vec<_> = stream::iter(tags).map(resolve).buffered(PARALLEL).try_collect().await?;
    let (found, odd): (Vec<_>, Vec<_>) = looked.into_iter().unzip();
    Ok((found.into_iter().flatten().collect(), odd.into_iter().flatten().collect()))
}

/// How far a list was read.
#[derive(Debug, Default)]
struct Pages {
    /// How the next page is asked for.
    from: Option<String>,
    names: usize,
    read: usize,
    is_over: bool,
}

impl Pages {
    /// The names of a page that was read.
    fn take(&mut self, page: Option<Page>) -> Result<Vec<String>, Failure> {
        let Some(Page { names, next, .. }) = page else {
            self.is_over = true;
            return Ok(Vec::new());
        };
        self.names += names.len();
        self.read += 1;
        let is_long = self.names > NAMES_LIMIT || self.read > PAGES_LIMIT;
        if next.is_some() && (next == self.from || is_long) {
            let why =
                format!("the list does not end: {} names came, and more are announced", self.names);
            return Err(Failure::new(FailureKind::Protocol, Side::Sink, why));
        }
        self.is_over = next.is_none();
        self.from = next;
        Ok(names)
    }

    /// Whether there is such a list at all.
    fn exists(&self) -> bool {
        self.read > 0
    }
}
