//! Reads what is published for the Browse screen: each question in a task of
//! its own, which is dropped when it is no longer waited for.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{task::JoinHandle, time::sleep};

use super::{shared::ConsoleShared, signatures::vouched};
use crate::{
    app::{
        verbs::browse::diff_lines,
        wiring::{abilities::Hosts, references::Looking},
    },
    browse::{Dated, attached, dated, diff, tree},
    error::Error,
    model::{Failure, FailureKind, Side, SinkName},
    ports::{Shelf, each_page},
    tui::{
        Msg,
        model::{BrowsePath, BrowseRow, RepositoryAt, TagAt, TagContent, short_reference},
    },
};

/// How long a tag must be selected until it is looked at.
const REST: Duration = Duration::from_millis(150);
/// How long names are held back so that more can come along.
const HELD: Duration = Duration::from_millis(500);

/// Reads what is published.
pub(super) struct Browser {
    shared: ConsoleShared,
    /// The lists that are being read, by the number of the question.
    lists: HashMap<u64, JoinHandle<()>>,
    /// The tag that is looked at.
    tag: Option<JoinHandle<()>>,
    /// The sinks with their connections and logins.
    sinks: HashMap<SinkName, Arc<Looking>>,
}

impl Browser {
    pub(super) fn new(shared: ConsoleShared) -> Self {
        Self { shared, lists: HashMap::new(), tag: None, sinks: HashMap::new() }
    }

    /// Forgets how the sinks are reached: they may be configured otherwise now.
    pub(super) fn forget(&mut self, shared: ConsoleShared) {
        self.shared = shared;
        self.sinks.clear();
    }

    /// Reads a list, and tells each page.
    pub(super) fn list(&mut self, asked: u64, place: BrowsePath, again: bool) {
        self.lists.retain(|_, list| !list.is_finished());
        let Some(sink) = place.sink() else { return };
        // A login meanwhile may be another user's.
        if again {
            self.sinks.remove(sink);
        }
        let (shared, looking) = (self.shared.clone(), self.looking(sink));
        let list = tokio::spawn(async move {
            let read = async {
                match &place {
                    BrowsePath::Tags(at) => tags(&shared, asked, there(&looking)?, at).await,
                    _ => repositories(&shared, asked, there(&looking)?).await,
                }
            };
            let ended = read.await.map_err(|error| error.failures);
            let is_there = ended.is_ok();
            shared.tell(Msg::Listed { asked, ended });
            // A task of its own: a user that goes back at once sees it all the same.
            if let (true, BrowsePath::Repositories(sink), Ok(looking)) = (is_there, place, looking)
            {
                tokio::spawn(async move { abilities(&shared, &sink, &looking).await });
            }
        });
        self.lists.insert(asked, list);
    }

    pub(super) fn stop_list(&mut self, asked: u64) {
        if let Some(list) = self.lists.remove(&asked) {
            list.abort();
        }
    }

    /// Looks at a tag. What was looked at before is dropped.
    pub(super) fn look_at(&mut self, asked: u64, tag: TagAt, rested: bool) {
        self.stop_looking();
        let (shared, looking) = (self.shared.clone(), self.looking(&tag.sink));
        self.tag = Some(tokio::spawn(async move {
            if rested {
                sleep(REST).await;
            }
            let tell = |found| shared.tell(Msg::Looked { asked, found });
            let found = async { look(&shared, &*looking?, &tag, |seen| tell(Ok(seen))).await };
            let found = found.await.map_err(|error: Error| error.failures);
            tell(found);
        }));
    }

    pub(super) fn stop_looking(&mut self) {
        if let Some(tag) = self.tag.take() {
            tag.abort();
        }
    }

    /// Tells how what one tag names differs from what another does.
    pub(super) fn compare(&mut self, before: TagAt, after: TagAt) {
        let shared = self.shared.clone();
        let places = (self.looking(&before.sink), self.looking(&after.sink));
        tokio::spawn(async move {
            let read = async {
                let (one, other) = (places.0?, places.1?);
                let title = format!("{} → {}", named(&one, &before), named(&other, &after));
                let (one, other) = tokio::try_join!(whole(&one, &before), whole(&other, &after))?;
                Ok::<_, Error>((title, diff_lines(&diff(&one, &other))?))
            };
            match read.await {
                Ok((title, lines)) => shared.tell(Msg::Told { title, lines }),
                Err(error) => shared.failed("diff", error),
            }
        });
    }

    /// The place of a sink. What is known of its host is kept.
    fn looking(&mut self, sink: &SinkName) -> Result<Arc<Looking>, Error> {
        if let Some(looking) = self.sinks.get(sink) {
            return Ok(Arc::clone(looking));
        }
        let unknown = || Error::usage(format!("there is no sink named `{sink}`"));
        let spec = self.shared.config.sink(sink).ok_or_else(unknown)?.spec.clone();
        let looking = Arc::new(Looking::at_sink(&self.shared.services, spec));
        self.sinks.insert(sink.clone(), Arc::clone(&looking));
        Ok(looking)
    }
}

