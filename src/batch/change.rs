//! What becomes of each tag, told before it moves.

use std::collections::HashSet;

use crate::{
    model::{Descriptor, SinkName, TagName},
    plan::Expected,
    run::{EventKind, Run, tag_change},
};

/// Tells what each tag names and will name: when it is looked at, and where
/// that is known only later, before it moves.
#[derive(Default)]
pub(super) struct Changes {
    /// The tags of which the plan could not tell what they will name.
    unforeseen: HashSet<(SinkName, TagName)>,
}

/// A line about a tag.
pub(super) struct ChangeLine {
    /// The line.
    pub(super) text: String,
    /// Whether the tag names something, and is known to name something else
    /// soon.
    pub(super) replaces: bool,
}

impl Changes {
    /// The line that an event is worth.
    pub(super) fn line(&mut self, event: &EventKind, run: &Run) -> Option<ChangeLine> {
        let work = &run.plan().job(event.job()?)?.work;
        let tag = |name: &TagName| work.sink().map(|sink| (sink.clone(), name.clone()));
        match event {
            EventKind::TagSeen { name, target, after, .. } => {
                if let Some(tag) = tag(name) {
                    match after {
                        Some(_) => self.unforeseen.remove(&tag),
                        None => self.unforeseen.insert(tag),
                    };
                }
                Some(line(format_args!("{work}: {name}"), target.as_ref(), after.as_ref()))
            }
            EventKind::TagSigning { name, before, after, .. } => {
                let after = Expected::of(after.as_ref());
                let what = format_args!("{work}: meaning of {name}:");
                Some(line(what, before.as_ref(), Some(&after)))
            }
            EventKind::TagMoving { name, before, after, .. }
                if tag(name).is_some_and(|tag| self.unforeseen.contains(&tag)) =>
            {
                let after = Expected::of(after.as_ref());
                Some(line(format_args!("{work}: {name}"), before.as_ref(), Some(&after)))
            }
            _ => None,
        }
    }
}

fn line(
    what: std::fmt::Arguments<'_>,
    before: Option<&Descriptor>,
    after: Option<&Expected>,
) -> ChangeLine {
    let is_other = |now: &Descriptor| after.is_some_and(|to| to.digest() != Some(&now.digest));
    ChangeLine {
        text: format!("{what} {}", tag_change(before, after)),
        replaces: before.is_some_and(is_other),
    }
}
