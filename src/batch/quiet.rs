//! Output of a run that is to be quiet: what must be known before a tag moves.

use std::io::Write;

use super::change::TagChanges;
use crate::{
    model::escape,
    plan::Work,
    run::{Event, EventKind, Observer, Run},
};

/// Writes a line for each tag that will name something else, and why that may
/// be unwanted.
pub struct Quiet<W> {
    out: W,
    changes: TagChanges,
}

impl<W: Write + Send> Quiet<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, changes: TagChanges::default() }
    }

    fn line(&mut self, line: &str) {
        // A log that cannot be written does not stop a release.
        let _ = self.out.write_all(format!("{line}\n").as_bytes());
    }
}

impl<W: Write + Send> Observer for Quiet<W> {
    fn observe(&mut self, event: &Event, run: &Run) {
        if let Some(change) = self.changes.line(&event.event, run).filter(|line| line.replaces) {
            self.line(&change.text);
        }
        if let EventKind::Notice { job, lines } = &event.event
            && let Some(work) = run.plan().job(*job).map(|job| &job.work)
            && matches!(work, Work::Preflight { .. })
        {
            for line in lines {
                self.line(&format!("{work}: {}", escape(line)));
            }
        }
    }
}
