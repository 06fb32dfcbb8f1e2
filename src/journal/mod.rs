//! A run's facts on disk, so that a crash loses nothing.
//!
//! One file a run, one fact a line. A line counts once its newline is there:
//! what follows the last newline is a torn write, and is cut off before
//! anything is added. A whole line that cannot be read is damage, and is
//! reported, never dropped.
//!
//! Facts are written at once by a thread of their own, and those that arrive
//! together share one sync; a fact that must be durable before it acts waits for
//! that.

mod head;
mod heads;
mod history;
mod ledger;
mod outputs;
mod writer;

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

pub use head::{Does, RunHead};
pub use history::{History, HistoryEntry};
pub use ledger::{Began, Ledger, ProjectId};
pub use outputs::Outputs;

use self::writer::LineWriter;
use crate::run::{Durable, Event, FORMAT, RunLog};

/// An open journal, locked against other processes.
#[derive(Debug)]
pub struct Journal {
    file: Arc<File>,
    path: PathBuf,
    /// Begins with the first fact.
    writer: Option<LineWriter>,
}

/// A journal that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read, cut or locked.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process works on this run.
    #[error("another castoff is working on this run: {}", .0.display())]
    Busy(PathBuf),
    /// A newer castoff wrote it, in a form that means something else.
    #[error("{} was written by a newer castoff, in format {form}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        form: u32,
    },
    /// It has no whole line, or does not begin with a plan.
    #[error("{} has no plan of its run", .0.display())]
    Empty(PathBuf),
    /// It is called after another run than its own.
    #[error("{} is the journal of run {run}", path.display())]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// The run that it tells of.
        run: String,
    },
    /// A whole line is no event.
    #[error("{}:{line} is damaged", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Facts are missing before a line.
    #[error("{}:{line} is fact {seq}, and those from {next} on are missing", path.display())]
    Gap {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The number of its fact.
        seq: u64,
        /// The number that would follow.
        next: u64,
    },
}

impl Journal {
    /// Creates the journal of a new run.
    ///
    /// # Errors
    ///
    /// Fails where there is one already, or where it cannot be written.
    pub fn create(path: &Path) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Io { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Self::locked(options.open(path).map_err(failed)?, path)
    }

    /// Opens the journal at `path` to go on with it, and returns its events.
    ///
    /// A torn end is cut off, so that what is written next starts a line.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, cut or locked, or is damaged; a torn
    /// end is no error.
    pub fn open(path: &Path) -> Result<(Self, Vec<Event>), JournalError> {
        let failed = |source| JournalError::Io { path: path.to_owned(), source };
        refuse_endless(path).map_err(failed)?;
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
        let journal = Self::locked(file, path)?;
        let mut bytes = Vec::new();
        let mut file = &*journal.file;
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = whole_lines(&bytes);
        let events = parse(whole, path)?;
        file.set_len(whole.len() as u64).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok((journal, events))
    }

    /// Reads the events at `path`, even while the run goes on.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or is damaged.
    pub fn read(path: &Path) -> Result<Vec<Event>, JournalError> {
        let bytes = read_regular(path)
            .map_err(|source| JournalError::Io { path: path.to_owned(), source })?;
        parse(whole_lines(&bytes), path)
    }

    /// Whether another process works on the run at `path`.
    #[must_use]
    pub fn is_busy(path: &Path) -> bool {
        File::open(path)
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn locked(file: File, path: &Path) -> Result<Self, JournalError> {
        match file.try_lock() {
            Ok(()) => Ok(Self { file: Arc::new(file), path: path.to_owned(), writer: None }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Busy(path.to_owned())),
            Err(TryLockError::Error(source)) => {
                Err(JournalError::Io { path: path.to_owned(), source })
            }
        }
    }
}

impl Drop for Journal {
    /// Unlocks the file at once. A program that is just being begun has a copy
    /// of every open file until it is itself, and would keep it locked.
    fn drop(&mut self) {
        // It ends once all that it was given is written.
        self.writer = None;
        // What is closed unlocked is free all the same, a little later.
        let _ = self.file.unlock();
    }
}

impl RunLog for Journal {
    fn append(&mut self, fact: &Event) {
        let writer =
            self.writer.get_or_insert_with(|| LineWriter::new(Arc::clone(&self.file), &self.path));
        writer.append(fact);
    }

    fn durable(&mut self) -> Durable {
        match &self.writer {
            Some(writer) => writer.durable(),
            None => Box::pin(std::future::ready(Ok(()))),
        }
    }
}

/// Refuses pipes and devices, which may have no end.
fn refuse_endless(path: &Path) -> io::Result<()> {
    if std::fs::metadata(path)?.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

/// The same error, with what it is about.
fn at_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The bytes of a file that has an end.
fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    refuse_endless(path)?;
    std::fs::read(path)
}

/// The bytes up to the last newline.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    &bytes[..end]
}

fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Event>, JournalError> {
    // A newer form need not be readable otherwise.
    match form(bytes) {
        Some(form) if form > FORMAT => {
            return Err(JournalError::Newer { path: path.to_owned(), form });
        }
        _ => {}
    }
    let lines = bytes.split_inclusive(|&byte| byte == b'\n').enumerate();
    let event = |(place, line): (usize, &[u8])| {
        serde_json::from_slice(line).map_err(|source| JournalError::Corrupt {
            path: path.to_owned(),
            line: place + 1,
            source,
        })
    };
    let events: Vec<Event> = lines.map(event).collect::<Result<_, _>>()?;
    refuse_gap(&events, path)?;
    Ok(events)
}

/// Facts are numbered from 0 on, and the engine leaves no number out.
fn refuse_gap(events: &[Event], path: &Path) -> Result<(), JournalError> {
    let facts = (1..).zip(events).filter_map(|(line, event)| Some((line, event.seq?)));
    match facts.zip(0..).find(|((_, seq), next)| seq != next) {
        Some(((line, seq), next)) => {
            Err(JournalError::Gap { path: path.to_owned(), line, seq, next })
        }
        None => Ok(()),
    }
}

/// The version of the schema, which the first line tells.
fn form(bytes: &[u8]) -> Option<u32> {
    let first = bytes.split(|&byte| byte == b'\n').next()?;
    let line: serde_json::Value = serde_json::from_slice(first).ok()?;
    line.get("event")?.get("format")?.as_u64()?.try_into().ok()
}
