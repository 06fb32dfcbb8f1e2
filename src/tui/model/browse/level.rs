//! One level of what is published: its rows, in which order, and how far it
//! was read.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::{BrowsePath, LevelRow};
use crate::{
    browse::Age,
    model::{Failure, Tag},
    tui::model::{
        RowList, SelectionMove,
        filter::{matching, ranked},
    },
};

/// How rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorting {
    /// By version, the newest first, and then by letters.
    Newest,
    /// By version, the oldest first, and then by letters.
    Oldest,
    /// As they are stored.
    Stored,
}

/// How far a level was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LevelReading {
    /// It is to be read, as if never before where that is said.
    Wanted {
        /// Whether nothing that is known counts.
        again: bool,
    },
    /// It is being read: the number of the question.
    Asked(u64),
    /// It was read whole.
    #[default]
    Done,
    /// It was read until the user stopped it.
    Stopped,
    /// It cannot be read, or not further.
    Failed(Vec<Failure>),
}

/// One level of what is published.
#[derive(Clone, Debug)]
pub struct Level {
    /// Where it is.
    pub place: BrowsePath,
    /// Its rows, as they came.
    pub rows: Vec<LevelRow>,
    /// Which of them are shown.
    pub list: RowList,
    /// How they are sorted.
    pub sorting: Sorting,
    /// How far it was read.
    pub reading: LevelReading,
    /// When what is shown was read.
    pub read_at: Option<Timestamp>,
    /// Whether what is shown is from before, and goes when something new comes.
    is_old: bool,
    /// Where each row stands among others.
    ages: Vec<Age>,
    /// All rows, sorted.
    order: Vec<usize>,
}

impl Sorting {
    /// What it is called, of rows that are named so.
    #[must_use]
    pub fn name(self, place: &BrowsePath) -> &'static str {
        match (self, place) {
            (Self::Stored, BrowsePath::Sinks) => "as configured",
            (Self::Stored, _) => "as stored",
            (Self::Newest, BrowsePath::Tags(_)) => "by version, newest first",
            (Self::Oldest, BrowsePath::Tags(_)) => "by version, oldest first",
            _ => "by name",
        }
    }

    fn compare(self, one: &Age, other: &Age) -> Ordering {
        match self {
            Self::Stored => Ordering::Equal,
            Self::Newest => one.newest_first(other),
            Self::Oldest => one.cmp(other),
        }
    }
}

impl Level {
    /// A level of which nothing is known yet.
    #[must_use]
    pub fn new(place: BrowsePath) -> Self {
        let sorting = match place {
            BrowsePath::Repositories(_) | BrowsePath::Tags(_) => Sorting::Newest,
            _ => Sorting::Stored,
        };
        Self {
            place,
            rows: Vec::new(),
            list: RowList::default(),
            sorting,
            reading: LevelReading::Wanted { again: false },
            read_at: None,
            is_old: false,
            ages: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Takes in further rows. Tags that are made from digests are not shown:
    /// what they name is shown with what it is about.
    pub fn take(&mut self, rows: Vec<LevelRow>) {
        // A cursor at the top stays there while more comes.
        let is_on_top = self.list.place() == 0;
        let is_derived = |name: &str| name.parse::<Tag>().is_ok_and(|tag| tag.is_derived());
        for row in rows {
            if matches!(&row, LevelRow::Tag(name) if is_derived(name)) {
                continue;
            }
            self.order.push(self.rows.len());
            self.ages.push(Age::of(&row.name()));
            self.rows.push(row);
        }
        self.sort();
        if is_on_top {
            self.list.go(SelectionMove::Top);
        }
    }

    /// Shows these rows and no others. What was selected stays selected by
    /// its place.
    pub fn replace(&mut self, rows: Vec<LevelRow>) {
        self.rows.clear();
        self.ages.clear();
        self.order.clear();
        self.take(rows);
    }

    /// Wants to be read again. Until something comes, the old rows are shown.
    pub fn renew(&mut self, again: bool) {
        self.is_old = true;
        self.reading = LevelReading::Wanted { again };
    }

    /// Takes in a page. With the first one goes what is from before.
    pub(super) fn page(&mut self, rows: Vec<LevelRow>) {
        if !std::mem::take(&mut self.is_old) {
            return self.take(rows);
        }
        let selected = self.selected().map(LevelRow::name).filter(|_| self.list.place() > 0);
        self.replace(rows);
        let same = self.rows.iter().position(|row| Some(row.name()) == selected);
        if let Some(row) = same {
            self.list.select(row);
        }
    }

    /// Takes in that all pages came, or why not.
    pub(super) fn end(&mut self, ended: Result<(), Vec<Failure>>, now: Timestamp) {
        match ended {
            Ok(()) => {
                if std::mem::take(&mut self.is_old) {
                    self.replace(Vec::new());
                }
                self.reading = LevelReading::Done;
                self.read_at = Some(now);
            }
            Err(failures) => {
                // What is from before stays, with its age.
                self.read_at = if self.is_old { self.read_at } else { Some(now) };
                self.reading = LevelReading::Failed(failures);
            }
        }
    }

    /// The number of the question that fills this list, while it does.
    #[must_use]
    pub fn asked(&self) -> Option<u64> {
        match self.reading {
            LevelReading::Asked(asked) if self.place.is_list() => Some(asked),
            _ => None,
        }
    }

    /// Sorts in the next way; none where there is but one.
    pub fn sort_otherwise(&mut self) -> Option<&'static str> {
        self.sorting = match (&self.place, self.sorting) {
            (BrowsePath::Tags(_), Sorting::Newest) => Sorting::Oldest,
            (
                BrowsePath::Sinks | BrowsePath::Repositories(_) | BrowsePath::Tags(_),
                Sorting::Stored,
            ) => Sorting::Newest,
            (BrowsePath::Sinks | BrowsePath::Repositories(_) | BrowsePath::Tags(_), _) => {
                Sorting::Stored
            }
            _ => return None,
        };
        self.order.sort_unstable();
        self.sort();
        Some(self.sorting.name(&self.place))
    }

    /// What is sorted already is but joined with what is new.
    fn sort(&mut self) {
        let (ages, sorting) = (&self.ages, self.sorting);
        self.order.sort_by(|&one, &other| sorting.compare(&ages[one], &ages[other]));
        self.arrange();
    }

    /// Filters.
    pub fn arrange(&mut self) {
        let text = |row: usize| self.rows[row].text();
        let shown = matching(&self.list.filter, self.order.iter().copied(), text);
        self.list.show(ranked(&self.list.filter, shown, |row| self.rows[row].name()));
    }

    /// The selected row.
    #[must_use]
    pub fn selected(&self) -> Option<&LevelRow> {
        self.rows.get(self.list.selected()?)
    }

    /// Whether it is being read.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        matches!(self.reading, LevelReading::Wanted { .. } | LevelReading::Asked(_))
    }
}
