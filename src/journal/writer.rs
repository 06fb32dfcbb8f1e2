//! Writes lines to a journal: at once, and with one sync for those that arrive
//! together.
//!
//! What is written survives the end of the process, and what is synced the end of
//! the machine. A sync is made where its answer is waited for, and otherwise a
//! little later for all that came meanwhile: what is lost then is done again.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::{
    model::{Failure, FailureKind, Side, safe_json},
    run::{Durable, Event},
};

/// How many bytes are written at once at most, but for a line that is longer.
const GROUP: usize = 1 << 20;
/// How long a line is written without a sync at most.
const LATE: Duration = Duration::from_millis(20);

/// What the thread is told.
enum Order {
    /// Write a line.
    Line(Vec<u8>),
    /// Sync what was written: its answer is waited for.
    Sync,
}

/// A thread that writes lines. Dropping it waits until all are written.
#[derive(Debug)]
pub(super) struct Writer {
    /// None once it is to end.
    orders: Option<mpsc::Sender<Order>>,
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
        let (orders, given) = mpsc::channel();
        let (tell, written) = watch::channel(Written::default());
        let path = path.to_owned();
        let begun = thread::Builder::new().name("journal".to_owned()).spawn({
            let (tell, path) = (tell.clone(), path.clone());
            move || {
                if let Err(error) = (Thread { file: &file, tell: &tell, unsynced: 0 }).run(&given) {
                    let failure = failure(&path, &error);
                    tell.send_modify(|written| written.failure = Some(failure));
                }
            }
        });
        let thread = match begun {
            Ok(thread) => Some(thread),
            Err(error) => {
                tell.send_modify(|written| written.failure = Some(failure(&path, &error)));
                None
            }
        };
        Self { orders: Some(orders), given: 0, written, thread }
    }

    pub(super) fn append(&mut self, fact: &Event) {
        self.given += 1;
        let line = serde_json::to_string(fact).expect("an event has string keys only");
        self.order(Order::Line(format!("{}\n", safe_json(&line)).into_bytes()));
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // A thread that is gone has told why.
            let _ = orders.send(order);
        }
    }

    pub(super) fn durable(&self) -> Durable {
        self.order(Order::Sync);
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
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // What it panicked with is on standard error.
            let _ = thread.join();
        }
    }
}

/// The thread's side.
struct Thread<'t> {
    file: &'t File,
    tell: &'t watch::Sender<Written>,
    /// How many lines were written since the last sync.
    unsynced: u64,
}

impl Thread<'_> {
    /// Does what it is told until nothing more is, or the disk fails.
    fn run(mut self, given: &mpsc::Receiver<Order>) -> io::Result<()> {
        while let Ok(order) = given.recv() {
            let due = Instant::now() + LATE;
            let mut next = Ok(order);
            loop {
                match next {
                    Ok(Order::Line(line)) => next = self.write(line, given, due)?,
                    Ok(Order::Sync) | Err(_) => break,
                }
            }
            self.sync()?;
        }
        Ok(())
    }

    /// Writes a line with those that are there already, and returns what comes
    /// next, until the sync is due.
    fn write(
        &mut self,
        mut group: Vec<u8>,
        given: &mpsc::Receiver<Order>,
        due: Instant,
    ) -> io::Result<Result<Order, RecvTimeoutError>> {
        let mut lines = 1;
        let mut next = None;
        while group.len() < GROUP && next.is_none() {
            match given.try_recv() {
                Ok(Order::Line(line)) => {
                    group.extend(line);
                    lines += 1;
                }
                Ok(Order::Sync) => next = Some(Order::Sync),
                Err(_) => break,
            }
        }
        let mut file = self.file;
        file.write_all(&group)?;
        self.unsynced += lines;
        Ok(match next {
            Some(order) => Ok(order),
            None => given.recv_timeout(due.saturating_duration_since(Instant::now())),
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.unsynced == 0 {
            return Ok(());
        }
        self.file.sync_data()?;
        let lines = std::mem::take(&mut self.unsynced);
        self.tell.send_modify(|written| written.lines += lines);
        Ok(())
    }
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Storage, Side::Local, error)
        .context(format!("the journal {} cannot be written", path.display()))
        .hint("no tag moves without a journal; free some space, then resume")
}
