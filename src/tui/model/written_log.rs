//! The log of the jobs that are selected, written.

use jiff::tz::TimeZone;

use super::RunView;
use crate::{
    error::advice,
    model::{Failure, bytes},
    plan::JobId,
    run::{Event, EventKind, JobState, Outcome, tag_change},
    tui::{
        look::Role,
        text::{clock, safe, wrap},
    },
};

/// How far a line stands in below a time of day.
const INDENT: &str = "           ";

impl RunView {
    /// Makes the lines of the log anew where that is needed.
    pub fn write_log(&mut self, columns: usize, zone: &TimeZone) {
        let jobs = self.selected_jobs().to_vec();
        if self.log.is_about(&jobs, columns) && !self.log.is_stale {
            return;
        }
        if self.log.made_of.as_ref().is_none_or(|(made, _)| *made != jobs) {
            self.log.back = 0;
        }
        let before = self.log.lines.len();
        let mut lines = LogLines { made: Vec::new(), columns, zone };
        for &job in &jobs {
            lines.job(self, job);
        }
        // After scrolling back, the view stays where it is.
        if self.log.back > 0 {
            self.log.back += lines.made.len().saturating_sub(before);
        }
        self.log.lines = lines.made;
        self.log.made_of = Some((jobs, columns));
        self.log.is_stale = false;
    }
}

struct LogLines<'z> {
    made: Vec<(Role, String)>,
    columns: usize,
    zone: &'z TimeZone,
}

impl LogLines<'_> {
    fn push(&mut self, role: Role, text: &str) {
        let indent = text.len() - text.trim_start_matches(' ').len();
        let (indent, rest) = text.split_at(indent);
        let room = self.columns.saturating_sub(indent.len()).max(1);
        for line in wrap(rest, room) {
            self.made.push((role, format!("{indent}{line}")));
        }
    }

    fn at(&mut self, role: Role, event: &Event, text: &str) {
        self.push(role, &format!("{}   {text}", clock(event.at, self.zone)));
    }

    fn below(&mut self, role: Role, text: &str) {
        self.push(role, &format!("{INDENT}{text}"));
    }

    fn job(&mut self, shown: &RunView, job: JobId) {
        let title = shown.run.plan().job(job).map(|job| safe(&job.work)).unwrap_or_default();
        self.push(Role::Title, &title);
        let mut attempt = 0;
        for event in shown.facts(job) {
            if let EventKind::AttemptStarted { .. } = event.event {
                attempt += 1;
                self.at(Role::Active, event, &format!("attempt {attempt}"));
                for line in shown.log.printed.get(&(job, attempt)).into_iter().flatten() {
                    self.below(Role::Text, &safe(line));
                }
            } else {
                self.fact(shown, event);
            }
        }
        if let Some(JobState::Waiting) = shown.run.state(job) {
            self.waiting(shown, job);
        }
    }

    fn waiting(&mut self, shown: &RunView, job: JobId) {
        let plan = shown.run.plan();
        let after = plan.job(job).into_iter().flat_map(|job| &job.after);
        let open: Vec<JobId> = after.copied().filter(|&on| !shown.run.is_done(on)).collect();
        let Some(first) = open.first().and_then(|&on| plan.job(on)) else {
            return self.below(Role::Dim, "waiting for its turn");
        };
        let others = match open.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        self.below(Role::Dim, &format!("waiting for: {}{others}", safe(&first.work)));
    }

    fn fact(&mut self, shown: &RunView, event: &Event) {
        match &event.event {
            EventKind::AttemptFailed { failure, retry_in_ms, .. } => {
                let seconds = std::time::Duration::from_millis(*retry_in_ms).as_secs_f64();
                self.at(Role::Warn, event, &format!("failed; next attempt in {seconds:.1} s"));
                self.failure(failure);
            }
            EventKind::JobFinished { outcome, .. } => self.outcome(shown, event, outcome),
            EventKind::JobReset { .. } => self.at(Role::Dim, event, "will run again"),
            EventKind::TagSeen { name, target, after, .. } => {
                let change = safe(tag_change(target.as_ref(), after.as_ref()));
                self.at(Role::Text, event, &format!("{}: {change}", safe(name)));
            }
            EventKind::TagSigning { name, before, after, .. } => {
                let (from, to) =
                    (digest(before.as_ref(), "nothing"), digest(after.as_ref(), "nothing"));
                self.at(Role::Text, event, &format!("{} means {from} → {to}", safe(name)));
            }
            EventKind::TagMoving { name, before, after, .. } => {
                let (from, to) =
                    (digest(before.as_ref(), "new"), digest(after.as_ref(), "removed"));
                self.at(Role::Text, event, &format!("{}: {from} → {to}", safe(name)));
            }
            EventKind::TagMoved { name, changed, .. } => {
                let how = if *changed { "moved" } else { "already names it" };
                self.at(Role::Good, event, &format!("{} {how}", safe(name)));
            }
            EventKind::TagStayed { name, .. } => {
                self.at(Role::Warn, event, &format!("{} is unchanged", safe(name)));
            }
            _ => {}
        }
    }

    fn outcome(&mut self, shown: &RunView, event: &Event, outcome: &Outcome) {
        match outcome {
            Outcome::Done { made, reused, bytes: moved } => {
                let mut parts =
                    vec![if *reused { "done; already up to date" } else { "done" }.into()];
                for (count, what) in [
                    (moved.sent, "sent"),
                    (moved.present, "present"),
                    (moved.mounted, "mounted"),
                    (moved.removed, "removed"),
                ] {
                    if count > 0 {
                        parts.push(format!("{} {what}", bytes(count)));
                    }
                }
                self.at(Role::Good, event, &parts.join(", "));
                for node in made.iter() {
                    self.below(Role::Dim, &format!("{} {}", node.digest, bytes(node.size)));
                }
            }
            Outcome::Failed { failure } => {
                self.at(Role::Bad, event, "failed");
                self.failure(failure);
            }
            Outcome::Blocked { by } => {
                let name = |job| shown.run.plan().job(job).map(|job| safe(&job.work));
                let by = shown.run.culprit(*by);
                let what = name(by).unwrap_or_default();
                self.at(Role::Warn, event, &format!("not done; blocked by: {what}"));
                if let Some(JobState::Finished(Outcome::Failed { failure })) = shown.run.state(by) {
                    self.failure(failure);
                }
            }
            Outcome::Cancelled => self.at(Role::Warn, event, "stopped"),
        }
    }

    fn failure(&mut self, failure: &Failure) {
        for (place, cause) in (1..).zip(&failure.causes) {
            self.below(Role::Bad, &format!("{place}: {}", safe(cause)));
        }
        if let Some(hint) = advice(failure) {
            self.below(Role::Key, &format!("hint: {}", safe(&hint)));
        }
    }
}

fn digest(of: Option<&crate::model::Descriptor>, none: &str) -> String {
    of.map_or_else(|| none.to_owned(), |of| safe(&of.digest))
}
