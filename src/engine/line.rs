//! The line to a run at work: which run it is, and how it is told what to do.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

use crate::{
    plan::JobId,
    run::{Command, Stop},
};

/// How many commands may wait for the run.
const ROOM: usize = 16;

/// The line to a run at work, or to one that is about to be.
#[derive(Clone, Debug)]
pub struct RunLine {
    /// Its name, as soon as it has one.
    run: Arc<OnceLock<String>>,
    commands: mpsc::Sender<Command>,
}

impl RunLine {
    /// A line, and what the run hears on it.
    #[must_use]
    pub fn open() -> (Self, mpsc::Receiver<Command>) {
        let (commands, asked) = mpsc::channel(ROOM);
        (Self { run: Arc::default(), commands }, asked)
    }

    /// Says which run it is. It stays the same.
    pub fn begin(&self, run: &str) {
        self.run.get_or_init(|| run.to_owned());
    }

    /// Whether the run still hears.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.commands.is_closed()
    }

    /// Has jobs of `run` done again. Returns whether this is that run, and hears.
    #[must_use]
    pub fn retry(&self, run: &str, jobs: &[JobId]) -> bool {
        let is_it = self.run.get().is_some_and(|of| of == run) && self.is_open();
        if is_it {
            self.tell(Command::Retry(jobs.to_vec()));
        }
        is_it
    }

    /// Stops the run.
    pub fn stop(&self, stop: Stop) {
        self.tell(Command::Stop(stop));
    }

    /// Tells the run what to do. What finds no room waits for its turn: a stop is
    /// never lost.
    fn tell(&self, command: Command) {
        let commands = self.commands.clone();
        tokio::spawn(async move {
            // A run that has ended does nothing any more.
            let _ = commands.send(command).await;
        });
    }
}
