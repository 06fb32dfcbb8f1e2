//! The heads of the runs of a folder, in one file beside it.
//!
//! A head counts as long as its journal is as it was when the head was made. The
//! file is a cache: what is lost of it is read from the journals again.

use std::{
    collections::HashMap,
    fs::{File, Metadata, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::{RunHead, read_regular, refuse_endless};

/// How many lines that say nothing new the file may have before it is written
/// anew.
const STALE: usize = 256;

/// The file of heads.
#[derive(Clone, Debug)]
pub(super) struct Heads(PathBuf);

/// What tells whether a journal has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// In bytes.
    size: u64,
    /// When it was written last, in nanoseconds since 1970.
    modified: u64,
}

/// A head, and the journal that it was made of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StampedHead {
    pub(super) stamp: Stamp,
    pub(super) head: RunHead,
}

impl Heads {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The newest head of each run, by its name, and how many lines there are.
    /// A line that cannot be read was cut off by a crash.
    pub(super) fn read(&self) -> (HashMap<String, StampedHead>, usize) {
        let text = read_regular(&self.0).unwrap_or_default();
        let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let mut heads = HashMap::with_capacity(lines.clone().count());
        let mut count = 0;
        for line in lines {
            count += 1;
            if let Ok(kept) = serde_json::from_slice::<StampedHead>(line) {
                heads.insert(kept.head.run.clone(), kept);
            }
        }
        (heads, count)
    }

    /// Adds heads.
    pub(super) fn add<'h>(
        &self,
        heads: impl IntoIterator<Item = &'h StampedHead>,
    ) -> io::Result<()> {
        let mut heads = heads.into_iter().peekable();
        if heads.peek().is_none() {
            return Ok(());
        }
        self.open()?.write_all(&lines(heads)?)
    }

    /// Writes the file anew.
    pub(super) fn replace<'h>(
        &self,
        heads: impl IntoIterator<Item = &'h StampedHead>,
    ) -> io::Result<()> {
        let file = self.open()?;
        file.set_len(0)?;
        (&file).write_all(&lines(heads)?)
    }

    /// The file, locked against others that write it.
    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.0.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        if self.0.exists() {
            refuse_endless(&self.0)?;
        }
        let file = options.open(&self.0)?;
        file.lock()?;
        Ok(file)
    }
}

/// Whether most of the file's lines are old, where there are so many journals.
pub(super) fn is_stale(lines: usize, journals: usize) -> bool {
    lines > 2 * journals + STALE
}

impl Stamp {
    pub(super) fn of(journal: &Metadata) -> Self {
        let since =
            journal.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        Self {
            size: journal.len(),
            modified: since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)),
        }
    }
}

/// A line each, after an end of line: what a crash cut off is no part of them.
fn lines<'h>(heads: impl IntoIterator<Item = &'h StampedHead>) -> io::Result<Vec<u8>> {
    let mut lines = vec![b'\n'];
    for head in heads {
        serde_json::to_writer(&mut lines, head)?;
        lines.push(b'\n');
    }
    Ok(lines)
}
