//! The laws of the log of a run, for every adapter: an adapter is an [`Archive`]
//! here, and calls [`log_laws!`].

mod journal;
mod release;

use castoff::run::{Event, EventKind, Run, RunLog};
use futures_util::FutureExt;

use crate::laws;

/// Where one log lies, as an adapter keeps it.
pub(crate) trait Archive {
    /// One with nothing in it.
    fn new() -> Self;
    /// Begins the log.
    fn create(&self) -> Result<Box<dyn RunLog>, Refusal>;
    /// Opens the log to go on with it.
    fn open(&self) -> Result<(Box<dyn RunLog>, Vec<Event>), Refusal>;
    /// What is stored.
    fn stored(&self) -> Vec<u8>;
    /// Replaces what is stored, as a crash or a defect does.
    fn store(&self, bytes: &[u8]);
}

/// Why a log cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Another process has it.
    Busy,
    /// Something in it cannot be read, at this place, from 1.
    Damaged(usize),
    /// Facts before this place are missing.
    Gap(usize),
    Other(String),
}

/// A history with the numbers that the engine gives its facts.
pub(crate) fn numbered(mut history: Vec<Event>) -> Vec<Event> {
    history.retain(|event| event.event.is_fact());
    for (seq, event) in (0..).zip(&mut history) {
        event.seq = Some(seq);
    }
    history
}

fn write(log: &mut dyn RunLog, facts: &[Event]) {
    facts.iter().for_each(|fact| log.append(fact));
}

/// What was told is read back, in its order, and folds to the same run.
pub(crate) fn keeps_what_it_is_told(archive: &impl Archive, history: &[Event]) {
    let mut log = archive.create().unwrap();
    write(&mut *log, history);
    drop(log);
    let (_log, read) = archive.open().unwrap();
    assert_eq!(read, history);
    let mut told = laws::run();
    history.iter().for_each(|event| told.apply(event));
    assert_eq!(Run::replay(&read), Some(told));
}

/// What is durable is stored while the log is still open.
pub(crate) async fn has_stored_what_is_durable(archive: &impl Archive, history: &[Event]) {
    let mut log = archive.create().unwrap();
    for (count, fact) in (1..).zip(history) {
        log.append(fact);
        log.durable().await.unwrap();
        // As a crash would leave it.
        let stored = archive.stored();
        let apart = archive_of(archive, &stored);
        assert_eq!(apart.open().unwrap().1, history[..count]);
    }
}

/// A fact is taken at once, however long the disk takes, and the answer whether
/// it is durable comes later.
pub(crate) fn takes_a_fact_at_once(archive: &impl Archive, history: &[Event]) {
    let mut log = archive.create().unwrap();
    write(&mut *log, history);
    // Asking is no waiting either: an answer that is there is good news.
    assert!(log.durable().now_or_never().is_none_or(|kept| kept.is_ok()));
}

/// Cut at any byte, the log is a whole beginning of what was told; and what is
/// told then follows that, as if nothing had been cut.
pub(crate) fn goes_on_after_a_cut(archive: &impl Archive, history: &[Event], cut: usize) {
    write(&mut *archive.create().unwrap(), history);
    let stored = archive.stored();
    archive.store(&stored[..cut.min(stored.len())]);
    let (mut log, read) = archive.open().unwrap();
    assert!(history.starts_with(&read), "cut at byte {cut}");
    write(&mut *log, &history[read.len()..]);
    drop(log);
    assert_eq!(archive.open().unwrap().1, history, "cut at byte {cut}");
}

/// Whether a fact was cut off by a crash, or is damaged, is told apart: what is
/// damaged is reported with its place.
pub(crate) fn reports_damage(archive: &impl Archive, history: &[Event]) {
    write(&mut *archive.create().unwrap(), history);
    let stored = archive.stored();
    for (place, at) in facts(&stored) {
        let mut damaged = stored.clone();
        damaged[at] = b'#';
        archive.store(&damaged);
        assert_eq!(archive.open().err(), Some(Refusal::Damaged(place)), "fact {place}");
    }
}

