//! Runs a plan with its journal and its output.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal, Write},
    sync::Arc,
    time::Duration,
};

use tokio::sync::mpsc;

use super::{building, journal_trust, local};
use crate::{
    app::{
        verbs::signals,
        wiring::{services::World, signers},
    },
    batch::{JsonLines, Live, Quiet, Text, show_summary, show_tags, tag_line},
    cli::{GlobalArgs, Progress},
    engine::{ReleaseWorker, Signers, Start},
    error::{Error, Exit},
    journal::{Began, Journal, Outputs},
    model::{Bases, Descriptor, Failure},
    plan::{Plan, Work},
    run::{Command, Event, EventKind, MovedTag, Observer, Outcome, Run},
    store::Store,
    streams,
};

/// How long content stays in the store at least after it was used.
const IDLE: Duration = Duration::from_hours(1);

/// Runs a new plan.
pub(crate) async fn start(world: &World, global: &GlobalArgs, plan: Plan) -> Result<Exit, Error> {
    go(world, global, Task::new(world, plan).await?).await
}

/// Runs `run` to its end, shows it meanwhile, and tells how it ended.
pub(crate) async fn go(world: &World, global: &GlobalArgs, task: Task) -> Result<Exit, Error> {
    Ok(Exit::of(&ran(world, global, task).await?))
}

/// Runs `run` to its end and shows it meanwhile.
pub(crate) async fn ran(world: &World, global: &GlobalArgs, task: Task) -> Result<Run, Error> {
    let run = run_shown(world, global, task, output(global)).await?;
    show_end(global, &run)?;
    Ok(run)
}

/// Runs `run` to its end, shown by `shown` unless machines read it. How it
/// ended is only told where it is not done.
pub(crate) async fn ran_shown(
    world: &World,
    global: &GlobalArgs,
    task: Task,
    shown: Box<dyn Observer>,
) -> Result<Run, Error> {
    let run = run_shown(world, global, task, shown).await?;
    if !run.is_complete() {
        show_end(global, &run)?;
    }
    Ok(run)
}

async fn run_shown(
    world: &World,
    global: &GlobalArgs,
    task: Task,
    shown: Box<dyn Observer>,
) -> Result<Run, Error> {
    if task.start == Start::Fresh && !global.quiet {
        tell_unseen(task.run.plan());
    }
    task.notes.iter().for_each(crate::app::verbs::out::warn);
    let (commands, mut asked) = mpsc::channel(4);
    let signals = tokio::spawn(signals::listen(commands));
    let shown = if global.is_json() { output(global) } else { shown };
    let (run, untidy) = perform(world, task, &mut asked, shown).await?;
    signals.abort();
    if let Some(failure) = untidy {
        crate::app::verbs::out::warn(failure);
    }
    Ok(run)
}

/// Says which images could not be looked at that builds are built on.
pub(crate) fn tell_unseen(plan: &Plan) {
    let bases = plan.artifacts.iter().filter_map(|artifact| artifact.from.bases());
    let told: BTreeSet<String> = bases.flat_map(Bases::told).collect();
    told.iter().for_each(crate::app::verbs::out::warn);
}

/// A run that is ready to be run.
pub(crate) struct Task {
    pub(crate) run: Run,
    pub(crate) start: Start,
    pub(crate) journal: Journal,
    /// Who signs in it, with their keys open.
    pub(crate) signers: Signers,
    /// What happened in it before.
    pub(crate) events: Vec<Event>,
    /// The journal of another run that nobody may touch meanwhile.
    pub(crate) held: Option<Journal>,
    /// What is worth knowing before it goes on.
    pub(crate) notes: Vec<String>,
}

impl Task {
    /// A new run of `plan`, which this machine has room for.
    pub(crate) async fn new(world: &World, plan: Plan) -> Result<Self, Error> {
        local::check(world, &plan)?;
        local::refuse_read_only(&plan, &world.known.config())?;
        let given = journal_trust::given(&world.known, &plan)?;
        let run = Run::new(new_id(), plan);
        let ready = building::ready(world, &run).await;
        let signers = match ready {
            Ok(()) => signers::open(world, &run).await,
            Err(error) => Err(error),
        };
        // A run that does not begin is not tried again.
        let signers = signers.inspect_err(|_| world.forget_secrets(&run))?;
        let project = world.project.clone();
        world.history().ledger().append(&Began { run: run.id().to_owned(), project, given })?;
        let journal = Journal::create(&world.history().path(run.id()))?;
        Ok(Self {
            run,
            start: Start::Fresh,
            journal,
            signers,
            events: Vec::new(),
            held: None,
            notes: Vec::new(),
        })
    }
}

