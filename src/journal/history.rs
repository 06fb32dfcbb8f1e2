//! The runs of the past.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    Journal, JournalError,
    ledger::{self, Began, Ledger, Project},
};
use crate::run::Run;

/// A folder of journals.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

/// A run that a journal tells of.
#[derive(Debug)]
pub struct PastRun {
    /// Where its journal is.
    pub path: PathBuf,
    /// When it began.
    pub began: Timestamp,
    /// When the last fact was told.
    pub last: Timestamp,
    /// How it stands.
    pub run: Run,
}

/// A journal, whether it can be read or not.
#[derive(Debug)]
pub struct Entry {
    /// The run's name, after its file.
    pub id: String,
    /// Of which project it is, where that is known.
    pub project: Option<Project>,
    /// What it tells.
    pub told: Result<PastRun, JournalError>,
}

/// By the place in the ledger, the time and the name.
type Order = (Option<usize>, Timestamp, String);

impl History {
    /// The history in `folder`, which need not exist.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the journal of a run lies.
    #[must_use]
    pub fn path(&self, run: &str) -> PathBuf {
        self.folder.join(format!("{run}.jsonl"))
    }

    /// In which order the runs began here.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        ledger::beside(&self.folder)
    }

    /// All runs, the oldest first, and what cannot be read.
    ///
    /// # Errors
    ///
    /// Fails when the folder cannot be read.
    pub fn list(&self) -> io::Result<(Vec<PastRun>, Vec<JournalError>)> {
        let (mut runs, mut damaged) = (Vec::new(), Vec::new());
        for entry in self.entries()? {
            match entry.told {
                Ok(run) => runs.push(run),
                Err(error) => damaged.push(error),
            }
        }
        Ok((runs, damaged))
    }

    /// All journals, in the order in which their runs began here. What did not
    /// begin here, or before there was a ledger, comes first, by its time.
    ///
    /// # Errors
    ///
    /// Fails when the folder or the ledger cannot be read.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let files = match std::fs::read_dir(&self.folder) {
            Ok(files) => files.collect::<Result<Vec<_>, _>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let began = self.ledger().read()?.into_iter().enumerate();
        let began: HashMap<String, (usize, Began)> =
            began.map(|(place, began)| (began.run.clone(), (place, began))).collect();
        let mut entries = Vec::new();
        for path in files.into_iter().map(|file| file.path()) {
            let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            let told = PastRun::read(&path);
            // One that is just beginning says nothing yet.
            if matches!(told, Err(JournalError::Empty(_))) && Journal::is_busy(&path) {
                continue;
            }
            let known = began.get(&id);
            let order = (known.map(|(place, _)| *place), time(&id, &path, &told), id.clone());
            let project = known.map(|(_, began)| began.project.clone());
            entries.push((order, Entry { id, project, told }));
        }
        for at in 0..entries.len() {
            if let Some(place) = behind(&entries, at) {
                entries[at].0.0 = Some(place);
            }
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(entries.into_iter().map(|(_, entry)| entry.with_project()).collect())
    }
}

/// The place in the ledger of the last run that began before the one at `at`,
/// where that is not in the ledger and cannot be read: it may be newer than all
/// that it would otherwise come before.
fn behind(entries: &[(Order, Entry)], at: usize) -> Option<usize> {
    let ((place, time, _), entry) = &entries[at];
    if place.is_some() || entry.told.is_ok() {
        return None;
    }
    let readable = entries.iter().filter(|(_, other)| other.told.is_ok());
    readable.filter(|((_, began, _), _)| began <= time).filter_map(|((place, ..), _)| *place).max()
}

/// When a run began, as far as that can be told.
fn time(id: &str, path: &Path, told: &Result<PastRun, JournalError>) -> Timestamp {
    let named = || {
        let text = id.get(..15)?;
        let time = DateTime::strptime("%Y%m%d-%H%M%S", text).ok()?;
        // Any time within that second.
        let end = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
        end.checked_add(SignedDuration::from_millis(999)).ok()
    };
    let written = || Timestamp::try_from(path.metadata().ok()?.modified().ok()?).ok();
    match told {
        Ok(past) => past.began,
        Err(_) => named().or_else(written).unwrap_or(Timestamp::MAX),
    }
}

impl Entry {
    /// What the ledger does not know, the journal may.
    fn with_project(mut self) -> Self {
        if let (None, Ok(past)) = (&self.project, &self.told) {
            let (project, root) = (None, past.run.plan().root.clone());
            self.project = Some(Project { project, root });
        }
        self
    }
}

impl PastRun {
    /// Reads a journal.
    ///
    /// # Errors
    ///
    /// Fails when it cannot be read or is damaged, or does not tell what the
    /// run does.
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        let events = Journal::read(path)?;
        let empty = || JournalError::Empty(path.to_owned());
        let run = Run::replay(&events).ok_or_else(empty)?;
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Err(empty());
        };
        Ok(Self { path: path.to_owned(), began: first.at, last: last.at, run })
    }

    /// In one word, how the run stands.
    #[must_use]
    pub fn standing(&self) -> &'static str {
        let summary = self.run.summary();
        match () {
            () if self.run.is_complete() => "done",
            () if Journal::is_busy(&self.path) => "running",
            () if !self.run.is_finished() => "interrupted",
            () if summary.failed > 0 => "failed",
            () => "stopped",
        }
    }
}
