//! How fast bytes move, and how long it will take.

use castoff::{plan::JobId, run::JobProgress, tui::model::Pace};
use jiff::{SignedDuration, Timestamp};

use super::at;

const JOB: JobId = JobId(0);

fn after(milliseconds: i64) -> Timestamp {
    at(0).checked_add(SignedDuration::from_millis(milliseconds)).unwrap()
}

/// A job that moved so many bytes in each tenth of a second.
fn moved(tenths: &[u64]) -> (Pace, Timestamp) {
    let mut pace = Pace::default();
    let mut done = 0;
    let mut now = at(0);
    for (tenth, bytes) in (0..).zip(tenths) {
        done += bytes;
        now = after(tenth * 100);
        pace.note(&[JobProgress { job: JOB, done, total: 1 << 30, steps: None }], now);
    }
    (pace, now)
}

fn is_near(rate: f64, expected: f64) -> bool {
    (rate - expected).abs() < expected * 0.05
}

#[test]
fn a_steady_rate_is_told_as_it_is() {
    let (pace, now) = moved(&[1000; 50]);
    assert!(is_near(pace.total(now), 10_000.0), "{}", pace.total(now));
    assert_eq!(pace.left(60_000, now).unwrap().as_secs(), 6);
}

#[test]
fn a_rate_follows_what_changes_within_seconds() {
    let mut tenths = vec![1000; 50];
    tenths.extend([10_000; 150]);
    let (pace, now) = moved(&tenths);
    assert!(is_near(pace.total(now), 100_000.0), "{}", pace.total(now));
}

#[test]
fn what_stands_still_has_no_time_left_to_tell() {
    let (pace, now) = moved(&[1000; 50]);
    let later = now.checked_add(SignedDuration::from_secs(120)).unwrap();
    assert!(pace.total(later) < 1.0);
    assert_eq!(pace.left(1, later), None);
}

#[test]
fn an_attempt_that_begins_again_moves_nothing_backwards() {
    let (mut pace, now) = moved(&[1000; 20]);
    pace.note(&[JobProgress { job: JOB, done: 0, total: 1 << 30, steps: None }], now);
    assert!(pace.total(now) >= 0.0);
    pace.forget(JOB);
    assert_eq!(pace.of(JOB, now), None);
}
