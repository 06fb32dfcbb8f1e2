//! Past runs: found, taken up again, undone.

use std::{path::Path, sync::Arc};

use super::{
    building, journal_trust, notices,
    run::Task,
    sources, this_machine,
    undo::{refuse_again, refuse_taking, refuse_unread, swept_since, undo},
};
use crate::{
    app::wiring::{project::Workplace, services::Services, signers},
    config::Config,
    engine::{Start, lost_makes, old_checks},
    error::Error,
    journal::{Journal, JournalError, ProjectId, RunHead},
    model::{ArtifactName, ConfigEntry, Digest, Selection, SinkName, escape, nearest},
    plan::{ExpectedTag, JobId, Plan, TagMove, TagTarget, Work},
    run::{Event, EventKind, FORMAT, JobState, Outcome, Run},
};

/// The jobs of `run` that are selected and can be tried again.
pub(crate) fn some_chosen(run: &Run, selection: &Selection) -> Result<Option<Vec<JobId>>, Error> {
    refuse_unknown_names(run, selection)?;
    match chosen(run, selection) {
        jobs if jobs.is_empty() => Err(nothing_chosen(run)),
        jobs => Ok(Some(jobs)),
    }
}

/// Fails where something is selected that the run does not have.
fn refuse_unknown_names(run: &Run, selection: &Selection) -> Result<(), Error> {
    let plan = run.plan();
    let artifacts: Vec<&str> = plan.artifacts.iter().map(|of| of.name.0.as_str()).collect();
    let sinks: Vec<&str> = plan.sinks.iter().map(ConfigEntry::name).collect();
    let all = [("artifact", &selection.artifacts, artifacts), ("sink", &selection.sinks, sinks)];
    for (what, asked, known) in all {
        let Some(name) = asked.iter().find(|name| !known.contains(&name.as_str())) else {
            continue;
        };
        let error = Error::usage(format!("run {} has no {what} `{}`", run.id(), escape(name)));
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", known.join(", ")),
        };
        return Err(error.hint(hint));
    }
    Ok(())
}

fn nothing_chosen(run: &Run) -> Error {
    let id = run.id();
    Error::refused(format!("the selection has no jobs of run {id} that can be retried"))
        .hint(format!("for jobs that wait for others, use castoff resume {id}"))
}

/// What becomes of a run that began in another project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherProject {
    /// It goes on, and that is told.
    Told,
    /// It is refused: keys, sinks and sources have the same names there.
    Refused,
}

/// Takes a past run up again: the jobs that are chosen, or all that are not
/// done.
pub(crate) async fn again(
    services: &Services,
    run: &str,
    other: OtherProject,
    choose: impl FnOnce(&Run) -> Result<Option<Vec<JobId>>, Error>,
) -> Result<Task, Error> {
    if other == OtherProject::Refused {
        refuse_elsewhere(services, run)?;
    }
    let (journal, events, run) = open(services, run)?;
    if run.is_complete() {
        return Err(Error::refused(format!("run {} is done", run.id())));
    }
    if run.format() < FORMAT {
        let what =
            format!("run {} was begun by an earlier castoff, in format {}", run.id(), run.format());
        return Err(Error::refused(what).hint(
            "begin a new run, which sends only what is missing; this one can be rolled back",
        ));
    }
    if let Some(Work::Other(other)) =
        run.plan().jobs().iter().map(|job| &job.work).find(|work| matches!(work, Work::Other(_)))
    {
        let what =
            format!("run {} has work of a kind that this castoff does not know: {other}", run.id());
        return Err(Error::refused(what).hint("use the version of castoff that began it"));
    }
    if let Some(by) = undone_by(&services.history().heads()?, run.id()) {
        return Err(Error::refused(format!("run {} was rolled back by run {by}", run.id()))
            .hint("begin a new run, which sends only what is missing"));
    }
    this_machine::refuse_read_only(run.plan(), &services.known.config)?;
    let jobs = choose(&run)?;
    let lost = lost_makes(&run, &*services.store).await?;
    sources::verify(services, &run, &lost).await?;
    // What had to be made to be compared is in the store again.
    let lost = lost_makes(&run, &*services.store).await?;
    building::ready(services, &run).await?;
    let checks = old_checks(&run);
    let signers = signers::open(services, &without(&run, &checks)).await?;
    let start = Start::Resume { jobs, again: [lost, checks].concat() };
    let mut notes = notices::told(services, &run).await;
    notes.extend(elsewhere(services, run.id()));
    Ok(Task { run, start, log: Box::new(journal), signers, events, held: None, notes })
}

