//! Which run goes on where none is named: the one unfinished run of this
//! project, if it is also the newest.

use super::{
    history::{named, undone_by},
    run_label::what,
};
use crate::{
    app::wiring::services::Services,
    error::{Error, Exit},
    journal::{History, HistoryEntry, JournalError, RunHead},
    model::{Descriptor, Failure, FailureKind, Side, escape},
    plan::{TagMove, TagTarget, Work},
    run::Run,
};

/// How many runs are listed, and how many tags of each.
const RUNS: usize = 8;
const TAGS: usize = 4;

/// The name of the run that is named, or of the one that can be meant.
pub(crate) fn chosen_run(services: &Services, run: Option<&str>) -> Result<String, Error> {
    run.map_or_else(|| only(services), |name| named(services, name))
}

/// The one unfinished run of this project. Where there are several, or a newer
/// one is done or cannot be read, all are told and none is chosen.
fn only(services: &Services) -> Result<String, Error> {
    let history = services.history();
    let entries = history.entries()?;
    let heads = entries.iter().filter_map(|entry| entry.head.as_ref().ok());
    let undoing: Vec<&RunHead> = heads.filter(|head| head.undoes.is_some()).collect();
    let of_project = |entry: &&HistoryEntry| {
        // What cannot be read and did not begin here may be of this project.
        entry.project.as_ref().is_none_or(|project| project.is(&services.project))
    };
    let here: Vec<&HistoryEntry> = entries.iter().filter(of_project).collect();
    let standing: Vec<Resumability> =
        here.iter().map(|entry| Resumability::of(entry, &undoing)).collect();
    refuse_gone(services, &here, &standing)?;
    let first = standing.iter().position(|standing| *standing == Resumability::Open);
    let is_open_or =
        |other: Resumability| standing.contains(&Resumability::Open) || standing.contains(&other);
    if !is_open_or(Resumability::Unreadable) {
        return Err(
            Error::refused("this project has no unfinished run").hint("castoff runs lists them")
        );
    }
    let newer = first.map_or(&[][..], |first| &standing[first + 1..]);
    let is_in_the_way = |standing: &Resumability| *standing != Resumability::Undone;
    match first {
        Some(first) if !newer.iter().any(is_in_the_way) => Ok(here[first].id.clone()),
        first => {
            let shown = first.unwrap_or_default();
            Err(choice(&history, &here[shown..], &standing[shown..]))
        }
    }
}

/// Fails where the newest run of this project began here, and its journal is
/// gone.
fn refuse_gone(
    services: &Services,
    here: &[&HistoryEntry],
    standing: &[Resumability],
) -> Result<(), Error> {
    let began = services.history().ledger().read()?;
    let newest = began.iter().rfind(|began| began.project.is(&services.project));
    let Some(newest) = newest.filter(|newest| !services.history().path(&newest.run).exists())
    else {
        return Ok(());
    };
    let last = standing.iter().rposition(|standing| *standing == Resumability::Open);
    let older = last.map(|place| here[place]);
    let what = format!("the journal of the newest run, {}, is missing", escape(&newest.run));
    let error = Error::usage(what);
    Err(match older {
        Some(older) => error
            .hint(format!("to resume an older run, name it: castoff resume {}", escape(&older.id))),
        None => error.hint("begin a new run"),
    })
}

/// How a run stands to being gone on with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Resumability {
    Open,
    Done,
    /// It was not finished, and was rolled back or cannot be finished, or is told of
    /// elsewhere.
    Undone,
    Unreadable,
}

impl Resumability {
    fn of(entry: &HistoryEntry, undoing: &[&RunHead]) -> Self {
        match &entry.head {
            // The run that it tells of has its own.
            Err(JournalError::Misnamed { .. }) => Self::Undone,
            Err(_) => Self::Unreadable,
            Ok(head) if head.is_complete() => Self::Done,
            Ok(head) if head.futile => Self::Undone,
            Ok(head) if undone_by(undoing.iter().copied(), &head.run).is_some() => Self::Undone,
            Ok(_) => Self::Open,
        }
    }
}

