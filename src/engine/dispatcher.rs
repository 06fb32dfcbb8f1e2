//! The run loop: one task that owns the run.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::mpsc,
    task::{self, JoinError, JoinSet},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    Engine, Fact, Inputs, Start, Teller,
    again::Again,
    attempt::{Ended, JobTask},
    limits::Lanes,
};
use crate::{
    model::{Failure, FailureKind, Side},
    net::Memory,
    plan::{Job, JobId, TagTarget, Work},
    ports::Desk,
    run::{Command, Event, EventKind, FORMAT, JobProgress, Observer, Outcome, Run, Stop},
};

/// How often progress and output are told.
const TICK: Duration = Duration::from_millis(100);

/// The run loop's state. Owned by one task.
pub(super) struct Dispatcher<'a> {
    engine: Engine,
    run: Run,
    observer: &'a mut dyn Observer,
    facts: mpsc::Sender<Fact>,
    lanes: Lanes,
    tasks: JoinSet<Ended>,
    live: HashMap<task::Id, (JobId, Desk)>,
    drain: CancellationToken,
    cancel: CancellationToken,
    again: Again,
    memory: Memory,
}

impl<'a> Dispatcher<'a> {
    pub(super) fn new(
        engine: Engine,
        run: Run,
        observer: &'a mut dyn Observer,
        facts: mpsc::Sender<Fact>,
    ) -> Self {
        Self {
            lanes: Lanes::new(engine.limits),
            engine,
            run,
            observer,
            facts,
            tasks: JoinSet::new(),
            live: HashMap::new(),
            drain: CancellationToken::new(),
            cancel: CancellationToken::new(),
            again: Again::default(),
            memory: Memory::default(),
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
        self.begin(start);
        if let Err(failure) = self.observer.durable() {
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
                command = commands.recv(), if listening => match command {
                    Some(command) => self.on_command(command),
                    None => listening = false,
                },
                _ = tick.tick() => self.on_tick(),
            }
        }
        self.emit(EventKind::RunFinished { summary: self.run.summary() });
        self.run
    }

