//! The runs of the past.

use std::{
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::{Journal, JournalError};
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

    /// All runs, oldest first, and what cannot be read.
    ///
    /// # Errors
    ///
    /// Fails when the folder cannot be read.
    pub fn list(&self) -> io::Result<(Vec<PastRun>, Vec<JournalError>)> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let (mut runs, mut damaged) = (Vec::new(), Vec::new());
        for path in entries.into_iter().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                match PastRun::read(&path) {
                    Ok(run) => runs.extend(run),
                    Err(error) => damaged.push(error),
                }
            }
        }
        runs.sort_by(|a, b| (a.began, a.run.id()).cmp(&(b.began, b.run.id())));
        Ok((runs, damaged))
    }
}

impl PastRun {
    /// Reads a journal; none where nothing was written before the crash.
    ///
    /// # Errors
    ///
    /// Fails when it cannot be read or is damaged.
    pub fn read(path: &Path) -> Result<Option<Self>, JournalError> {
        let events = Journal::read(path)?;
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(None) };
        let (began, last) = (first.at, last.at);
        Ok(Run::replay(&events).map(|run| Self { path: path.to_owned(), began, last, run }))
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