/// The runs that could be meant, the newest last.
fn choice(history: &History, here: &[&HistoryEntry], standing: &[Resumability]) -> Error {
    let open = standing.iter().filter(|standing| **standing == Resumability::Open).count();
    let what = match (open, standing.contains(&Resumability::Unreadable)) {
        (0 | 1, true) => "the newest run of this project cannot be read".to_owned(),
        (1, false) => "this project has a newer run that is done".to_owned(),
        (count, _) => format!("this project has {count} unfinished runs"),
    };
    let mut failure = Failure::new(FailureKind::Invalid, Side::Local, what);
    let newest_done = standing.iter().rposition(|standing| *standing == Resumability::Done);
    let is_told = |at: usize| match standing[at] {
        Resumability::Open | Resumability::Unreadable => true,
        Resumability::Done => newest_done == Some(at),
        Resumability::Undone => false,
    };
    let told: Vec<&HistoryEntry> =
        here.iter().enumerate().filter(|(at, _)| is_told(*at)).map(|(_, entry)| *entry).collect();
    let (older, told) = told.split_at(told.len().saturating_sub(RUNS));
    failure.causes.extend(told.iter().map(|entry| line(history, entry)));
    if !older.is_empty() {
        failure.causes.push(format!("and {} older", older.len()));
    }
    let failure = failure.hint("list them with castoff runs, and name one: castoff resume RUN");
    Error { exit: Exit::Usage, failures: vec![failure] }
}

/// A run, with what its tags name and would.
fn line(history: &History, entry: &HistoryEntry) -> String {
    let unreadable = |error: &JournalError| {
        let why = Failure::from_error(FailureKind::Storage, Side::Local, error);
        format!("{}  cannot be read: {why}", entry.id)
    };
    let head = match &entry.head {
        Ok(head) => head,
        Err(error) => return unreadable(error),
    };
    let run = match history.read(&head.run) {
        Ok(run) => run,
        Err(error) => return unreadable(&error),
    };
    let (id, standing, what) = (escape(run.id()).to_string(), history.standing(head), what(head));
    let mut tags = tags(&run);
    let more = tags.len().saturating_sub(TAGS);
    tags.truncate(TAGS);
    if more > 0 {
        tags.push(format!("and {more} more"));
    }
    format!("{id}  {standing}  {what}; {}", tags.join(", "))
}

/// What the tags of a run name, and what they would, a line each.
fn tags(run: &Run) -> Vec<String> {
    let tags = run.plan().jobs().iter().filter_map(|job| match &job.work {
        Work::Tag { sink, moves } => Some((sink, moves)),
        _ => None,
    });
    let mut lines = Vec::new();
    for (sink, moves) in tags {
        for tag in moves {
            let name = &tag.name;
            let moved = run.moved_tag(sink, name);
            let seen = run.seen(sink, name);
            let before = match (moved, seen) {
                (Some(moved), _) => shown(moved.before.as_ref(), "new"),
                (None, Some(seen)) => shown(seen.target.as_ref(), "new"),
                (None, None) => "not checked yet",
            };
            let after = target(run, tag);
            let state = if moved.is_some_and(|of| of.confirmed) { " (moved)" } else { "" };
            lines.push(format!("{name} {before} → {after}{state}"));
        }
    }
    lines
}

fn target(run: &Run, tag: &TagMove) -> String {
    match &tag.to {
        TagTarget::Nothing => "removed".to_owned(),
        TagTarget::Content(node) => node.digest.short().to_owned(),
        TagTarget::Job(job) => {
            let made = run.made(*job).and_then(<[_]>::first);
            shown(made, "known after it is prepared").to_owned()
        }
    }
}

fn shown<'d>(named: Option<&'d Descriptor>, none: &'d str) -> &'d str {
    named.map_or(none, |named| named.digest.short())
}