    fn begin(&mut self, start: Start) {
        match start {
            Start::Fresh => {
                let (run, plan) = (self.run.id().to_owned(), Box::new(self.run.plan().clone()));
                self.emit(EventKind::RunStarted { format: FORMAT, run, plan });
            }
            Start::Resume { jobs, again } => {
                self.emit(EventKind::RunResumed { jobs });
                for job in again {
                    self.emit(EventKind::JobReset { job });
                }
            }
        }
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

    /// Starts every job that may start, and settles every job that cannot.
    fn schedule(&mut self) {
        while let Some((job, by)) = self.run.blocked() {
            self.emit(EventKind::JobFinished { job, outcome: Outcome::Blocked { by } });
        }
        let ready: Vec<JobId> = self.run.ready().filter(|&job| !self.is_live(job)).collect();
        for id in ready {
            let Some(job) = self.run.plan().job(id).cloned() else { continue };
            if self.may_start(&job) {
                self.start(&job);
            } else {
                self.emit(EventKind::JobFinished { job: id, outcome: Outcome::Cancelled });
            }
        }
    }

    /// After a stop nothing starts; but once tags have begun to move, a drain
    /// lets them all move.
    fn may_start(&self, job: &Job) -> bool {
        match self.run.stop() {
            None => true,
            Some(Stop::Drain) => self.is_commit(job),
            Some(Stop::Cancel) => false,
        }
    }

    fn is_commit(&self, job: &Job) -> bool {
        let is_tag =
            |id| self.run.plan().job(id).is_some_and(|job| matches!(job.work, Work::Tag { .. }));
        let began =
            !self.run.moved().is_empty() || self.live.values().any(|(live, _)| is_tag(*live));
        began && is_tag(job.id)
    }

    fn is_live(&self, job: JobId) -> bool {
        self.live.values().any(|(live, _)| *live == job)
    }

    fn start(&mut self, job: &Job) {
        let desk = Desk::default();
        let task = JobTask {
            job: job.clone(),
            inputs: self.inputs(job),
            worker: Arc::clone(&self.engine.worker),
            patience: self.engine.patience,
            lane: self.lanes.of(self.run.plan(), job),
            desk: desk.clone(),
            memory: self.memory.clone(),
            teller: Teller(self.facts.clone()),
            // What ends the commit must not be put off by a drain.
            drain: if matches!(job.work, Work::Tag { .. }) {
                self.cancel.clone()
            } else {
                self.drain.clone()
            },
        };
        let cancel = self.cancel.clone();
        let handle = self.tasks.spawn(async move {
            cancel.run_until_cancelled(task.run()).await.unwrap_or((Outcome::Cancelled, None))
        });
        self.live.insert(handle.id(), (job.id, desk));
    }

    fn inputs(&self, job: &Job) -> Inputs {
        // A check also reads what was signed by those that it waits for.
        let before = job.after.iter().filter_map(|id| self.run.plan().job(*id));
        let targets = std::iter::once(job).chain(before).flat_map(|job| job.work.targets());
        let targets = targets.filter_map(|target| match target {
            TagTarget::Job(job) => Some(*job),
            _ => None,
        });
        let known: BTreeSet<JobId> = job.after.iter().copied().chain(targets).collect();
        let known = known.into_iter();
        Inputs {
            made: known.filter_map(|id| Some((id, self.run.made(id)?.to_vec()))).collect(),
            seen: self.run.seen().to_vec(),
            before: self.run.made(job.id).map(<[_]>::to_vec),
        }
    }

    fn on_fact(&mut self, Fact { event, told }: Fact) {
        // What was printed before belongs to the attempt that is over.
        if let EventKind::AttemptFailed { job, .. } = event {
            self.flush(job);
        }
        self.emit(event);
        if let Some(told) = told {
            let _ = told.send(self.observer.durable());
        }
    }

    fn on_end(&mut self, ended: Result<(task::Id, Ended), JoinError>) {
        let (id, (outcome, permit)) = ended.unwrap_or_else(|error| {
            (error.id(), (Outcome::Failed { failure: panicked(error) }, None))
        });
        if let Some((job, desk)) = self.live.remove(&id) {
            self.tell_output(job, &desk);
            let why = match &outcome {
                Outcome::Failed { failure } => Some(failure.clone()),
                _ => None,
            };
            self.emit(EventKind::JobFinished { job, outcome });
            for job in self.again.after(self.run.plan(), job, why.as_ref()) {
                self.emit(EventKind::JobReset { job });
            }
        }
        drop(permit); // Only now may the next attempt start.
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
                self.drain.cancel();
                if stop == Stop::Cancel {
                    self.cancel.cancel();
                }
            }
        }
    }

    fn on_tick(&mut self) {
        let mut jobs: Vec<JobProgress> = Vec::new();
        let live: Vec<(JobId, Desk)> = self.live.values().cloned().collect();
        for (job, desk) in live {
            self.tell_output(job, &desk);
            let steps = desk.meter.read_steps();
            let moved = desk.meter.take();
            jobs.extend(moved.map(|(done, total)| JobProgress { job, done, total, steps }));
        }
        if !jobs.is_empty() {
            jobs.sort_by_key(|progress| progress.job);
            self.emit(EventKind::Progress { jobs });
        }
    }

    fn flush(&mut self, job: JobId) {
        let desk = self.live.values().find(|(live, _)| *live == job).map(|(_, desk)| desk.clone());
        if let Some(desk) = desk {
            self.tell_output(job, &desk);
        }
    }

    fn tell_output(&mut self, job: JobId, desk: &Desk) {
        let lines = desk.output.take();
        if !lines.is_empty() {
            self.emit(EventKind::Output { job, lines });
        }
        let lines = desk.output.take_notices();
        if !lines.is_empty() {
            self.emit(EventKind::Notice { job, lines });
        }
    }

    fn emit(&mut self, event: EventKind) {
        let seq = event.is_fact().then(|| self.run.next_seq());
        let event = Event { seq, at: (self.engine.now)(), event };
        self.run.apply(&event);
        self.observer.observe(&event, &self.run);
    }
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
