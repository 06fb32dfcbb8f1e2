//! Runs a plan with its journal, and with its content kept in the store.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{building, journal_trust, this_machine};
use crate::{
    app::wiring::{services::Services, signers},
    engine::{ReleaseWorker, Signers, Start},
    error::Error,
    journal::{Began, Journal, Outputs},
    model::{Descriptor, Failure},
    net::Random,
    plan::Plan,
    run::{Command, Event, EventKind, Observer, Outcome, Run, RunLog},
    store::Store,
};

/// How long content stays in the store at least after it was used.
const IDLE: Duration = Duration::from_hours(1);

/// A run that is ready to be run.
pub(crate) struct Task {
    pub(crate) run: Run,
    pub(crate) start: Start,
    /// Keeps what happens in it.
    pub(crate) log: Box<dyn RunLog>,
    /// Its signers, with their keys open.
    pub(crate) signers: Signers,
    /// What happened in it before.
    pub(crate) events: Vec<Event>,
    /// The log of another run, which no other process may take up meanwhile.
    pub(crate) held: Option<Box<dyn RunLog>>,
    /// What is worth knowing before it goes on.
    pub(crate) notes: Vec<String>,
}

impl Task {
    /// A new run of `plan`, which this machine has room for.
    pub(crate) async fn new(services: &Services, plan: Plan) -> Result<Self, Error> {
        this_machine::check(services, &plan)?;
        this_machine::refuse_read_only(&plan, &services.known.config)?;
        let given = journal_trust::given(&services.known, &plan)?;
        let plan = plan.naming(&*services.known.config);
        let run = Run::new(free_id(services), plan);
        let ready = building::ready(services, &run).await;
        let signers = match ready {
            Ok(()) => signers::open(services, &run).await,
            Err(error) => Err(error),
        };
        // A run that does not begin is not tried again.
        let signers = signers.inspect_err(|_| services.forget_secrets(&run))?;
        let project = services.project.clone();
        services.history().ledger().append(&Began { run: run.id().to_owned(), project, given })?;
        let journal = Journal::create(&services.history().path(run.id()))?;
        Ok(Self {
            run,
            start: Start::Fresh,
            log: Box::new(journal),
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
    services: &Services,
    Task { run, start, mut log, signers, held: _held, .. }: Task,
    asked: &mut mpsc::Receiver<Command>,
    shown: impl Observer,
) -> Result<(Run, Option<Failure>), Error> {
    let is_fresh = start == Start::Fresh;
    let places = services.places(run.plan()).held_by(run.id());
    let places = Arc::new(match start {
        Start::Fresh => places,
        Start::Resume { .. } => places.taking_over(run.plan()),
    });
    let worker = ReleaseWorker {
        plan: run.shared_plan(),
        makers: services.makers.clone(),
        store: Arc::clone(&services.store) as _,
        places: Arc::clone(&places) as _,
        signers,
        random: services.network.random(),
    };
    services.store.pin(run.id(), &roots(&run))?;
    let pins = RunPins(Arc::clone(&services.store));
    let outputs = Outputs::beside(&services.history().path(run.id()));
    let mut observer = ((outputs, pins), shown);
    let engine = services.engine(Arc::new(worker));
    let run = engine.run(run, start, asked, &mut *log, &mut observer).await;
    drop((log, observer));
    if is_fresh && !run.has_begun() {
        // What stays in the way of a resume is told by the failures of the run.
        let _ = services.history().forget(run.id());
        services.store.unpin(run.id())?;
        return Ok((run, places.let_go().await.err()));
    }
    if let Err(error) = services.history().keep_head(&run) {
        // A list reads the journal then.
        tracing::debug!(%error, "the summary of the run cannot be written");
    }
    let untidy = places.let_go().await.and(tidy(services, &run).await).err();
    Ok((run, untidy))
}

/// Keeps what an unfinished run needs, and lets go of what a finished one did.
async fn tidy(services: &Services, run: &Run) -> Result<(), Failure> {
    if !run.is_complete() {
        return Ok(());
    }
    services.forget_secrets(run);
    services.store.unpin(run.id())?;
    services.store.evict(IDLE).await.map(|_| ())
}

/// What must stay in the store until the run is done.
fn roots(run: &Run) -> Vec<Descriptor> {
    run.plan().jobs().iter().filter_map(|job| run.made(job.id)).flatten().cloned().collect()
}

/// Keeps in the store what a run has made, until the run is done.
struct RunPins(Arc<Store>);

impl Observer for RunPins {
    fn observe(&mut self, event: &Event, run: &Run) {
        if let EventKind::JobFinished { outcome: Outcome::Done { made, .. }, .. } = &event.event
            && !made.is_empty()
            && let Err(failure) = self.0.pin_more(run.id(), made)
        {
            // What is lost is made again.
            tracing::warn!(%failure, "content cannot be protected in the store");
        }
    }
}

/// A name that no run has here. Of runs that begin at the same moment under the
/// same name, all but one are refused by their journal.
fn free_id(services: &Services) -> String {
    let (history, random) = (services.history(), services.network.random());
    let mut ids = std::iter::repeat_with(|| new_id(random)).take(64);
    ids.find(|id| !history.path(id).exists()).unwrap_or_else(|| new_id(random))
}

/// Names a run after its time, so that names sort; the end tells apart what
/// begins in one second.
fn new_id(random: Random) -> String {
    let end = random.number() & 0xffff;
    format!("{}-{end:04x}", crate::app::wiring::clock::now().strftime("%Y%m%d-%H%M%S"))
}
