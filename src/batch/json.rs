//! Output for machines: one event a line, as JSON.

use std::io::Write;

use crate::run::{Event, Observer, Run};

/// Writes every event as a line of JSON, in the schema of the journal.
pub struct JsonLines<W>(pub W);

impl<W: Write + Send> Observer for JsonLines<W> {
    fn observe(&mut self, event: &Event, _run: &Run) {
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that left does not stop a release.
            let _ = writeln!(self.0, "{line}");
        }
    }
}
