//! Runs a plan with its journal and its output.

use std::{
    io::{self, IsTerminal, Write},
    sync::Arc,
    time::Duration,
};

use tokio::sync::mpsc;

use super::{World, local, signals};
use crate::{
    batch::{JsonLines, Live, Text, show_summary, tag_line},
    cli::GlobalArgs,
    engine::{ReleaseWorker, Start},
    error::{Error, Exit},
    journal::Journal,
    model::{Descriptor, Failure},
    plan::{Plan, Work},
    run::{Event, EventKind, MovedTag, Observer, Outcome, Run},
    store::Store,
};

/// How long content stays in the store at least after it was used.
const IDLE: Duration = Duration::from_hours(1);

/// Runs a new plan.
pub(super) async fn start(world: &World, global: &GlobalArgs, plan: Plan) -> Result<Exit, Error> {
    local::check(world, &plan)?;
    let run = Run::new(new_id(), plan);
    let journal = Journal::create(&world.history().path(run.id()))?;
    go(world, global, run, Start::Fresh, journal).await
}

/// Runs `run` to its end, shows it meanwhile, and tells how it ended.
pub(super) async fn go(
    world: &World,
    global: &GlobalArgs,
    run: Run,
    start: Start,
    journal: Journal,
) -> Result<Exit, Error> {
    let worker = ReleaseWorker {
        plan: Arc::new(run.plan().clone()),
        makers: world.makers.clone(),
        store: Arc::clone(&world.store) as _,
        places: Arc::new(world.places(run.plan())),
    };
    let (commands, asked) = mpsc::channel(4);
    let signals = tokio::spawn(signals::listen(commands));
    world.store.pin(run.id(), &roots(&run))?;
    let pins = Pins(Arc::clone(&world.store));
    let mut observer = ((journal, pins), output(global));
    let run = world.engine(Arc::new(worker)).run(run, start, asked, &mut observer).await;
    signals.abort();
    drop(observer);
    // What became of the run does not depend on how the store is tidied.
    if let Err(failure) = tidy(world, &run).await {
        super::warn(failure);
    }
    show_end(global, &run)?;
    Ok(Exit::of(&run))
}

/// Keeps what an unfinished run needs, and lets go of what a finished one did.
async fn tidy(world: &World, run: &Run) -> Result<(), Failure> {
    if !run.is_complete() {
        return Ok(());
    }
    world.store.unpin(run.id())?;
    world.store.evict(IDLE).await.map(|_| ())
}

/// What must stay in the store until the run is done.
fn roots(run: &Run) -> Vec<Descriptor> {
    run.plan().jobs().iter().filter_map(|job| run.made(job.id)).flatten().cloned().collect()
}

fn output(global: &GlobalArgs) -> Box<dyn Observer> {
    if global.is_json() {
        return Box::new(JsonLines(io::stdout()));
    }
    if global.quiet {
        return Box::new(Silent);
    }
    let colors = global.colors();
    if io::stderr().is_terminal() {
        return Box::new(Live::new(global.verbose, colors));
    }
    Box::new(Text::new(io::stderr(), global.verbose, colors))
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

struct Silent;

impl Observer for Silent {
    fn observe(&mut self, _event: &Event, _run: &Run) {}
}

fn show_end(global: &GlobalArgs, run: &Run) -> Result<(), Error> {
    if global.is_json() {
        return Ok(());
    }
    if !global.quiet {
        show_summary(run, &mut io::stderr())?;
    } else if !run.is_complete() {
        for (job, failure) in run.failures() {
            let doing = run.plan().job(job).map_or_else(String::new, |job| job.work.to_string());
            let error = Error::from(failure.clone().context(doing));
            writeln!(io::stderr(), "{}", error.shown(global.colors()))?;
        }
    }
    let mut out = io::stdout().lock();
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