fn there(looking: &Result<Arc<Looking>, Error>) -> Result<&Looking, Error> {
    match looking {
        Ok(looking) => Ok(looking),
        Err(error) => Err(error.failures.clone().into()),
    }
}

/// Tells what the server of a sink can do: what was tried before, or what
/// reading tells.
async fn abilities(shared: &ConsoleShared, sink: &SinkName, looking: &Looking) {
    let known = Hosts::of(&shared.services.paths).get(&looking.spec);
    let tried = match known {
        Some(tried) => Ok(tried),
        None => looking.glimpsed().await,
    };
    match tried {
        Ok(tried) => shared.tell(Msg::Tried { sink: sink.clone(), lines: tried.lines() }),
        Err(error) => tracing::debug!(%error, "the server's features are not known"),
    }
}

async fn repositories(shared: &ConsoleShared, asked: u64, looking: &Looking) -> Result<(), Error> {
    let mut there = false;
    for kind in looking.kinds() {
        let catalog = looking.catalog(kind)?;
        let mut pages =
            ShownPages::new(shared, asked, move |name| BrowseRow::Repository(kind, name));
        let read = async |from: Option<String>| catalog.repositories(from.as_deref()).await;
        there |= each_page(read, |names| {
            pages.take(names);
            Ok(())
        })
        .await?;
        pages.tell();
    }
    if there {
        return Ok(());
    }
    let what = format!("{} has no list of its repositories", looking.spec.url);
    Err(Failure::new(FailureKind::NotFound, Side::Sink, what).into())
}

async fn tags(
    shared: &ConsoleShared,
    asked: u64,
    looking: &Looking,
    at: &RepositoryAt,
) -> Result<(), Error> {
    let shelf = looking.shelf(at.kind, &at.repository)?;
    let mut pages = ShownPages::new(shared, asked, BrowseRow::Tag);
    let read = async |from: Option<String>| shelf.tags(from.as_deref()).await;
    let there = each_page(read, |names| {
        pages.take(names);
        Ok(())
    })
    .await;
    pages.tell();
    if there? {
        return Ok(());
    }
    Err(Error::refused(format!("`{}` does not exist there", at.repository)))
}

/// Tells names to the screen. The first page is told at once, and the longer a
/// list is, the more is told together: each time, all of it is sorted.
struct ShownPages<'s, R> {
    shared: &'s ConsoleShared,
    asked: u64,
    row: R,
    held: Vec<BrowseRow>,
    told: usize,
    last: Instant,
}

impl<'s, R: Fn(String) -> BrowseRow> ShownPages<'s, R> {
    fn new(shared: &'s ConsoleShared, asked: u64, row: R) -> Self {
        Self { shared, asked, row, held: Vec::new(), told: 0, last: Instant::now() }
    }

    fn take(&mut self, names: Vec<String>) {
        self.held.extend(names.into_iter().map(&self.row));
        if self.held.len() > self.told / 4 || self.last.elapsed() > HELD {
            self.tell();
        }
    }

    fn tell(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let rows = std::mem::take(&mut self.held);
        self.told += rows.len();
        self.last = Instant::now();
        self.shared.tell(Msg::Page { asked: self.asked, rows });
    }
}

/// What a tag names, and its referrers. `tell` hears the former as
/// soon as it is known.
async fn look(
    shared: &ConsoleShared,
    looking: &Looking,
    tag: &TagAt,
    tell: impl Fn(TagContent),
) -> Result<TagContent, Error> {
    let shelf = looking.shelf(tag.name.kind, &tag.name.repository)?;
    let Some(Dated { tree, date }) = dated(&*shelf, &tag.name.tag).await? else {
        return Ok(TagContent { tree: None, date: None, about: None, vouched: Vec::new() });
    };
    let tree = Arc::new(tree);
    let seen = TagContent { tree: Some(Arc::clone(&tree)), date, about: None, vouched: Vec::new() };
    tell(seen.clone());
    let about = attached(&*shelf, &tree).await.map_err(|failure| vec![failure]);
    let vouched = vouched(shared, looking, &*shelf, tag, &tree.root).await;
    Ok(TagContent { about: Some(about), vouched, ..seen })
}

fn named(looking: &Looking, tag: &TagAt) -> String {
    short_reference(&looking.spec, &tag.name.to_string())
}

/// All that a tag names.
async fn whole(looking: &Looking, tag: &TagAt) -> Result<crate::browse::PublishedTree, Error> {
    let shelf: Arc<dyn Shelf> = looking.shelf(tag.name.kind, &tag.name.repository)?;
    let missing = || Error::refused(format!("`{}` does not exist", named(looking, tag)));
    let root = shelf.resolve(&tag.name.tag).await?.ok_or_else(missing)?;
    Ok(tree(&*shelf, &root).await?)
}
