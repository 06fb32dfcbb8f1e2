//! The runs of the past.

use std::{
    collections::HashMap,
    fs::DirEntry,
    io,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    Journal, JournalError, RunHead, at_path,
    heads::{self, Heads, Stamp, StampedHead},
    ledger::{self, Began, Ledger, ProjectId},
};
use crate::run::Run;

/// A folder of journals.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

/// A journal, whether it can be read or not.
#[derive(Debug)]
pub struct HistoryEntry {
    /// The run's name, after its file.
    pub id: String,
    /// Of which project it is, where that is known.
    pub project: Option<ProjectId>,
    /// What it tells.
    pub head: Result<RunHead, JournalError>,
}

/// A run's name, its journal, and its head, with what the journal was like then.
type ReadHead = (String, PathBuf, Result<StampedHead, JournalError>);

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

    /// The heads of all runs that can be read, in the order of
    /// [`entries`](Self::entries).
    ///
    /// # Errors
    ///
    /// Fails when the folder or the ledger cannot be read.
    pub fn heads(&self) -> io::Result<Vec<RunHead>> {
        Ok(self.entries()?.into_iter().filter_map(|entry| entry.head.ok()).collect())
    }

    /// The run of this name.
    ///
    /// # Errors
    ///
    /// Fails where there is none, or its journal is damaged.
    pub fn read(&self, run: &str) -> Result<Run, JournalError> {
        replay(&self.path(run))
    }

    /// The names of the runs that begin with `start`, after their journals.
    ///
    /// # Errors
    ///
    /// Fails when the folder cannot be read.
    pub fn names(&self, start: &str) -> io::Result<Vec<String>> {
        let mut names: Vec<String> = self.journals()?.into_iter().map(|(id, _)| id).collect();
        names.retain(|id| id.starts_with(start));
        names.sort();
        Ok(names)
    }

    /// All journals, in the order in which their runs began here. What did not
    /// begin here, or before there was a ledger, comes first, by its time.
    ///
    /// # Errors
    ///
    /// Fails when the folder or the ledger cannot be read.
    pub fn entries(&self) -> io::Result<Vec<HistoryEntry>> {
        let began = self.ledger().read()?.into_iter().enumerate();
        let began: HashMap<String, (usize, Began)> =
            began.map(|(place, began)| (began.run.clone(), (place, began))).collect();
        let heads = self.read_heads()?;
        let mut entries = Vec::with_capacity(heads.len());
        for (id, path, head) in heads {
            let head = head.map(|read| read.head);
            // One that is just beginning says nothing yet.
            if matches!(head, Err(JournalError::Empty(_))) && Journal::is_busy(&path) {
                continue;
            }
            let known = began.get(&id);
            let order = (known.map(|(place, _)| *place), time(&id, &path, &head), id.clone());
            let project = known.map(|(_, began)| began.project.clone());
            entries.push((order, HistoryEntry { id, project, head }));
        }
        for at in 0..entries.len() {
            if let Some(place) = behind(&entries, at) {
                entries[at].0.0 = Some(place);
            }
        }
        // Entries are large, and so moved but once.
        entries.sort_by_cached_key(|(order, _)| order.clone());
        Ok(entries.into_iter().map(|(_, entry)| entry.with_project()).collect())
    }

    /// Keeps the head of a run with a whole journal, so that the next list
    /// need not read that.
    ///
    /// # Errors
    ///
    /// Fails where it cannot be written.
    pub fn keep_head(&self, run: &Run) -> io::Result<()> {
        let Some(head) = RunHead::of(run) else { return Ok(()) };
        let stamp = Stamp::of(&self.path(run.id()).metadata()?);
        self.index().add([&StampedHead { stamp, head }])
    }

    /// Forgets a run in which nothing began.
    ///
    /// # Errors
    ///
    /// Fails where its journal cannot be removed.
    pub fn forget(&self, run: &str) -> io::Result<()> {
        std::fs::remove_file(self.path(run))
    }

    /// The head of each journal: as it was kept, or read from the journal where
    /// that has changed.
    fn read_heads(&self) -> io::Result<Vec<ReadHead>> {
        let (mut known, lines) = self.index().read();
        let journals = self.journals()?;
        let (mut heads, mut new) = (Vec::with_capacity(journals.len()), Vec::new());
        for (id, file) in journals {
            let path = file.path();
            let Ok(metadata) = path.metadata() else { continue };
            // What waits for another program, or never ends, is no journal.
            if !metadata.is_file() {
                continue;
            }
            let stamp = Stamp::of(&metadata);
            let kept = known.remove(&id).filter(|kept| kept.stamp == stamp);
            let is_known = kept.is_some();
            let head = kept.map_or_else(|| read_head(&id, &path, stamp), Ok);
            if !is_known && head.is_ok() && !Journal::is_busy(&path) {
                new.push(heads.len());
            }
            heads.push((id, path, head));
        }
        self.keep(&heads, &new, lines);
        Ok(heads)
    }

    /// Keeps the heads that are `new` among those of all journals, beside so many
    /// lines that are there.
    fn keep(&self, heads: &[ReadHead], new: &[usize], lines: usize) {
        let at = |place: &usize| heads[*place].2.as_ref().ok();
        let lasting = |(_, path, _): &'_ &ReadHead| !Journal::is_busy(path);
        let mut kept = self.index().add(new.iter().filter_map(at));
        if kept.is_ok() && heads::is_stale(lines + new.len(), heads.len()) {
            let all = heads.iter().filter(lasting).filter_map(|(.., head)| head.as_ref().ok());
            kept = self.index().replace(all);
        }
        if let Err(error) = kept {
            // They are made again.
            tracing::debug!(%error, "the summaries of runs cannot be written");
        }
    }

    /// Each journal with the name of its run.
    fn journals(&self) -> io::Result<Vec<(String, DirEntry)>> {
        let files = match std::fs::read_dir(&self.folder).and_then(Iterator::collect) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(at_path(&self.folder, &error)),
        };
        let id = |file: DirEntry| {
            let id = file.file_name().to_string_lossy().strip_suffix(".jsonl")?.to_owned();
            Some((id, file))
        };
        Ok(files.into_iter().filter_map(id).collect())
    }

    fn index(&self) -> Heads {
        Heads::new(self.folder.with_extension("heads"))
    }
}

