//! What jobs print, on disk: a file for each attempt, beside the run's journal.
//!
//! A file has the first and the last part of what was printed, and says
//! between them how much it leaves out; so a job that prints for ever fills no
//! disk. Losing what was printed never costs a release: what cannot be
//! written is noted in the log and left out.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::{
    model::escape,
    plan::JobId,
    run::{Event, EventKind, Observer, Run},
};

/// How much is kept of the first part, in bytes.
const FIRST: u64 = 1 << 20;
/// How much is kept at least of the last part, in bytes. It may be twice as
/// much: then the older half goes.
const LAST: u64 = 4 << 20;
/// How much of each part is read for a screen, in bytes.
const SHOWN: u64 = 256 << 10;

/// Keeps what the jobs of a run print.
#[derive(Debug)]
pub struct Outputs {
    folder: PathBuf,
    open: HashMap<JobId, Output>,
}

/// What one attempt prints.
#[derive(Debug)]
struct Output {
    attempt: u32,
    path: PathBuf,
    file: File,
    size: u64,
    /// How long the first part is, once something was left out after it.
    first: Option<usize>,
    /// Lines between the parts.
    left_out: u64,
}

impl Outputs {
    /// Keeps them beside the journal at `journal`.
    #[must_use]
    pub fn beside(journal: &Path) -> Self {
        Self { folder: journal.with_extension(""), open: HashMap::new() }
    }

    /// What an attempt of a job printed, in lines: the first and the last of
    /// it. Attempts are counted from 1 over all the times that the run was
    /// taken up. Nothing where nothing was printed.
    ///
    /// # Errors
    ///
    /// Fails where the file cannot be read.
    pub fn read(journal: &Path, job: JobId, attempt: u32) -> io::Result<Vec<String>> {
        let path = file_of(&journal.with_extension(""), job, attempt);
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let size = file.metadata()?.len();
        let mut bytes = Vec::new();
        if size <= 2 * SHOWN {
            file.take(2 * SHOWN).read_to_end(&mut bytes)?;
            return Ok(lines(&bytes));
        }
        (&mut file).take(SHOWN).read_to_end(&mut bytes)?;
        let mut shown = lines(&bytes[..end_of_lines(&bytes)]);
        file.seek(SeekFrom::Start(size - SHOWN))?;
        let mut rest = BufReader::new(file.take(SHOWN));
        rest.read_until(b'\n', &mut Vec::new())?;
        shown.push("…".to_owned());
        bytes.clear();
        rest.read_to_end(&mut bytes)?;
        shown.extend(lines(&bytes));
        Ok(shown)
    }

    fn write(&mut self, job: JobId, attempt: u32, lines: &[String]) -> io::Result<()> {
        if self.open.get(&job).is_none_or(|output| output.attempt != attempt) {
            fs::create_dir_all(&self.folder)?;
            let output = Output::create(file_of(&self.folder, job, attempt), attempt)?;
            self.open.insert(job, output);
        }
        let output = self.open.get_mut(&job).expect("it was just inserted");
        output.write(lines)
    }
}

impl Observer for Outputs {
    fn observe(&mut self, event: &Event, run: &Run) {
        match &event.event {
            EventKind::Output { job, lines } | EventKind::Notice { job, lines } => {
                if let Err(error) = self.write(*job, run.begun(*job), lines) {
                    tracing::warn!(%error, "the output of a job cannot be written");
                }
            }
            EventKind::JobFinished { job, .. } => {
                self.open.remove(job);
            }
            _ => {}
        }
    }
}

impl Output {
    fn create(path: PathBuf, attempt: u32) -> io::Result<Self> {
        let mut options = File::options();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { attempt, path, file, size, first: None, left_out: 0 })
    }

    fn write(&mut self, lines: &[String]) -> io::Result<()> {
        let mut text = String::new();
        for line in lines {
            text.push_str(&escape(line).to_string());
            text.push('\n');
        }
        self.file.write_all(text.as_bytes())?;
        self.size += text.len() as u64;
        if self.size > FIRST + 2 * LAST { self.shorten() } else { Ok(()) }
    }

    /// Leaves out what lies between the first and the last part.
    fn shorten(&mut self) -> io::Result<()> {
        let bytes = fs::read(&self.path)?;
        let last = bytes.len().saturating_sub(to_usize(LAST));
        let first = self.first.unwrap_or_else(|| end_of_lines(&bytes[..to_usize(FIRST)]));
        let last =
            bytes[last..].iter().position(|&b| b == b'\n').map_or(last, |end| last + end + 1);
        let count = |bytes: &[u8]| bytes.split(|&b| b == b'\n').count() as u64 - 1;
        // What stood for lines that were left out before is no line itself.
        let marker = u64::from(self.left_out > 0);
        self.left_out += count(&bytes[first..last]) - marker;
        self.first = Some(first);
        let temp = self.path.with_extension("log.new");
        let mut file = File::create(&temp)?;
        file.write_all(&bytes[..first])?;
        writeln!(file, "… {} lines left out …", self.left_out)?;
        file.write_all(&bytes[last..])?;
        fs::rename(&temp, &self.path)?;
        self.file = File::options().append(true).open(&self.path)?;
        self.size = self.file.metadata()?.len();
        Ok(())
    }
}

fn file_of(folder: &Path, job: JobId, attempt: u32) -> PathBuf {
    folder.join(format!("{}.{attempt}.log", job.0))
}

/// Where the last whole line ends.
fn end_of_lines(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1)
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

fn to_usize(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
