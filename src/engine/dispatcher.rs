//! The run loop: one task that owns the run.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::{self, JoinError, JoinSet},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    Engine, Inputs, JobDone, Start, Teller,
    attempt::{Attempt, Attempted},
    event_sinks::EventSinks,
    limits::Room,
    live::LiveJobs,
    redo::RedoCount,
    worker::Fact,
};
use crate::{
    model::{Failure, FailureKind, Side},
    net::RunMemory,
    plan::{JobId, Work},
    run::{Command, EventKind, FORMAT, Observer, Outcome, Run, RunLog, Stop},
};

/// How often progress and output are told.
const TICK: Duration = Duration::from_millis(100);

/// The run loop's state. Owned by one task.
pub(super) struct Dispatcher<'a> {
    engine: Engine,
    run: Run,
    told: EventSinks<'a>,
    facts: mpsc::Sender<Fact>,
    room: Room,
    live: LiveJobs,
    tasks: JoinSet<Attempted>,
    /// The job of each task.
    attempts: HashMap<task::Id, JobId>,
    cancel: CancellationToken,
    again: RedoCount,
    memory: RunMemory,
}

impl Engine {
    /// Runs what is left of `run` until nothing can be done any more. A retry
    /// after that is another call with the same run.
    pub async fn run(
        self,
        run: Run,
        start: Start,
        commands: &mut mpsc::Receiver<Command>,
        log: &mut dyn RunLog,
        observer: &mut dyn Observer,
    ) -> Run {
        let (teller, facts) = mpsc::channel(256);
        let told = EventSinks::new(log, observer, self.now);
        Dispatcher::new(self, run, told, teller).run(start, facts, commands).await
    }
}

impl<'a> Dispatcher<'a> {
    pub(super) fn new(
        engine: Engine,
        run: Run,
        told: EventSinks<'a>,
        facts: mpsc::Sender<Fact>,
    ) -> Self {
        Self {
            room: Room::new(&run, engine.limits),
            engine,
            run,
            told,
            facts,
            live: LiveJobs::default(),
            tasks: JoinSet::new(),
            attempts: HashMap::new(),
            cancel: CancellationToken::new(),
            again: RedoCount::default(),
            memory: RunMemory::default(),
        }
    }