fn read_head(id: &str, path: &Path, stamp: Stamp) -> Result<StampedHead, JournalError> {
    let head = RunHead::of(&replay(path)?).ok_or_else(|| JournalError::Empty(path.to_owned()))?;
    if head.run != id {
        return Err(JournalError::Misnamed { path: path.to_owned(), run: head.run });
    }
    Ok(StampedHead { stamp, head })
}

/// The run that a journal tells of. Fails where it does not tell what the run
/// does, too.
fn replay(path: &Path) -> Result<Run, JournalError> {
    let events = Journal::read(path)?;
    Run::replay(&events).ok_or_else(|| JournalError::Empty(path.to_owned()))
}

/// The place in the ledger of the last run that began before the one at `at`,
/// where that is not in the ledger and cannot be read: it may be newer than all
/// that it would otherwise come before.
fn behind(entries: &[(Order, HistoryEntry)], at: usize) -> Option<usize> {
    let ((place, time, _), entry) = &entries[at];
    if place.is_some() || entry.head.is_ok() {
        return None;
    }
    let readable = entries.iter().filter(|(_, other)| other.head.is_ok());
    readable.filter(|((_, began, _), _)| began <= time).filter_map(|((place, ..), _)| *place).max()
}

/// When a run began, as far as that can be told.
fn time(id: &str, path: &Path, head: &Result<RunHead, JournalError>) -> Timestamp {
    let named = || {
        let text = id.get(..15)?;
        let time = DateTime::strptime("%Y%m%d-%H%M%S", text).ok()?;
        // Any time within that second.
        let end = time.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp();
        end.checked_add(SignedDuration::from_millis(999)).ok()
    };
    let written = || Timestamp::try_from(path.metadata().ok()?.modified().ok()?).ok();
    match head {
        Ok(head) => head.began,
        Err(_) => named().or_else(written).unwrap_or(Timestamp::MAX),
    }
}

impl HistoryEntry {
    /// What the ledger does not know, the journal may.
    fn with_project(mut self) -> Self {
        if let (None, Ok(head)) = (&self.project, &self.head) {
            let (project, root) = (None, head.root.clone());
            self.project = Some(ProjectId { project, root });
        }
        self
    }
}

impl History {
    /// In one word, how a run stands.
    #[must_use]
    pub fn standing(&self, head: &RunHead) -> &'static str {
        match () {
            () if head.is_complete() => "done",
            () if Journal::is_busy(&self.path(&head.run)) => "running",
            () if !head.finished => "interrupted",
            () if head.summary.failed > 0 => "failed",
            () => "stopped",
        }
    }
}
