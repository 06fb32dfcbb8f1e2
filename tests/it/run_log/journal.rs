//! The journal on disk, as an adapter of the log of a run.

use std::{fs, path::PathBuf};

use castoff::{
    journal::{Journal, JournalError},
    run::{Event, RunLog},
};

use super::{Refusal, log_laws};

/// A journal in a folder of its own.
struct Folder(tempfile::TempDir);

impl Folder {
    fn path(&self) -> PathBuf {
        self.0.path().join("law.jsonl")
    }
}

impl Archive for Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn create(&self) -> Result<Box<dyn RunLog>, Refusal> {
        Ok(Box::new(Journal::create(&self.path()).map_err(refusal)?))
    }

    fn open(&self) -> Result<(Box<dyn RunLog>, Vec<Event>), Refusal> {
        let (journal, events) = Journal::open(&self.path()).map_err(refusal)?;
        Ok((Box::new(journal), events))
    }

    fn stored(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    fn store(&self, bytes: &[u8]) {
        fs::write(self.path(), bytes).unwrap();
    }
}

fn refusal(error: JournalError) -> Refusal {
    match error {
        JournalError::Busy(_) => Refusal::Busy,
        JournalError::Corrupt { line, .. } => Refusal::Damaged(line),
        JournalError::Gap { line, .. } => Refusal::Gap(line),
        other => Refusal::Other(other.to_string()),
    }
}

log_laws!(Folder);
