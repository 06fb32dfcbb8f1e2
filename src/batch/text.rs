//! Output for people and CI logs: a line for each thing that happened.

use std::{io::Write, time::Duration};

use anstyle::{AnsiColor, Style};

use super::{change::TagChanges, did::done};
use crate::{
    model::{counted, escape},
    plan::{Job, JobId, Work},
    run::{Event, EventKind, Observer, Outcome, Run, Stop},
};

/// Writes a line for each thing that happened.
pub struct Text<W> {
    out: W,
    /// Whether what the jobs print is shown too.
    verbose: bool,
    colors: bool,
    changes: TagChanges,
    /// The job that failed last, until another is over.
    failed: Option<JobId>,
}

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const WAIT: Style = AnsiColor::Yellow.on_default();

impl<W: Write + Send> Text<W> {
    /// Writes to `out`.
    pub fn new(out: W, verbose: bool, colors: bool) -> Self {
        Self { out, verbose, colors, changes: TagChanges::default(), failed: None }
    }

    fn styled(&self, style: Style, text: impl std::fmt::Display) -> String {
        if self.colors { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    fn line(&mut self, line: impl std::fmt::Display) {
        // In one piece, since what stands above a progress display is lines.
        // A log that cannot be written does not stop a release.
        let _ = self.out.write_all(format!("{line}\n").as_bytes());
    }

    /// Something about the run as a whole.
    fn of_run(&mut self, event: &EventKind, run: &Run) {
        let id = escape(run.id());
        match event {
            EventKind::RunStarted { plan, .. } => {
                let jobs = counted(plan.jobs().len(), "job");
                let sinks = counted(plan.sinks.len(), "sink");
                self.line(format_args!("run {id}: {jobs}, {sinks}"));
            }
            EventKind::RunResumed { .. } => self.line(format_args!("run {id}: resumed")),
            EventKind::StopRequested { stop: Stop::Drain } => {
                self.line("stopping after the running jobs; press Ctrl-C again to cancel them");
            }
            EventKind::StopRequested { stop: Stop::Cancel } => self.line("cancelling"),
            _ => {}
        }
    }

    /// Something about a job.
    fn of_job(&mut self, Job { id, work, .. }: &Job, event: &EventKind) {
        match event {
            EventKind::AttemptFailed { failure, retry_in_ms, .. } => {
                let wait = Duration::from_millis(*retry_in_ms).as_secs_f64();
                let again = self.styled(WAIT, format_args!("next attempt in {wait:.1} s"));
                self.line(format_args!("{work}: {failure}; {again}"));
            }
            EventKind::JobFinished { outcome, .. } => {
                self.failed = matches!(outcome, Outcome::Failed { .. }).then_some(*id);
                self.finished(work, outcome);
            }
            EventKind::JobReset { .. } if self.failed == Some(*id) => {
                let again = self.styled(WAIT, "will run again, with the jobs that it needs");
                self.line(format_args!("{work}: {again}"));
            }
            EventKind::TagMoved { .. } | EventKind::TagStayed { .. } => self.moved(work, event),
            // How a tag was moved, and what is gone, is always shown.
            EventKind::Output { lines, .. }
                if self.verbose || matches!(work, Work::Tag { .. } | Work::Sweep { .. }) =>
            {
                for line in lines {
                    self.line(format_args!("{work}: {}", escape(line)));
                }
            }
            EventKind::Notice { lines, .. } => {
                for line in lines {
                    let line = self.styled(WAIT, escape(line));
                    self.line(format_args!("{work}: {line}"));
                }
            }
            _ => {}
        }
    }

    /// What became of a tag.
    fn moved(&mut self, work: &Work, event: &EventKind) {
        match event {
            EventKind::TagMoved { name, target, changed, .. } => {
                let target = target
                    .as_ref()
                    .map_or_else(|| "removed".to_owned(), |to| to.digest.to_string());
                let how = if *changed { "" } else { " (unchanged)" };
                let name = self.styled(GOOD, name);
                self.line(format_args!("{work}: {name} → {target}{how}"));
            }
            EventKind::TagStayed { name, .. } => {
                self.line(format_args!("{work}: {} is unchanged", self.styled(WAIT, name)));
            }
            _ => {}
        }
    }

    /// What a failure needs, and what it blocks, is told at the end of the run.
    fn finished(&mut self, work: &Work, outcome: &Outcome) {
        match outcome {
            Outcome::Done { made, reused, bytes } => {
                if let Some(did) = done(work, made, *reused, *bytes) {
                    self.line(format_args!("{work}: {did}"));
                }
            }
            Outcome::Failed { failure } => {
                let failed = self.styled(BAD, "failed");
                self.line(format_args!("{work}: {failed}: {failure}"));
            }
            Outcome::Blocked { .. } => {}
            Outcome::Cancelled => self.line(format_args!("{work}: stopped")),
        }
    }
}

impl<W: Write + Send> Observer for Text<W> {
    fn observe(&mut self, event: &Event, run: &Run) {
        if let Some(change) = self.changes.line(&event.event, run) {
            self.line(change.text);
        }
        match event.event.job().and_then(|job| run.plan().job(job)) {
            Some(job) => self.of_job(job, &event.event),
            None => self.of_run(&event.event, run),
        }
    }
}
