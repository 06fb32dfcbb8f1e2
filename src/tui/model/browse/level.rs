//! One level of what is published: its rows, in which order, and how far it
//! was read.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::Place;
use crate::{
    browse::{About, Age, Branch, Odd},
    model::{ArtifactKind, Descriptor, Failure, SinkSpec, Tag},
    tui::model::{
        List, Move,
        filter::{matching, ranked},
    },
};

/// A row of a level. Names are what the other side says, and may be anything.
#[derive(Clone, Debug)]
pub enum Row {
    /// A sink of the configuration.
    Sink(Box<SinkSpec>),
    /// A repository.
    Repository(ArtifactKind, String),
    /// A tag.
    Tag(String),
    /// One manifest of an index, or the only one.
    Manifest(Box<Branch>),
    /// A manifest's configuration.
    Config(Box<Descriptor>),
    /// A layer.
    Layer(Box<Descriptor>),
    /// What is about the index or the manifest, such as a signature.
    About(Box<About>),
    /// What is no image, or cannot be read.
    Odd(Box<Odd>),
    /// An annotation: its name and value.
    Annotation(String, String),
}

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
pub enum Reading {
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
    pub place: Place,
    /// Its rows, as they came.
    pub rows: Vec<Row>,
    /// Which of them are shown.
    pub list: List,
    /// How they are sorted.
    pub sorting: Sorting,
    /// How far it was read.
    pub reading: Reading,
    /// When what is shown was read.
    pub read_at: Option<Timestamp>,
    /// Whether what is shown is from before, and goes when something new comes.
    is_old: bool,
    /// Where each row stands among others.
    ages: Vec<Age>,
    /// All rows, sorted.
    order: Vec<usize>,
}

impl Row {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Sink(spec) => spec.name.0.clone(),
            Self::Repository(_, name) | Self::Tag(name) | Self::Annotation(name, _) => name.clone(),
            Self::Manifest(branch) => branch.platform(),
            Self::Config(_) => "configuration".to_owned(),
            Self::Layer(_) => "layer".to_owned(),
            Self::About(about) => about.kind(),
            Self::Odd(odd) => {
                odd.node.platform.as_ref().map_or_else(|| "other".to_owned(), ToString::to_string)
            }
        }
    }

    /// What a filter looks at.
    fn text(&self) -> String {
        match self {
            Self::Sink(spec) => format!("{} {}", spec.name.0, spec.url),
            Self::Repository(kind, name) => format!("{name} {kind}"),
            Self::Tag(name) => name.clone(),
            Self::Manifest(branch) => format!("{} {}", self.name(), branch.manifest.digest),
            Self::Config(node) | Self::Layer(node) => {
                let title = node.title().unwrap_or_default();
                format!("{} {title} {} {}", self.name(), node.media_type, node.digest)
            }
            Self::About(about) => format!("{} {}", self.name(), about.node.digest),
            Self::Odd(odd) => format!("{} {} {}", self.name(), odd.what, odd.node.digest),
            Self::Annotation(name, value) => format!("annotation {name} {value}"),
        }
    }

    /// What it is, where content is behind it.
    #[must_use]
    pub fn node(&self) -> Option<&Descriptor> {
        match self {
            Self::Manifest(branch) => Some(&branch.manifest),
            Self::Config(node) | Self::Layer(node) => Some(node),
            Self::About(about) => Some(&about.node),
            Self::Odd(odd) => Some(&odd.node),
            _ => None,
        }
    }
}

impl Sorting {
    /// What it is called, of rows that are named so.
    #[must_use]
    pub fn name(self, place: &Place) -> &'static str {
        match (self, place) {
            (Self::Stored, Place::Sinks) => "as configured",
            (Self::Stored, _) => "as stored",
            (Self::Newest, Place::Tags(_)) => "by version, newest first",
            (Self::Oldest, Place::Tags(_)) => "by version, oldest first",
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
    pub fn new(place: Place) -> Self {
        let sorting = match place {
            Place::Repositories(_) | Place::Tags(_) => Sorting::Newest,
            _ => Sorting::Stored,
        };
        Self {
            place,
            rows: Vec::new(),
            list: List::default(),
            sorting,
            reading: Reading::Wanted { again: false },
            read_at: None,
            is_old: false,
            ages: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Takes in further rows. Tags that are made from digests are not shown:
    /// what they name is shown with what it is about.
    pub fn take(&mut self, rows: Vec<Row>) {
        // A cursor at the top stays there while more comes.
        let is_on_top = self.list.place() == 0;
        let is_derived = |name: &str| name.parse::<Tag>().is_ok_and(|tag| tag.is_derived());
        for row in rows {
            if matches!(&row, Row::Tag(name) if is_derived(name)) {
                continue;
            }
            self.order.push(self.rows.len());
            self.ages.push(Age::of(&row.name()));
            self.rows.push(row);
        }
        self.sort();
        if is_on_top {
            self.list.go(Move::Top);
        }
    }

    /// Shows these rows and no others. What was selected stays selected by
    /// its place.
    pub fn replace(&mut self, rows: Vec<Row>) {
        self.rows.clear();
        self.ages.clear();
        self.order.clear();
        self.take(rows);
    }

    /// Wants to be read again. Until something comes, the old rows are shown.
    pub fn renew(&mut self, again: bool) {
        self.is_old = true;
        self.reading = Reading::Wanted { again };
    }

    /// Takes in a page. With the first one goes what is from before.
    pub(super) fn page(&mut self, rows: Vec<Row>) {
        if !std::mem::take(&mut self.is_old) {
            return self.take(rows);
        }
        let selected = self.selected().map(Row::name).filter(|_| self.list.place() > 0);
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
                self.reading = Reading::Done;
                self.read_at = Some(now);
            }
            Err(failures) => {
                // What is from before stays, with its age.
                self.read_at = if self.is_old { self.read_at } else { Some(now) };
                self.reading = Reading::Failed(failures);
            }
        }
    }

    /// The number of the question that fills this list, while it does.
    #[must_use]
    pub fn asked(&self) -> Option<u64> {
        match self.reading {
            Reading::Asked(asked) if self.place.is_list() => Some(asked),
            _ => None,
        }
    }

    /// Sorts in the next way; none where there is but one.
    pub fn sort_otherwise(&mut self) -> Option<&'static str> {
        self.sorting = match (&self.place, self.sorting) {
            (Place::Tags(_), Sorting::Newest) => Sorting::Oldest,
            (Place::Sinks | Place::Repositories(_) | Place::Tags(_), Sorting::Stored) => {
                Sorting::Newest
            }
            (Place::Sinks | Place::Repositories(_) | Place::Tags(_), _) => Sorting::Stored,
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
    pub fn selected(&self) -> Option<&Row> {
        self.rows.get(self.list.selected()?)
    }

    /// Whether it is being read.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        matches!(self.reading, Reading::Wanted { .. } | Reading::Asked(_))
    }
}
