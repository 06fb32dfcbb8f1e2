//! A run on the screen: its table, its selected cell, and that cell's log.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Cell, CellState, Log, Matrix, Pace, RowList, Stage, filter::matching};
use crate::{
    plan::{JobId, Work},
    run::{Event, EventKind, JobState, Outcome, Run},
};

/// A run on the screen.
#[derive(Clone, Debug)]
pub struct RunView {
    /// The run.
    pub run: Run,
    /// Whether this process works on it now.
    pub is_live: bool,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When the last fact was told.
    pub last: Option<Timestamp>,
    /// Its table.
    pub matrix: Matrix,
    /// The rows of the table.
    pub rows: RowList,
    /// The selected column.
    pub stage: usize,
    /// The cell that the cursor was put on last by itself: a cursor that was
    /// moved stays where it is.
    led: (Option<usize>, usize),
    /// How the rows are sorted.
    pub order: RowOrder,
    /// How fast its bytes move.
    pub pace: Pace,
    /// What the selected cell has to tell.
    pub log: Log,
    /// What happened to each job.
    facts: HashMap<JobId, Vec<Event>>,
}

/// How the rows of a run are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowOrder {
    /// As in the plan.
    #[default]
    Plan,
    /// Those first that need attention.
    Worst,
    /// By platform.
    Platform,
}

impl RunView {
    /// A run in which nothing has happened yet, as far as the screen knows.
    #[must_use]
    pub fn new(run: Run) -> Self {
        let matrix = Matrix::of(run.plan());
        // What takes longest is looked at first.
        let is_built = |of: &Stage| matches!(of, Stage::Build | Stage::Step(_));
        let stage = matrix.stages.iter().position(is_built).unwrap_or(0);
        let mut shown = Self {
            run,
            is_live: false,
            began: None,
            last: None,
            matrix,
            rows: RowList::default(),
            stage,
            led: (None, stage),
            order: RowOrder::default(),
            pace: Pace::default(),
            log: Log::default(),
            facts: HashMap::new(),
        };
        shown.arrange();
        shown.led.0 = shown.rows.selected();
        shown
    }

    /// Stands as the same run did before.
    pub(super) fn stand_as(&mut self, before: &Self) {
        self.stage = before.stage;
        self.order = before.order;
        self.rows.filter.clone_from(&before.rows.filter);
        self.arrange();
        if let Some(row) = before.rows.selected() {
            self.rows.select(row);
        }
    }

    /// A run as a journal tells of it; none where it does not begin with a plan.
    #[must_use]
    pub fn replay(events: &[Event]) -> Option<Self> {
        let EventKind::RunStarted { run, plan, .. } = &events.first()?.event else { return None };
        let mut shown = Self::new(Run::new(run.clone(), plan.as_ref().clone()));
        for event in events {
            shown.note(event);
        }
        shown.arrange();
        let failed = shown.run.failures().next().map(|(job, _)| job);
        if let Some(job) = failed {
            shown.lead_to(job);
        }
        Some(shown)
    }

    /// Takes in what happened.
    pub fn take(&mut self, event: &Event) {
        self.note(event);
        let about = event.event.job();
        if about.is_some_and(|job| self.selected_jobs().contains(&job)) {
            self.log.is_stale = true;
            self.log.must_read |= matches!(
                event.event,
                EventKind::Output { .. }
                    | EventKind::Notice { .. }
                    | EventKind::AttemptFailed { .. }
                    | EventKind::JobFinished { .. }
            );
        }
        if let EventKind::JobFinished { job, outcome: Outcome::Failed { .. } } = event.event
            && self.all_to_retry() == [job]
        {
            self.lead_to(job);
        }
        // Progress changes no row's place; facts may.
        if event.event.is_fact() && (self.order == RowOrder::Worst || !self.rows.filter.is_empty())
        {
            self.arrange();
        }
    }

    /// Puts the cursor on the cell of a job, unless it was moved.
    fn lead_to(&mut self, job: JobId) {
        if self.led != (self.rows.selected(), self.stage) {
            return;
        }
        let stages = 0..self.matrix.stages.len();
        let cells =
            self.rows.shown().iter().flat_map(|&row| stages.clone().map(move |at| (row, at)));
        let mut cells = cells.filter(|&(row, stage)| self.matrix.jobs(row, stage).contains(&job));
        if let Some((row, stage)) = cells.next() {
            self.rows.select(row);
            self.stage = stage;
            self.led = (Some(row), stage);
        }
    }

