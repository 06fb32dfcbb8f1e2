//! Runs one run after another, and tells the screen of each event.

use std::{future::Future, sync::Arc};

use tokio::sync::mpsc;

use super::shared::ConsoleShared;
use crate::{
    app::ops::{
        history::{self, OtherProject},
        run::{self, Task},
    },
    engine::RunLine,
    error::Error,
    plan::JobId,
    run::{Command, Event, Observer, Run, Stop},
    tui::Msg,
};

/// Runs one run after another.
pub(super) struct Runner {
    pub(super) shared: ConsoleShared,
    /// The run at work, or one that is about to be.
    line: Option<RunLine>,
}

impl Runner {
    pub(super) fn new(shared: ConsoleShared) -> Self {
        Self { shared, line: None }
    }

    /// Makes a task ready and runs it, unless another is at work.
    pub(super) fn begin(
        &mut self,
        what: impl Into<String>,
        ready: impl Future<Output = Result<Task, Error>> + Send + 'static,
    ) {
        let what = what.into();
        if self.is_busy() {
            let busy =
                Error::refused("another run is active").hint("wait until it ends, or stop it");
            return self.shared.failed(&what, busy);
        }
        let (line, asked) = RunLine::open();
        self.line = Some(line.clone());
        let shared = self.shared.clone();
        tokio::spawn(async move {
            match ready.await {
                Ok(task) => {
                    line.begin(task.run.id());
                    drop(line);
                    work(&shared, task, asked).await;
                }
                Err(error) => {
                    shared.failed(&what, error);
                    shared.tell(Msg::Ended);
                }
            }
        });
    }

    /// Does jobs of a run again: within the run at work, if that is the one,
    /// or by taking it up.
    pub(super) fn again(&mut self, run: String, jobs: Option<Vec<JobId>>) {
        if let (Some(line), Some(jobs)) = (&self.line, &jobs)
            && line.retry(&run, jobs)
        {
            return;
        }
        let shared = self.shared.clone();
        self.begin("resume", async move { take_up(&shared, &run, jobs).await });
    }

    pub(super) fn stop(&self, stop: Stop) {
        if let Some(line) = &self.line {
            line.stop(stop);
        }
    }

    fn is_busy(&self) -> bool {
        self.line.as_ref().is_some_and(RunLine::is_open)
    }
}

pub(super) async fn take_up(
    shared: &ConsoleShared,
    run: &str,
    jobs: Option<Vec<JobId>>,
) -> Result<Task, Error> {
    let run = history::named(&shared.services, run)?;
    history::again(&shared.services, &run, OtherProject::Refused, |_| Ok(jobs)).await
}

/// Runs a task to its end, and again for what was asked for too late to be
/// done by the run at work.
async fn work(shared: &ConsoleShared, mut task: Task, mut asked: mpsc::Receiver<Command>) {
    loop {
        let run = task.run.id().to_owned();
        task.notes.drain(..).for_each(|note| shared.tell(Msg::Noted(note)));
        let (began, events) = (Box::new(task.run.clone()), task.events.clone());
        shared.tell(Msg::Began { run: began, events });
        let screen = ToScreen { shared: shared.clone(), waiting: Arc::default() };
        match run::perform(&shared.services, task, &mut asked, screen).await {
            Ok((_, Some(failure))) => shared.tell(Msg::Noted(failure.to_string())),
            Ok((_, None)) => {}
            Err(error) => {
                shared.failed("run", error);
                break;
            }
        }
        let late = too_late(&mut asked);
        if late.is_empty() {
            break;
        }
        task = match take_up(shared, &run, Some(late)).await {
            Ok(task) => task,
            Err(error) => {
                shared.failed("resume", error);
                break;
            }
        };
    }
    drop(asked);
    shared.tell(Msg::Ended);
}

/// The jobs that were to be tried again when the run had just ended.
fn too_late(asked: &mut mpsc::Receiver<Command>) -> Vec<JobId> {
    let mut late = Vec::new();
    while let Ok(command) = asked.try_recv() {
        match command {
            Command::Retry(jobs) => late.extend(jobs),
            Command::Stop(_) => late.clear(),
        }
    }
    late
}

/// How many lossy events may wait for the screen. A terminal that stands still
/// must not fill the memory.
const WAITING: usize = 64;

/// Tells the screen of each event.
struct ToScreen {
    shared: ConsoleShared,
    /// One clone travels with each lossy event, and is gone when it was heard.
    waiting: Arc<()>,
}

impl Observer for ToScreen {
    fn observe(&mut self, event: &Event, _run: &Run) {
        let is_fact = event.event.is_fact();
        if is_fact || Arc::strong_count(&self.waiting) <= WAITING {
            let waiting = (!is_fact).then(|| Arc::clone(&self.waiting));
            self.shared.tell(Msg::Happened(Box::new(event.clone()), waiting));
        }
    }
}