/// Runs a task to its end, with its journal, what its jobs print, and its
/// content kept in the store. Also returns why the store could not be tidied:
/// what became of the run does not depend on that.
pub(crate) async fn perform(
    world: &World,
    Task { run, start, journal, signers, held: _held, .. }: Task,
    asked: &mut mpsc::Receiver<Command>,
    shown: impl Observer,
) -> Result<(Run, Option<Failure>), Error> {
    let places = world.places(run.plan()).held_by(run.id());
    let places = Arc::new(match start {
        Start::Fresh => places,
        Start::Resume { .. } => places.taking_over(run.plan()),
    });
    let worker = ReleaseWorker {
        plan: Arc::new(run.plan().clone()),
        makers: world.makers.clone(),
        store: Arc::clone(&world.store) as _,
        places: Arc::clone(&places) as _,
        signers,
    };
    world.store.pin(run.id(), &roots(&run))?;
    let pins = Pins(Arc::clone(&world.store));
    let outputs = Outputs::beside(&world.history().path(run.id()));
    let mut observer = (((journal, outputs), pins), shown);
    let run = world.engine(Arc::new(worker)).run(run, start, asked, &mut observer).await;
    drop(observer);
    let untidy = places.let_go().await.and(tidy(world, &run).await).err();
    Ok((run, untidy))
}

/// Keeps what an unfinished run needs, and lets go of what a finished one did.
async fn tidy(world: &World, run: &Run) -> Result<(), Failure> {
    if !run.is_complete() {
        return Ok(());
    }
    world.forget_secrets(run);
    world.store.unpin(run.id())?;
    world.store.evict(IDLE).await.map(|_| ())
}

/// What must stay in the store until the run is done.
fn roots(run: &Run) -> Vec<Descriptor> {
    run.plan().jobs().iter().filter_map(|job| run.made(job.id)).flatten().cloned().collect()
}

fn output(global: &GlobalArgs) -> Box<dyn Observer> {
    if global.is_json() {
        return Box::new(JsonLines(streams::stdout()));
    }
    if global.quiet {
        return Box::new(Quiet::new(streams::stderr()));
    }
    let colors = global.colors();
    let is_live = match global.progress {
        Progress::Auto => io::stderr().is_terminal(),
        Progress::Plain => false,
        Progress::Tty => true,
    };
    if is_live {
        return Box::new(Live::new(global.verbose, colors));
    }
    Box::new(Text::new(streams::stderr(), global.verbose, colors))
}

/// Keeps in the store what a run has made, until the run is done.
struct Pins(Arc<Store>);

impl Observer for Pins {
    fn observe(&mut self, event: &Event, run: &Run) {
        if let EventKind::JobFinished { outcome: Outcome::Done { made, .. }, .. } = &event.event
            && !made.is_empty()
            && let Err(failure) = self.0.pin(run.id(), &roots(run))
        {
            // What is lost is made again.
            tracing::warn!(%failure, "content cannot be pinned");
        }
    }
}

fn show_end(global: &GlobalArgs, run: &Run) -> Result<(), Error> {
    if global.is_json() {
        return Ok(());
    }
    if !global.quiet {
        show_summary(run, &mut streams::stderr())?;
    } else if !run.is_complete() {
        for (job, failure) in run.failures() {
            let doing = run.plan().job(job).map_or_else(String::new, |job| job.work.to_string());
            let error = Error::from(failure.clone().context(doing));
            writeln!(streams::stderr(), "{}", error.shown(global.colors()))?;
        }
        show_tags(run, &mut streams::stderr())?;
    }
    let mut out = streams::stdout();
    for job in run.plan().jobs() {
        let (Work::Tag { sink, moves }, Some(sink_spec)) =
            (&job.work, run.plan().sinks.iter().find(|spec| Some(&spec.name) == job.work.sink()))
        else {
            continue;
        };
        for tag in moves {
            let is_it = |moved: &&MovedTag| {
                moved.confirmed && moved.sink == *sink && moved.name == tag.name
            };
            let moved = run.moved().iter().find(is_it);
            if let Some(target) = moved.and_then(|moved| moved.after.as_ref()) {
                writeln!(out, "{}", tag_line(sink_spec, &tag.name, target))?;
            }
        }
    }
    Ok(())
}

/// Names a run after its time, so that names sort; the end tells apart what
/// begins in one second.
fn new_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    let end = RandomState::new().hash_one(std::process::id()) & 0xffff;
    format!("{}-{end:04x}", jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S"))
}
