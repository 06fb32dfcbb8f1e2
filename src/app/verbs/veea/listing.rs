//! What steps print, one architecture after another, as the vendor's tool does.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use crate::{
    app::verbs::out::warn,
    batch::Text,
    model::{Platform, VeeaArch, escape},
    plan::Work,
    ports::WITHIN,
    run::{Event, EventKind, Observer, Outcome, Run},
    streams,
    veea::VeeaStep,
};

/// Writes the lines of steps to standard output, and all else to standard
/// error.
pub(super) struct Listing<'w> {
    /// Tells of what fails.
    pub(super) failures: Text<Box<dyn Write + Send + 'w>>,
    /// Where each archive will lie, where there will be one.
    pub(super) archives: BTreeMap<Platform, PathBuf>,
    /// Whether what an engine tells is shown.
    pub(super) shows_engine: bool,
}

impl Listing<'_> {
    fn began(&self, work: &Work) {
        if let Work::Make { platform, stage: Some(stage), .. } = work
            && *stage == VeeaStep::Generate.name()
            && let (Some(arch), true) =
                (VeeaArch::of(platform), self.archives.contains_key(platform))
        {
            say(&format!("Releasing {arch}"));
        }
    }

    fn ended(&self, work: &Work) {
        if let Work::Make { platform, stage: Some(stage), .. } = work
            && *stage == VeeaStep::Release.name()
            && let Some(archive) = self.archives.get(platform)
        {
            say(&format!("Release complete: {}", archive.display()));
        }
    }
}

/// A line of the listing. Nothing is left to tell that it cannot be written.
fn say(line: &str) {
    let _ = writeln!(streams::stdout(), "{line}");
}

impl Observer for Listing<'_> {
    fn observe(&mut self, event: &Event, run: &Run) {
        let work = |job| run.plan().job(job).map(|job| &job.work);
        match &event.event {
            EventKind::AttemptStarted { job, attempt: 1, .. } => {
                if let Some(work) = work(*job) {
                    self.began(work);
                }
            }
            EventKind::Output { lines, .. } => {
                for line in lines {
                    match line.strip_prefix(WITHIN) {
                        Some(line) if self.shows_engine => {
                            let _ = writeln!(streams::stderr(), "{}", escape(line));
                        }
                        Some(_) => {}
                        None => match line.strip_prefix("warning: ") {
                            Some(line) => warn(escape(line)),
                            None => say(&escape(line).to_string()),
                        },
                    }
                }
            }
            EventKind::Notice { lines, .. } => {
                for line in lines {
                    say(&escape(line).to_string());
                }
            }
            EventKind::JobFinished { job, outcome: Outcome::Done { .. } } => {
                if let Some(work) = work(*job) {
                    self.ended(work);
                }
            }
            EventKind::AttemptFailed { .. }
            | EventKind::JobFinished {
                outcome: Outcome::Failed { .. } | Outcome::Cancelled, ..
            }
            | EventKind::StopRequested { .. } => self.failures.observe(event, run),
            _ => {}
        }
    }
}
