//! Plans that are shown before they are carried out: each tag must still name
//! what was shown.

use std::collections::HashMap;

use super::{ExpectedTag, Plan, TagMove, Work};
use crate::model::{Present, PresentTag, Release, SinkName, TagName};

/// What tags name at their sinks, and will name, as far as that was looked at.
pub type Named = HashMap<(SinkName, TagName), PresentTag>;

/// What the tags of a release name, as the survey found it.
#[must_use]
pub fn named(release: &Release, present: &Present) -> Named {
    let mut named = Named::new();
    for artifact in &release.artifacts {
        for (sink, repository) in &artifact.sinks {
            let tags = present.tags.get(&(sink.clone(), artifact.name.clone()));
            for tag in tags.into_iter().flatten() {
                let (kind, repository) = (artifact.kind, repository.clone());
                let name = TagName { kind, repository, tag: tag.tag.clone() };
                named.insert((sink.clone(), name), tag.clone());
            }
        }
    }
    named
}

impl Plan {
    /// The tags that move, each with its sink.
    pub fn moves(&self) -> impl Iterator<Item = (&SinkName, &TagMove)> {
        let tags = self.jobs.iter().filter_map(|job| match &job.work {
            Work::Tag { sink, moves } => Some(moves.iter().map(move |tag| (sink, tag))),
            _ => None,
        });
        tags.flatten()
    }

    /// The same plan, in which each tag moves only from what `now` says. What a
    /// move demands already is left as it is.
    #[must_use]
    pub fn bound(mut self, now: impl Fn(&SinkName, &TagName) -> Option<ExpectedTag>) -> Self {
        for job in &mut self.parts.jobs {
            let (Work::Preflight { sink, moves }
            | Work::Check { sink, moves }
            | Work::Tag { sink, moves }) = &mut job.work
            else {
                continue;
            };
            for tag in moves.iter_mut().filter(|tag| tag.expected.is_none()) {
                tag.expected = now(sink, &tag.name);
            }
        }
        self
    }
}
