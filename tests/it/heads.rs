//! The heads of runs, which lists are made of.

use std::{fs, path::Path};

use castoff::{
    journal::{History, Journal, RunHead},
    model::Publisher,
    plan::JobId,
    run::{Event, EventKind, FORMAT, Outcome, Run, RunLog},
};

use crate::support::plans::two_platforms;

/// The facts of a run that was cut off after its first job.
fn facts(run: &str) -> Vec<Event> {
    let plan = two_platforms().into();
    let kinds = [
        EventKind::RunStarted { format: FORMAT, run: run.into(), plan, by: Publisher::default() },
        EventKind::AttemptStarted { job: JobId(0), attempt: 1 },
        EventKind::JobFinished { job: JobId(0), outcome: Outcome::Cancelled },
    ];
    let at = |seconds| jiff::Timestamp::from_second(seconds).unwrap();
    let event = |(seq, event): (u64, EventKind)| Event {
        seq: Some(seq),
        at: at(i64::try_from(seq).unwrap()),
        event,
    };
    (0..).zip(kinds).map(event).collect()
}

fn write(history: &History, run: &str, facts: &[Event]) {
    let mut journal = Journal::create(&history.path(run)).unwrap();
    for fact in facts {
        journal.append(fact);
    }
}

fn history(folder: &Path) -> History {
    History::new(folder.join("runs"))
}

/// The only head.
fn head(history: &History) -> RunHead {
    let mut heads = history.heads().unwrap();
    assert_eq!(heads.len(), 1);
    heads.remove(0)
}

#[test]
fn a_head_that_is_kept_is_the_one_that_the_journal_tells() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(folder.path());
    write(&history, "one", &facts("one"));
    let read = head(&history);
    assert_eq!(Some(&read), RunHead::of(&Run::replay(&facts("one")).unwrap()).as_ref());
    assert_eq!(head(&history), read);
    history.keep_head(&Run::replay(&facts("one")).unwrap()).unwrap();
    assert_eq!(head(&history), read);
}

#[test]
fn a_list_reads_no_journal_that_has_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(folder.path());
    write(&history, "one", &facts("one"));
    let read = head(&history);
    // Of the same length and age, and no journal any more.
    let path = history.path("one");
    let (length, age) = (fs::metadata(&path).unwrap().len(), modified(&path));
    fs::write(&path, vec![b'x'; usize::try_from(length).unwrap()]).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(age).unwrap();
    assert_eq!(head(&history), read);
}

#[test]
fn a_journal_that_went_on_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(folder.path());
    let all = facts("one");
    write(&history, "one", &all[..2]);
    assert_eq!(head(&history).summary.active, 1);
    let (mut journal, _) = Journal::open(&history.path("one")).unwrap();
    journal.append(&all[2]);
    drop(journal);
    assert_eq!(head(&history).summary.left, 1);
}

#[test]
fn heads_that_are_lost_torn_or_foreign_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(folder.path());
    write(&history, "one", &facts("one"));
    let read = head(&history);
    let heads = folder.path().join("runs.heads");
    let whole = fs::read(&heads).unwrap();
    for cut in 0..whole.len() {
        fs::write(&heads, &whole[..cut]).unwrap();
        assert_eq!(head(&history), read, "cut at byte {cut}");
        assert_eq!(head(&history), read, "after a cut at byte {cut}");
    }
    fs::write(&heads, "{}\nnonsense\n\0").unwrap();
    assert_eq!(head(&history), read);
}

#[test]
fn the_file_of_heads_does_not_grow_with_what_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(folder.path());
    write(&history, "one", &facts("one"));
    let run = Run::replay(&facts("one")).unwrap();
    let heads = folder.path().join("runs.heads");
    for _ in 0..1_000 {
        history.keep_head(&run).unwrap();
    }
    let before = fs::metadata(&heads).unwrap().len();
    history.heads().unwrap();
    assert!(fs::metadata(&heads).unwrap().len() * 100 < before);
}

fn modified(path: &Path) -> std::time::SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}