    fn note(&mut self, event: &Event) {
        self.run.apply(event);
        if event.event.is_fact() {
            self.began.get_or_insert(event.at);
            self.last = Some(event.at);
        }
        match &event.event {
            EventKind::Progress { jobs } => self.pace.note(jobs, event.at),
            EventKind::Output { .. } | EventKind::Notice { .. } => {}
            kind => {
                if let Some(job) = kind.job() {
                    if matches!(
                        kind,
                        EventKind::JobFinished { .. } | EventKind::AttemptFailed { .. }
                    ) {
                        self.pace.forget(job);
                    }
                    self.facts.entry(job).or_default().push(event.clone());
                }
            }
        }
    }

    /// Filters and sorts the rows.
    pub fn arrange(&mut self) {
        let mut rows = matching(&self.rows.filter, 0..self.matrix.rows.len(), |row| {
            let words: Vec<&str> = self.standings(row).map(word).collect();
            format!("{} {}", self.matrix.rows[row], words.join(" "))
        });
        match self.order {
            RowOrder::Plan => {}
            RowOrder::Worst => {
                rows.sort_by_key(|&row| std::cmp::Reverse(self.row_standing(row)));
            }
            RowOrder::Platform => rows.sort_by_cached_key(|&row| {
                let row = &self.matrix.rows[row];
                (row.platform.as_ref().map(ToString::to_string), row.artifact.clone())
            }),
        }
        self.rows.show(rows);
    }

    /// How a row stands: as its worst cell.
    fn row_standing(&self, row: usize) -> CellState {
        self.standings(row).max().unwrap_or(CellState::Waiting)
    }

    /// How each cell of a row stands.
    fn standings(&self, row: usize) -> impl Iterator<Item = CellState> + '_ {
        let cell = move |stage| Cell::of(&self.run, self.matrix.jobs(row, stage));
        (0..self.matrix.stages.len()).filter_map(cell).map(|cell| cell.standing)
    }

    /// The jobs of the selected cell.
    #[must_use]
    pub fn selected_jobs(&self) -> &[JobId] {
        self.rows.selected().map_or(&[], |row| self.matrix.jobs(row, self.stage))
    }

    /// What happened to a job.
    #[must_use]
    pub fn facts(&self, job: JobId) -> &[Event] {
        self.facts.get(&job).map_or(&[], Vec::as_slice)
    }

    /// The jobs that must be tried again so that those of the selected cell
    /// are done: those themselves, or what they wait for in the end.
    #[must_use]
    pub fn to_retry(&self) -> Vec<JobId> {
        let undone = self.selected_jobs().iter().copied().filter(|&job| self.run.is_undone(job));
        let mut jobs: Vec<JobId> = undone.map(|job| self.run.culprit(job)).collect();
        jobs.sort();
        jobs.dedup();
        jobs
    }

    /// The jobs that failed or were stopped. What they block goes on after them.
    #[must_use]
    pub fn all_to_retry(&self) -> Vec<JobId> {
        let is_cause = |state: Option<&JobState>| {
            matches!(state, Some(JobState::Finished(Outcome::Failed { .. } | Outcome::Cancelled)))
        };
        let jobs = self.run.plan().jobs().iter().map(|job| job.id);
        jobs.filter(|&job| is_cause(self.run.state(job))).collect()
    }

    /// About how many bytes are still to be moved. What was not begun counts
    /// with the size of what it is made from.
    #[must_use]
    pub fn bytes_left(&self) -> u64 {
        let left = |job: &crate::plan::Job| match self.run.state(job.id) {
            Some(JobState::Running { done, total, .. }) => total.saturating_sub(*done),
            Some(JobState::Waiting | JobState::BackingOff { .. }) => self.size_of(&job.work),
            _ => 0,
        };
        self.run.plan().jobs().iter().map(left).sum()
    }

    fn size_of(&self, work: &Work) -> u64 {
        let Work::Push { artifact, platform, .. } = work else { return 0 };
        self.run.plan().platform(artifact, platform).source_size()
    }
}

impl RowOrder {
    /// The next way to sort.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Plan => Self::Worst,
            Self::Worst => Self::Platform,
            Self::Platform => Self::Plan,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "as planned",
            Self::Worst => "worst first",
            Self::Platform => "by platform",
        }
    }
}

/// The word for a standing, by which rows are filtered.
#[must_use]
pub fn word(standing: CellState) -> &'static str {
    match standing {
        CellState::Done => "done",
        CellState::Waiting => "waiting",
        CellState::Stopped => "stopped",
        CellState::Blocked => "blocked",
        CellState::Running => "running",
        CellState::Again => "again",
        CellState::Failed => "failed",
    }
}
