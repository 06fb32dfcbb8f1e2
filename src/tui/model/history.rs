//! The History screen: runs of the past.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::RowList;
use crate::model::Failure;

/// A run of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRow {
    /// Its name.
    pub id: String,
    /// When it began.
    pub began: Timestamp,
    /// When the last fact was told.
    pub last: Timestamp,
    /// How it stands, in a word.
    pub standing: &'static str,
    /// How many jobs are done.
    pub done: usize,
    /// How many jobs there are.
    pub jobs: usize,
    /// Bytes that were sent.
    pub sent: u64,
    /// What it released, in short.
    pub what: String,
}

/// How runs are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// By how they stand: those first that need attention.
    Standing,
}

/// The History screen.
#[derive(Clone, Debug, Default)]
pub struct HistoryScreen {
    /// The runs, the oldest first.
    pub runs: Vec<PastRow>,
    /// What could not be read.
    pub damaged: Vec<Failure>,
    /// Which of them are shown.
    pub list: RowList,
    /// How they are sorted.
    pub order: RunOrder,
    /// Whether the runs were read once.
    pub is_known: bool,
    /// What a filter looks at, for each run.
    texts: Vec<String>,
}

impl HistoryScreen {
    /// Takes in the runs that there are.
    pub fn see(&mut self, runs: Vec<PastRow>, damaged: Vec<Failure>) {
        // A selection at the top stays there, so that what is new is seen.
        let is_on_top = self.list.place() == 0;
        let selected = self.selected().filter(|_| !is_on_top).map(|row| row.id.clone());
        let text = |row: &PastRow| format!("{} {} {}", row.id, row.standing, row.what);
        self.texts = runs.iter().map(text).collect();
        self.runs = runs;
        self.damaged = damaged;
        self.is_known = true;
        self.arrange();
        let same = self.runs.iter().position(|row| Some(&row.id) == selected.as_ref());
        match same {
            Some(row) => self.list.select(row),
            None => self.list.go(super::SelectionMove::Top),
        }
    }

    /// Filters and sorts.
    pub fn arrange(&mut self) {
        let text = |row: usize| &self.texts[row];
        let mut rows = super::filter::matching(&self.list.filter, 0..self.runs.len(), text);
        match self.order {
            RunOrder::Newest => rows.reverse(),
            RunOrder::Oldest => {}
            RunOrder::Standing => rows.sort_by_key(|&row| {
                let row = &self.runs[row];
                (urgency(row.standing), Reverse(row.began))
            }),
        }
        self.list.show(rows);
    }

    /// The selected run.
    #[must_use]
    pub fn selected(&self) -> Option<&PastRow> {
        self.runs.get(self.list.selected()?)
    }
}

fn urgency(standing: &str) -> usize {
    let order = ["running", "failed", "interrupted", "stopped", "done"];
    order.iter().position(|known| *known == standing).unwrap_or(order.len())
}

impl RunOrder {
    /// The next way to sort.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Newest => Self::Oldest,
            Self::Oldest => Self::Standing,
            Self::Standing => Self::Newest,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest first",
            Self::Oldest => "oldest first",
            Self::Standing => "by outcome",
        }
    }
}
