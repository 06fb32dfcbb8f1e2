//! Which runs began on this machine, in which order, and of which project.
//!
//! One line a run, written before its journal. Clocks go back and journals
//! come from elsewhere; the place of a line does neither. What a journal says
//! of keys and commands is not believed: the ledger notes what of it came from
//! a command line here, by digest.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{JournalError, at_path, read_regular, refuse_endless};
use crate::model::Digest;

/// The lines of all runs that began here, the oldest first.
#[derive(Clone, Debug)]
pub struct Ledger(PathBuf);

/// A run that began here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Line", into = "Line")]
pub struct Began {
    /// The run's name.
    pub run: String,
    /// Of which project it is.
    pub project: ProjectId,
    /// Digests of the keys, commands and engines that its command line named,
    /// and the configuration did not.
    pub given: Vec<Digest>,
}

/// The same as it is written. Serde's `flatten` would do this, and takes several
/// times as long to read.
#[derive(Serialize, Deserialize)]
struct Line {
    run: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<PathBuf>,
    root: PathBuf,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    given: Vec<Digest>,
}

/// What runs belong together: those of one castoff.toml, or, without one, those
/// of one folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectId {
    /// The configuration's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<PathBuf>,
    /// The folder.
    pub root: PathBuf,
}

impl Ledger {
    /// The ledger in the file at `path`, which need not exist.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Notes a run that is about to begin.
    ///
    /// # Errors
    ///
    /// Fails where the file cannot be written.
    pub fn append(&self, began: &Began) -> Result<(), JournalError> {
        self.write(began).map_err(|source| JournalError::Io { path: self.0.clone(), source })
    }

    fn write(&self, began: &Began) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        if self.0.exists() {
            refuse_endless(&self.0)?;
        }
        let mut file = options.open(&self.0)?;
        file.lock()?;
        let mut line = Vec::new();
        // What a crash cut off is no part of the next line.
        if !ends_a_line(&mut file)? {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, began)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_data()
    }

    /// All runs that began here, the oldest first. A line that cannot be read
    /// was cut off by a crash, before its run began.
    ///
    /// # Errors
    ///
    /// Fails where there is a file and it cannot be read.
    pub fn read(&self) -> io::Result<Vec<Began>> {
        let bytes = match read_regular(&self.0) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(at_path(&self.0, &error)),
        };
        let lines = bytes.split(|&byte| byte == b'\n');
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// What is noted of a run, if it began here.
    ///
    /// # Errors
    ///
    /// Fails where there is a file and it cannot be read.
    pub fn find(&self, run: &str) -> io::Result<Option<Began>> {
        Ok(self.read()?.into_iter().find(|began| began.run == run))
    }
}

impl ProjectId {
    /// Whether `other` is the same project. Where only one of them has a
    /// castoff.toml, the folder decides: earlier versions noted no more.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (&self.project, &other.project) {
            (Some(file), Some(of_other)) => file == of_other,
            _ => self.root == other.root,
        }
    }
}

impl From<Line> for Began {
    fn from(Line { run, project, root, given }: Line) -> Self {
        Self { run, project: ProjectId { project, root }, given }
    }
}

impl From<Began> for Line {
    fn from(Began { run, project: ProjectId { project, root }, given }: Began) -> Self {
        Self { run, project, root, given }
    }
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Where the ledger of the journals in `folder` lies: beside it, since what
/// comes from elsewhere is put into it.
pub(super) fn beside(folder: &Path) -> Ledger {
    Ledger::new(folder.with_extension("order"))
}