/// Facts have the numbers from 0 on. One that is missing is reported.
pub(crate) fn reports_a_gap(archive: &impl Archive, history: &[Event]) {
    for missing in 1..history.len().saturating_sub(1) {
        let mut facts = history.to_vec();
        facts.remove(missing);
        let archive = archive_of(archive, &[]);
        write(&mut *archive.create().unwrap(), &facts);
        assert_eq!(archive.open().err(), Some(Refusal::Gap(missing + 1)), "without {missing}");
    }
}

/// One process has a log at a time, and lets it go with it.
pub(crate) fn has_one_writer(archive: &impl Archive) {
    let log = archive.create().unwrap();
    assert_eq!(archive.open().err(), Some(Refusal::Busy));
    drop(log);
    let again = archive.open().unwrap();
    assert_eq!(archive.open().err(), Some(Refusal::Busy));
    drop(again);
    assert!(archive.open().is_ok());
}

/// A log is begun once.
pub(crate) fn is_begun_once(archive: &impl Archive, history: &[Event]) {
    write(&mut *archive.create().unwrap(), history);
    assert!(matches!(archive.create().err(), Some(Refusal::Other(_))));
    assert_eq!(archive.open().unwrap().1, history);
}

/// Another archive of the same kind that holds `stored`.
fn archive_of<A: Archive>(_: &A, stored: &[u8]) -> A {
    let apart = A::new();
    if !stored.is_empty() {
        apart.store(stored);
    }
    apart
}

/// Each fact's place, from 1, and where its text begins.
fn facts(stored: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let ends = stored.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    (1..).zip([0].into_iter().chain(ends)).take_while(|(_, at)| *at < stored.len())
}

/// A short history of each kind of fact.
pub(crate) fn short() -> Vec<Event> {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let (plan, format) = (laws::run().shared_plan(), castoff::run::FORMAT);
    let first = EventKind::RunStarted {
        format,
        run: "law".into(),
        plan,
        by: castoff::model::Publisher::default(),
    };
    let mut facts = vec![first];
    for job in 0..4 {
        let job = castoff::plan::JobId(job);
        facts.push(EventKind::AttemptStarted { job, attempt: 1 });
        facts.push(EventKind::JobReset { job });
    }
    numbered(facts.into_iter().map(|event| Event { seq: None, at, event }).collect())
}

/// The laws, as tests of an adapter.
macro_rules! log_laws {
    ($adapter:ty) => {
        use crate::run_log::{self, Archive};

        fn archive() -> $adapter {
            <$adapter as Archive>::new()
        }

        proptest::proptest! {
            #![proptest_config(proptest::test_runner::Config::with_cases(64))]

            #[test]
            fn it_keeps_what_it_is_told(history in crate::laws::history()) {
                run_log::keeps_what_it_is_told(&archive(), &run_log::numbered(history));
            }

            #[test]
            fn it_goes_on_after_a_cut_at_any_byte(
                history in crate::laws::history(),
                cut in proptest::prelude::any::<proptest::sample::Index>(),
            ) {
                let history = run_log::numbered(history);
                run_log::goes_on_after_a_cut(&archive(), &history, cut.index(1 << 14));
            }
        }

        #[test]
        fn it_goes_on_after_a_cut_at_every_byte() {
            for cut in 0.. {
                let archive = archive();
                run_log::goes_on_after_a_cut(&archive, &run_log::short(), cut);
                if cut > archive.stored().len() {
                    break;
                }
            }
        }

        #[tokio::test]
        async fn it_has_stored_what_it_calls_durable() {
            run_log::has_stored_what_is_durable(&archive(), &run_log::short()).await;
        }

        #[test]
        fn it_takes_a_fact_at_once() {
            run_log::takes_a_fact_at_once(&archive(), &run_log::short());
        }

        #[test]
        fn it_reports_what_is_damaged_and_drops_nothing() {
            run_log::reports_damage(&archive(), &run_log::short());
        }

        #[test]
        fn it_reports_a_fact_that_is_missing() {
            run_log::reports_a_gap(&archive(), &run_log::short());
        }

        #[test]
        fn it_has_one_writer_at_a_time() {
            run_log::has_one_writer(&archive());
        }

        #[test]
        fn it_is_begun_once() {
            run_log::is_begun_once(&archive(), &run_log::short());
        }
    };
}
pub(crate) use log_laws;
