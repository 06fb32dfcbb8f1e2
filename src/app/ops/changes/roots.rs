//! What the tags of a place name, as far as that can be read, before it is
//! chosen which of them go.

use std::collections::{BTreeSet, HashMap};

use jiff::SignedDuration;

use crate::{
    app::wiring::{patience::patience, references::Looking, services::Services},
    error::Error,
    journal::Head,
    model::{ArtifactKind, Descriptor, Failure, Repository, SinkUrl, Tag, TagName},
    net::Wait,
    ports::{Sweeper, resolve_readable},
};

/// How long a list of tags may lack what was written.
const LATELY: SignedDuration = SignedDuration::from_mins(15);

/// What the tags of a place name.
#[derive(Default)]
pub(super) struct Named {
    pub(super) roots: Vec<(Tag, Descriptor)>,
    /// Those that are listed and name nothing.
    pub(super) dead: Vec<Tag>,
    /// Those of which it cannot be read.
    pub(super) odd: Vec<(Tag, Failure)>,
}

/// Whether each tag has what it needs for itself, so that one which cannot be
/// read stays, and hinders no other.
pub(super) fn is_apart(url: &SinkUrl, kind: ArtifactKind) -> bool {
    let is_shared = matches!(url, SinkUrl::Layout(_) | SinkUrl::Registry { .. });
    kind == ArtifactKind::Files && !is_shared
}

/// Fails where it cannot be known what is needed, before anything is removed.
pub(super) async fn refuse_odd(shelf: &dyn Sweeper, odd: &[(Tag, Failure)]) -> Result<(), Error> {
    // A list may lack what lies there.
    let tags = shelf.inventory().await?.map(|inventory| inventory.tags).unwrap_or_default();
    let (_, unlisted) = resolve_readable(shelf, tags).await?;
    match odd.iter().chain(&unlisted).next() {
        Some((tag, failure)) => Err(failure
            .clone()
            .context(format!("the content that `{tag}` needs is not known, so nothing is removed"))
            .into()),
        None => Ok(()),
    }
}

/// What each tag names, and the tags that are listed and name nothing. Those may
/// have been written a moment ago.
pub(super) async fn patiently(
    services: &Services,
    shelf: &dyn Sweeper,
    tags: Vec<Tag>,
) -> Result<Named, Error> {
    let (mut dead, mut odd) = (tags.clone(), Vec::new());
    let mut wait = Wait::new(patience(&services.engine));
    let mut roots = HashMap::new();
    loop {
        let (found, unreadable) = resolve_readable(shelf, dead.clone()).await?;
        roots.extend(found);
        odd.extend(unreadable);
        dead.retain(|tag| !roots.contains_key(tag) && odd.iter().all(|(of, _)| of != tag));
        if dead.is_empty() || !wait.may_go_on() {
            break;
        }
        wait.pause(&format!("`{}`", dead[0])).await;
    }
    let named = tags.into_iter().filter_map(|tag| Some((tag.clone(), roots.remove(&tag)?)));
    Ok(Named { roots: named.collect(), dead, odd })
}

/// The tags that runs of this machine wrote a moment ago: a list may be the last
/// to show them.
pub(super) fn written_lately(
    services: &Services,
    looking: &Looking,
    repository: &Repository,
) -> Result<Vec<Tag>, Error> {
    let since = crate::app::wiring::clock::now() - LATELY;
    let mut tags = BTreeSet::new();
    let history = services.history();
    let is_there = |head: &&Head| {
        let at = |tag: &TagName| tag.repository == *repository;
        head.last > since && head.has_moved && head.tags.iter().any(at)
    };
    for head in history.heads()?.iter().filter(is_there) {
        let run = history.read(&head.run)?;
        let here = run.moved().filter(|moved| {
            let at = run.plan().planned_place(&moved.sink);
            let is_there = at.is_some_and(|at| at.is_same_place(&looking.spec.url));
            is_there && moved.name.repository == *repository && moved.after.is_some()
        });
        tags.extend(here.map(|moved| moved.name.tag.clone()));
    }
    Ok(tags.into_iter().collect())
}