/// The run as it is once `jobs` are to be done again.
fn without(run: &Run, jobs: &[JobId]) -> Run {
    let mut run = run.clone();
    for job in jobs {
        let event = EventKind::JobReset { job: *job };
        run.apply(&Event { seq: None, at: crate::app::wiring::clock::now(), event });
    }
    run
}

/// The jobs that are selected and not done. One that waits for its platform
/// to be prepared brings that along.
fn chosen(run: &Run, selection: &Selection) -> Vec<JobId> {
    let is_chosen = |work: &Work| {
        let artifact =
            work.artifact().is_some_and(|ArtifactName(name)| selection.artifacts.contains(name));
        let platform = work
            .platform()
            .is_some_and(|of| selection.platforms.iter().any(|asked| of.matches(asked)));
        let sink = work.sink().is_some_and(|SinkName(name)| selection.sinks.contains(name));
        (selection.artifacts.is_empty() || artifact)
            && (selection.platforms.is_empty() || platform)
            && (selection.sinks.is_empty() || sink)
    };
    let mut jobs = Vec::new();
    for job in run.plan().jobs().iter().filter(|job| is_chosen(&job.work)) {
        match run.state(job.id) {
            Some(JobState::Finished(Outcome::Done { .. })) | None => {}
            Some(JobState::Finished(Outcome::Blocked { by })) => jobs.extend(unprepared(run, *by)),
            Some(_) => jobs.push(job.id),
        }
    }
    jobs.sort();
    jobs.dedup();
    jobs
}

/// The make that a job is blocked by in the end, if it is one.
fn unprepared(run: &Run, mut by: JobId) -> Option<JobId> {
    while let Some(JobState::Finished(Outcome::Blocked { by: deeper })) = run.state(by) {
        by = *deeper;
    }
    matches!(run.plan().job(by)?.work, Work::Make { .. }).then_some(by)
}

/// A run that puts the tags of another back. No other process can go on with that one
/// meanwhile.
pub(crate) async fn undoing(services: &Services, run: &str) -> Result<Task, Error> {
    let (journal, _, run) = open(services, run)?;
    let plan = planned(services, &run)?;
    undone(services, &run, journal, plan).await
}

/// The same, where `plan` was shown before.
pub(crate) async fn undoing_as(services: &Services, run: &str, plan: Plan) -> Result<Task, Error> {
    let (journal, _, run) = open(services, run)?;
    if planned(services, &run)? != plan {
        return Err(Error::conflict(format!("run {} has changed since this was shown", run.id()))
            .hint("nothing was done; check what it has moved by now, and confirm again"));
    }
    undone(services, &run, journal, plan).await
}

/// The plan that puts the tags of a run back, unless a newer run has them.
fn planned(services: &Services, run: &Run) -> Result<Plan, Error> {
    let history = services.history();
    let entries = history.entries()?;
    refuse_unread(run, &entries)?;
    let heads: Vec<RunHead> = entries.into_iter().filter_map(|entry| entry.head.ok()).collect();
    refuse_again(run, &heads)?;
    refuse_taking(run, &heads, &history)?;
    undo(run, &swept_since(run, &heads, &history)?, &services.store)
}

async fn undone(
    services: &Services,
    run: &Run,
    journal: Journal,
    plan: Plan,
) -> Result<Task, Error> {
    let mut task = Task { held: Some(Box::new(journal)), ..Task::new(services, plan).await? };
    task.notes.extend(elsewhere(services, run.id()));
    Ok(task)
}

