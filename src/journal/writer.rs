//! Writes lines to a journal, those that arrive together with one sync.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use tokio::sync::watch;

use crate::{
    model::{Failure, FailureKind, Side, safe_json},
    run::{Durable, Event},
};

/// How many bytes are written at once at most, but for a line that is longer.
const GROUP: usize = 1 << 20;

/// A thread that writes lines. Dropping it waits until all are written.
#[derive(Debug)]
pub(super) struct Writer {
    /// None once it is to end.
    lines: Option<mpsc::Sender<Vec<u8>>>,
    /// How many lines were handed over.
    given: u64,
    written: watch::Receiver<Written>,
    thread: Option<JoinHandle<()>>,
}

/// How far the thread is.
#[derive(Clone, Debug, Default)]
struct Written {
    /// How many lines would survive a crash.
    lines: u64,
    /// Why no more will.
    failure: Option<Failure>,
}

impl Writer {
    /// Writes to the end of `file`, which lies at `path`.
    pub(super) fn new(file: Arc<File>, path: &Path) -> Self {
        let (lines, given) = mpsc::channel();
        let (tell, written) = watch::channel(Written::default());
        let path = path.to_owned();
        let begun = thread::Builder::new().name("journal".to_owned()).spawn({
            let (tell, path) = (tell.clone(), path.clone());
            move || write_all(&file, &path, &given, &tell)
        });
        let thread = match begun {
            Ok(thread) => Some(thread),
            Err(error) => {
                tell.send_modify(|written| written.failure = Some(failure(&path, &error)));
                None
            }
        };
        Self { lines: Some(lines), given: 0, written, thread }
    }

    pub(super) fn append(&mut self, fact: &Event) {
        self.given += 1;
        let line = serde_json::to_string(fact).expect("an event has string keys only");
        if let Some(lines) = &self.lines {
            // A thread that is gone has told why.
            let _ = lines.send(format!("{}\n", safe_json(&line)).into_bytes());
        }
    }

    pub(super) fn durable(&self) -> Durable {
        let (given, mut written) = (self.given, self.written.clone());
        Box::pin(async move {
            let is_known = |of: &Written| of.lines >= given || of.failure.is_some();
            match written.wait_for(is_known).await {
                Ok(written) => written.failure.clone().map_or(Ok(()), Err),
                Err(_) => Err(Failure::new(
                    FailureKind::Internal,
                    Side::Local,
                    "the journal's thread ended",
                )),
            }
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            // What it panicked with is on standard error.
            let _ = thread.join();
        }
    }
}

/// Writes what is given until nothing more is, or the disk fails.
fn write_all(
    file: &File,
    path: &Path,
    given: &mpsc::Receiver<Vec<u8>>,
    tell: &watch::Sender<Written>,
) {
    while let Ok(mut group) = given.recv() {
        let mut lines = 1;
        while group.len() < GROUP
            && let Ok(line) = given.try_recv()
        {
            group.extend(line);
            lines += 1;
        }
        match write(file, &group) {
            Ok(()) => tell.send_modify(|written| written.lines += lines),
            Err(error) => {
                let failure = failure(path, &error);
                return tell.send_modify(|written| written.failure = Some(failure));
            }
        }
    }
}

fn write(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_data()
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Storage, Side::Local, error)
        .context(format!("the journal {} cannot be written", path.display()))
        .hint("no tag moves without a journal; free some space, then resume")
}
