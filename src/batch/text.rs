//! Output for people and CI logs: a line for each thing that happened.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use super::change::Changes;
use crate::{
    error::advice,
    model::{ArtifactKind, Descriptor, Failure, bytes, counted, escape},
    plan::{JobId, Work},
    run::{Bytes, Event, EventKind, Observer, Outcome, Run, Stop},
};

/// Writes a line for each thing that happened.
pub struct Text<W> {
    out: W,
    /// Whether what the jobs print is shown too.
    verbose: bool,
    colors: bool,
    changes: Changes,
    /// The job that failed last, until another is over.
    failed: Option<JobId>,
}

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const WAIT: Style = AnsiColor::Yellow.on_default();

impl<W: Write + Send> Text<W> {
    /// Writes to `out`.
    pub fn new(out: W, verbose: bool, colors: bool) -> Self {
        Self { out, verbose, colors, changes: Changes::default(), failed: None }
    }

    fn styled(&self, style: Style, text: impl std::fmt::Display) -> String {
        if self.colors { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    fn line(&mut self, line: impl std::fmt::Display) {
        // In one piece, since what stands above a progress display is lines.
        // A log that cannot be written does not stop a release.
        let _ = self.out.write_all(format!("{line}\n").as_bytes());
    }

    fn finished(&mut self, work: &Work, outcome: &Outcome, run: &Run) {
        match outcome {
            Outcome::Done { made, reused, bytes } => {
                if let Some(did) = done(work, made, *reused, *bytes) {
                    self.line(format_args!("{work}: {did}"));
                }
            }
            Outcome::Failed { failure } => {
                let failed = self.styled(BAD, "failed");
                self.line(format_args!("{work}: {failed}"));
                self.failure(failure);
            }
            Outcome::Blocked { by } => {
                let by = run
                    .plan()
                    .job(*by)
                    .map_or_else(|| by.0.to_string(), |job| job.work.to_string());
                self.line(format_args!("{work}: not done; blocked by: {by}"));
            }
            Outcome::Cancelled => self.line(format_args!("{work}: stopped")),
        }
    }

    fn failure(&mut self, failure: &Failure) {
        for (place, cause) in (1..).zip(&failure.causes) {
            self.line(format_args!("  {place}: {}", escape(cause)));
        }
        if let Some(hint) = advice(failure) {
            self.line(format_args!("  hint: {}", escape(&hint)));
        }
    }
}

impl<W: Write + Send> Text<W> {
    /// What became of a tag.
    fn moved(&mut self, event: &EventKind, run: &Run) {
        let Some(work) = event.job().and_then(|job| run.plan().job(job)).map(|job| &job.work)
        else {
            return;
        };
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
}

impl<W: Write + Send> Observer for Text<W> {
    fn observe(&mut self, event: &Event, run: &Run) {
        let work = |job: &JobId| run.plan().job(*job).map(|job| job.work.clone());
        match &event.event {
            EventKind::RunStarted { run: id, plan, .. } => {
                let jobs = counted(plan.jobs().len(), "job");
                let sinks = counted(plan.sinks.len(), "sink");
                let id = escape(id);
                self.line(format_args!("run {id}: {jobs}, {sinks}"));
            }
            EventKind::RunResumed { .. } => {
                self.line(format_args!("run {}: resumed", escape(run.id())));
            }
            EventKind::AttemptFailed { job, failure, retry_in_ms } => {
                let Some(work) = work(job) else { return };
                let wait = jiff::SignedDuration::from_millis(
                    i64::try_from(*retry_in_ms).unwrap_or(i64::MAX),
                );
                let again =
                    self.styled(WAIT, format_args!("next attempt in {:.1} s", wait.as_secs_f64()));
                self.line(format_args!("{work}: {failure}; {again}"));
            }
            EventKind::JobFinished { job, outcome } => {
                self.failed = matches!(outcome, Outcome::Failed { .. }).then_some(*job);
                if let Some(work) = work(job) {
                    self.finished(&work, outcome, run);
                }
            }
            EventKind::JobReset { job } if self.failed == Some(*job) => {
                let Some(work) = work(job) else { return };
                let again = self.styled(WAIT, "will run again, with the jobs that it needs");
                self.line(format_args!("{work}: {again}"));
            }
            EventKind::TagSeen { .. }
            | EventKind::TagSigning { .. }
            | EventKind::TagMoving { .. } => {
                if let Some(change) = self.changes.line(&event.event, run) {
                    self.line(change.text);
                }
            }
            EventKind::TagMoved { .. } | EventKind::TagStayed { .. } => {
                self.moved(&event.event, run);
            }
            EventKind::StopRequested { stop: Stop::Drain } => {
                self.line("stopping after the running jobs; press Ctrl-C again to cancel them");
            }
            EventKind::StopRequested { stop: Stop::Cancel } => self.line("cancelling"),
            EventKind::Output { job, lines } => {
                let Some(work) = work(job) else { return };
                // How a tag was moved, and what is gone, is always shown.
                if !self.verbose && !matches!(work, Work::Tag { .. } | Work::Sweep { .. }) {
                    return;
                }
                for line in lines {
                    self.line(format_args!("{work}: {}", escape(line)));
                }
            }
            EventKind::Notice { job, lines } => {
                let Some(work) = work(job) else { return };
                for line in lines {
                    let line = escape(line);
                    self.line(format_args!("{work}: {}", self.styled(WAIT, line)));
                }
            }
            _ => {}
        }
    }
}

/// What a job did, where that is worth a line.
fn done(work: &Work, made: &[Descriptor], reused: bool, moved: Bytes) -> Option<String> {
    let root = made.first().map(|root| root.digest.short()).unwrap_or_default();
    match work {
        Work::Make { stage: Some(_), .. } if reused => Some("up to date".to_owned()),
        Work::Make { stage: Some(_), .. } if made.is_empty() => Some("done".to_owned()),
        Work::Make { stage: Some(_), .. } => Some(format!("packed ({root})")),
        Work::Make { built: true, .. } if reused => {
            Some(format!("unchanged, not built again ({root})"))
        }
        Work::Make { built: true, .. } => Some(format!("built ({root})")),
        Work::Make { .. } if reused => Some(format!("already prepared ({root})")),
        Work::Make { .. } => Some(format!("prepared ({root})")),
        Work::Push { .. } | Work::Join { .. } if reused => {
            Some(format!("up to date, {} present ({root})", bytes(moved.present)))
        }
        Work::Push { .. } | Work::Join { .. } => {
            let mut parts = vec![format!("sent {}", bytes(moved.sent))];
            parts.extend((moved.mounted > 0).then(|| format!("mounted {}", bytes(moved.mounted))));
            parts.extend((moved.present > 0).then(|| format!("present {}", bytes(moved.present))));
            Some(format!("{} ({root})", parts.join(", ")))
        }
        Work::Sign { .. } if reused => Some("already signed".into()),
        Work::Sign { .. } => Some("signed".into()),
        Work::Check { .. } => Some("complete".into()),
        // The files of a tag went with it.
        Work::Sweep { artifact_kind: ArtifactKind::Files, .. } | Work::Tag { .. }
            if moved.removed == 0 =>
        {
            None
        }
        Work::Sweep { .. } | Work::Tag { .. } => Some(format!("removed {}", bytes(moved.removed))),
        Work::Preflight { .. } | Work::Other(_) => None,
    }
}