    pub(super) async fn run(
        mut self,
        start: Start,
        mut facts: mpsc::Receiver<Fact>,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Run {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut listening = true;
        if let Err(failure) = self.begin(start).await {
            self.refuse(failure);
        }
        loop {
            self.schedule();
            if self.live.is_empty() {
                break;
            }
            tokio::select! {
                // A task's facts are in the channel before the task ends, so
                // `biased` lets them be told before its outcome.
                biased;
                Some(fact) = facts.recv() => self.on_fact(fact),
                Some(ended) = self.tasks.join_next_with_id() => self.on_end(ended),
                Some(due) = std::future::poll_fn(|cx| self.live.poll_due(cx)) => {
                    self.room.put_due(self.run.lane_of(due), due);
                }
                command = commands.recv(), if listening => match command {
                    Some(command) => self.on_command(command),
                    None => listening = false,
                },
                _ = tick.tick() => self.on_tick(),
            }
        }
        self.emit(EventKind::RunFinished { summary: self.run.summary() });
        // What cannot be kept was told to every job that relied on it.
        let _ = self.told.durable().await;
        self.run
    }

    /// Notes how the run begins, and shows it once that would survive a crash: a
    /// run that was seen can be resumed. Nothing could start meanwhile.
    async fn begin(&mut self, start: Start) -> Result<(), Failure> {
        let by = self.engine.by.clone();
        let begun = match start {
            Start::Fresh => {
                let (run, plan) = (self.run.id().to_owned(), self.run.shared_plan());
                vec![EventKind::RunStarted { format: FORMAT, run, plan, by }]
            }
            Start::Resume { jobs, again } => {
                let again = again.into_iter().map(|job| EventKind::JobReset { job });
                [EventKind::RunResumed { jobs, by }].into_iter().chain(again).collect()
            }
        };
        self.told.emit_durable(&mut self.run, begun).await
    }

    /// Starts nothing: a run that cannot even note its beginning could never
    /// move a tag.
    fn refuse(&mut self, failure: Failure) {
        let ready: Vec<JobId> = self.run.ready().collect();
        let mut outcome = Outcome::Failed { failure };
        for job in ready {
            self.emit(EventKind::JobFinished { job, outcome });
            outcome = Outcome::Cancelled;
        }
    }

    /// Settles every job that cannot be done, and starts every job that its
    /// lane has room for.
    fn schedule(&mut self) {
        loop {
            if let Some((job, by)) = self.run.blocked() {
                self.emit(EventKind::JobFinished { job, outcome: Outcome::Blocked { by } });
            } else if let Some(job) = self.refused() {
                self.emit(EventKind::JobFinished { job, outcome: Outcome::Cancelled });
            } else {
                break;
            }
        }
        while let Some(job) = self.room.next(&self.run) {
            self.attempt(job);
        }
    }

    /// A ready job that may not start any more.
    fn refused(&self) -> Option<JobId> {
        self.run.stop()?;
        self.run.ready().find(|&job| !self.may_start(job))
    }

    /// After a stop nothing starts; but once tags have begun to move, a drain
    /// lets them all move.
    fn may_start(&self, job: JobId) -> bool {
        match self.run.stop() {
            None => true,
            Some(Stop::Drain) => self.is_tag(job) && self.has_begun_to_move(),
            Some(Stop::Cancel) => false,
        }
    }

    fn has_begun_to_move(&self) -> bool {
        self.run.has_moved() || self.live.ids().any(|live| self.is_tag(live))
    }

    fn is_tag(&self, job: JobId) -> bool {
        self.run.plan().job(job).is_some_and(|job| matches!(job.work, Work::Tag { .. }))
    }

    /// Starts the next attempt at a job.
    fn attempt(&mut self, id: JobId) {
        let lane = self.run.lane_of(id);
        self.room.take(lane, id);
        let Some(job) = self.run.plan().job(id).cloned() else { return };
        let (attempt, desk) = self.live.begin(id, self.engine.patience);
        self.emit(EventKind::AttemptStarted { job: id, attempt });
        let attempt = Attempt {
            inputs: Inputs::of_job(&job, &self.run),
            job,
            worker: Arc::clone(&self.engine.worker),
            desk,
            memory: self.memory.clone(),
            teller: Teller(self.facts.clone()),
            cancel: self.cancel.clone(),
        };
        self.attempts.insert(self.tasks.spawn(attempt.run()).id(), id);
    }

    fn on_fact(&mut self, Fact { event, told }: Fact) {
        self.emit(event);
        if let Some(told) = told {
            let _ = told.send(self.told.durable());
        }
    }

    fn on_end(&mut self, ended: Result<(task::Id, Attempted), JoinError>) {
        let (task, attempted) =
            ended.unwrap_or_else(|error| (error.id(), Some(Err(panicked(error)))));
        let Some(job) = self.attempts.remove(&task) else { return };
        self.tell_output(job);
        match attempted {
            Some(Ok(JobDone { made, reused, bytes })) => {
                self.finish(job, Outcome::Done { made: made.into(), reused, bytes });
            }
            Some(Err(failure)) => self.on_failure(job, failure),
            None => self.finish(job, Outcome::Cancelled),
        }
        // Only now may the next attempt start.
        self.room.give_back(self.run.lane_of(job));
    }

    /// Has a failed attempt made again later, where that is worth it.
    fn on_failure(&mut self, job: JobId, failure: Failure) {
        let Some(wait) = self.live.fail(job, &failure) else {
            return self.finish(job, Outcome::Failed { failure });
        };
        self.emit(EventKind::AttemptFailed { job, failure, retry_in_ms: millis(wait) });
        if !self.may_start(job) {
            return self.finish(job, Outcome::Cancelled);
        }
        self.live.wait(job, wait);
    }

    fn finish(&mut self, job: JobId, outcome: Outcome) {
        self.live.end(job);
        let why = match &outcome {
            Outcome::Failed { failure } => Some(failure.clone()),
            _ => None,
        };
        self.emit(EventKind::JobFinished { job, outcome });
        for job in self.again.after(self.run.plan(), job, why.as_ref()) {
            self.emit(EventKind::JobReset { job });
        }
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Retry(jobs) => {
                self.memory.forget();
                for job in jobs {
                    if self.run.is_undone(job) {
                        self.emit(EventKind::JobReset { job });
                    }
                }
            }
            Command::Stop(stop) => {
                self.emit(EventKind::StopRequested { stop });
                if stop == Stop::Cancel {
                    self.cancel.cancel();
                }
                self.drop_waits();
            }
        }
    }

    /// Ends the jobs that wait for an attempt which may not start any more.
    fn drop_waits(&mut self) {
        let ended: Vec<JobId> = self.live.resting().filter(|job| !self.may_start(*job)).collect();
        for job in ended {
            self.room.forget(self.run.lane_of(job), job);
            self.finish(job, Outcome::Cancelled);
        }
    }

    fn on_tick(&mut self) {
        let live: Vec<JobId> = self.live.ids().collect();
        for job in live {
            self.tell_output(job);
        }
        let jobs = self.live.progress();
        if !jobs.is_empty() {
            self.emit(EventKind::Progress { jobs });
        }
    }

    /// Tells what a job printed since that was told last. What was printed
    /// before an attempt ended belongs to that attempt.
    fn tell_output(&mut self, job: JobId) {
        for event in self.live.printed(job) {
            self.emit(event);
        }
    }

    fn emit(&mut self, event: EventKind) {
        self.told.emit(&mut self.run, event);
    }
}

fn millis(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}

/// A job that panicked fails alone.
fn panicked(error: JoinError) -> Failure {
    let what = match error.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("the job panicked")
            .to_owned(),
        Err(error) => error.to_string(),
    };
    Failure::new(FailureKind::Internal, Side::Local, what)
        .hint("this is a defect of castoff; please report it")
}