/// What the rollback of a run would have each tag name, a line each.
pub(crate) fn put_back(services: &Services, run: &str) -> Result<(Vec<String>, Plan), Error> {
    let (_, _, run) = open(services, run)?;
    let plan = planned(services, &run)?;
    let line = |(sink, tag): (&SinkName, &TagMove)| {
        let now =
            tag.expected.as_ref().and_then(ExpectedTag::digest).map_or("nothing", Digest::short);
        let then = match &tag.to {
            TagTarget::Content(node) => node.digest.short(),
            _ => "removed",
        };
        format!("{} at {sink}: {now} → {then}", tag.name)
    };
    let lines = plan.moves().map(line).collect();
    Ok((lines, plan))
}

/// Locks the journal of the run of this name, without which nothing is known of
/// how the run stands, and refuses what it may not decide.
fn open(services: &Services, run: &str) -> Result<(Journal, Vec<Event>, Run), Error> {
    let path = services.history().path(run);
    let (journal, mut events) = Journal::open(&path)?;
    let config = configuration_of(services, run)?;
    let lacking = journal_trust::resolve(&mut events, &config);
    let named = run;
    let run = Run::replay(&events).ok_or_else(|| JournalError::Empty(path.clone()))?;
    if run.id() != named {
        return Err(JournalError::Misnamed { path, run: run.id().to_owned() }.into());
    }
    journal_trust::refuse_unknown(services, &run, (&config, &lacking))?;
    Ok((journal, events, run))
}

/// The configuration of the project that a run is of, where it began on this
/// machine; otherwise the one at hand.
fn configuration_of(services: &Services, run: &str) -> Result<Arc<Config>, Error> {
    let began = services.history().ledger().find(run)?;
    let elsewhere = began.filter(|began| !began.project.is(&services.project));
    let file = elsewhere.and_then(|began| Some((began.project.root, began.project.project?)));
    match file.filter(|(_, file)| file.is_file()) {
        Some((folder, file)) => {
            let environment = services.environment.clone();
            Ok(Workplace { folder, config: Some(file), environment }.known()?.config)
        }
        None => Ok(Arc::clone(&services.known.config)),
    }
}

/// The whole name of the run with a name that begins with `name`.
pub(crate) fn named(services: &Services, name: &str) -> Result<String, Error> {
    if name.is_empty() {
        return Err(
            Error::usage("the name of the run is empty").hint("castoff runs lists the runs")
        );
    }
    let history = services.history();
    match &history.names(name)?[..] {
        [run] => Ok(run.clone()),
        [] => Err(Error::refused(format!("no run's name begins with `{}`", escape(name)))
            .hint("castoff runs lists them")),
        runs => {
            /// How many are listed, the newest.
            const LISTED: usize = 8;
            let count = runs.len();
            let what = format!("the names of {count} runs begin with `{}`", escape(name));
            let newest = runs.iter().rev().take(LISTED).map(|run| escape(run).to_string());
            let newest: Vec<String> = newest.collect();
            Err(Error::usage(what).hint(format!("name one of them: {}", newest.join(", "))))
        }
    }
}

/// The run that put back tags that `run` had moved, if one did.
pub(crate) fn undone_by<'r>(
    heads: impl IntoIterator<Item = &'r RunHead>,
    run: &str,
) -> Option<&'r str> {
    let undoes = |head: &&RunHead| head.undoes.as_deref() == Some(run) && head.has_moved;
    heads.into_iter().find(undoes).map(|head| head.run.as_str())
}

/// That a run is of another project than this one.
pub(crate) fn elsewhere(services: &Services, run: &str) -> Option<String> {
    let began = services.history().ledger().find(run).ok()??;
    let is_here = began.project.is(&services.project);
    let ProjectId { project, root } = &began.project;
    let other = project.as_ref().filter(|_| *root == services.project.root);
    let from = match other {
        Some(file) => format!("with {}", shown(file)),
        None => format!("in {}", shown(root)),
    };
    (!is_here).then(|| format!("run {run} began {from}"))
}

/// Fails where a run is of another project than this one, since the keys, sinks and
/// sources have the same names.
pub(crate) fn refuse_elsewhere(services: &Services, run: &str) -> Result<(), Error> {
    let refused = |why: String| Err(Error::refused(why).hint("start castoff in that folder"));
    elsewhere(services, run).map_or(Ok(()), refused)
}

/// A path, for people.
pub(crate) fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).to_string()
}
