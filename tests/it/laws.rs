//! Laws of the run's fold and of the journal that feeds it.

use std::{collections::BTreeSet, sync::Arc};

use castoff::{
    model::{Descriptor, Failure, FailureKind, Side, TagName},
    plan::{Job, JobId},
    run::{Bytes, Event, EventKind, JobState, MovedTag, Outcome, Run, Stop},
};
use proptest::prelude::*;

use crate::support::plans::two_platforms;

pub(crate) fn run() -> Run {
    Run::new("law".into(), two_platforms())
}

fn jobs() -> u32 {
    u32::try_from(two_platforms().jobs().len()).unwrap()
}

fn descriptor() -> Descriptor {
    Descriptor::of("a/b", b"content")
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let done =
        Outcome::Done { made: [descriptor()].into(), reused: false, bytes: Bytes::default() };
    prop_oneof![
        Just(done),
        Just(Outcome::Cancelled),
        Just(Outcome::Failed {
            failure: Failure::new(FailureKind::Forbidden, Side::Sink, "no\u{1b}[31m")
        }),
        (0..jobs()).prop_map(|by| Outcome::Blocked { by: JobId(by) }),
    ]
}

fn kind() -> impl Strategy<Value = EventKind> {
    let job = || (0..=jobs()).prop_map(JobId);
    let name = || TagName {
        kind: castoff::model::ArtifactKind::Image,
        repository: "app".parse().unwrap(),
        tag: "1".parse().unwrap(),
    };
    prop_oneof![
        (job(), 1..4_u32).prop_map(|(job, attempt)| EventKind::AttemptStarted { job, attempt }),
        job().prop_map(|job| EventKind::AttemptFailed {
            job,
            failure: Failure::new(FailureKind::Network, Side::Sink, "reset\n\"quoted\""),
            retry_in_ms: 1,
        }),
        (job(), outcome()).prop_map(|(job, outcome)| EventKind::JobFinished { job, outcome }),
        job().prop_map(|job| EventKind::JobReset { job }),
        job().prop_map(move |job| EventKind::TagSigning {
            job,
            name: name(),
            before: None,
            after: Some(descriptor()),
        }),
        job().prop_map(move |job| EventKind::TagMoving {
            job,
            name: name(),
            before: None,
            after: Some(descriptor()),
            beside: Vec::new(),
            rank: None,
        }),
        proptest::option::of(proptest::collection::vec(job(), 0..4)).prop_map(|jobs| {
            EventKind::RunResumed { jobs, by: castoff::model::Publisher::default() }
        }),
        Just(EventKind::StopRequested { stop: Stop::Drain }),
        Just(EventKind::StopRequested { stop: Stop::Cancel }),
    ]
}

/// A history that begins as every one does, and then goes anywhere.
pub(crate) fn history() -> impl Strategy<Value = Vec<Event>> {
    proptest::collection::vec(kind(), 0..40).prop_map(|kinds| {
        let plan = Arc::new(two_platforms());
        let first = EventKind::RunStarted {
            format: castoff::run::FORMAT,
            run: "law".into(),
            plan,
            by: castoff::model::Publisher::default(),
        };
        let events = std::iter::once(first).chain(kinds);
        let at = jiff::Timestamp::UNIX_EPOCH;
        (0..).zip(events).map(|(seq, event)| Event { seq: Some(seq), at, event }).collect()
    })
}

/// Moves without how often they were begun, which counts on.
fn uncounted(run: &Run) -> Vec<MovedTag> {
    run.moved().cloned().map(|moved| MovedTag { begun: 0, ..moved }).collect()
}

proptest! {
    #[test]
    fn every_job_is_counted_once(history in history()) {
        let mut run = run();
        for event in &history {
            run.apply(event);
            let s = run.summary();
            prop_assert_eq!(s.waiting + s.active + s.done + s.failed + s.left, jobs() as usize);
        }
    }

    #[test]
    fn what_is_done_changes_only_when_it_is_reset(history in history()) {
        let mut run = run();
        for event in &history {
            let before: Vec<_> = (0..jobs()).map(|id| run.is_done(JobId(id))).collect();
            run.apply(event);
            let resets = matches!(&event.event, EventKind::JobReset { .. } | EventKind::RunResumed { .. });
            for (id, was_done) in (0..).zip(before) {
                prop_assert!(!was_done || resets || run.is_done(JobId(id)), "job {}", id);
            }
        }
    }

    #[test]
    fn what_may_start_and_what_cannot_any_more_is_what_a_search_finds(history in history()) {
        let mut run = run();
        for event in &history {
            run.apply(event);
            let waits = run.plan().jobs().iter().filter(|job| {
                run.state(job.id) == Some(&JobState::Waiting)
            });
            let waits: Vec<_> = waits.collect();
            let is_ready = |job: &&Job| job.after.iter().all(|on| run.is_done(*on));
            let found = waits.iter().copied().filter(is_ready).map(|job| job.id);
            prop_assert_eq!(run.ready().collect::<BTreeSet<_>>(), found.collect());
            let by = |job: &&Job| job.after.iter().find(|on| run.is_undone(**on)).copied();
            let blocked = waits.iter().find_map(|job| Some((job.id, by(job)?)));
            prop_assert_eq!(run.blocked(), blocked);
            let first = |lane| run.ready().filter(|job| run.lane_of(*job) == lane).min();
            for lane in 0..run.lanes().len() {
                prop_assert_eq!(run.first_ready(lane), first(lane));
            }
        }
    }

    #[test]
    fn a_run_only_stops_harder_until_it_is_resumed(history in history()) {
        let mut run = run();
        for event in &history {
            let before = run.stop();
            run.apply(event);
            let resumed = matches!(event.event, EventKind::RunResumed { .. });
            prop_assert!(resumed || run.stop() >= before);
        }
    }

    #[test]
    fn what_a_tag_named_first_is_what_it_is_put_back_to(history in history()) {
        let mut run = run();
        for event in &history {
            let before = uncounted(&run);
            run.apply(event);
            prop_assert_eq!(&uncounted(&run)[..before.len()], &before[..]);
        }
    }
}

#[test]
fn an_event_of_a_newer_castoff_is_kept_and_not_understood() {
    let line = r#"{"seq":7,"at":"2026-01-01T00:00:00Z","event":{"type":"something_new","job":1}}"#;
    let event: Event = serde_json::from_str(line).unwrap();
    assert_eq!((event.seq, event.event), (Some(7), EventKind::Unknown));
}

#[test]
fn work_of_a_newer_castoff_is_kept_and_shown_and_damage_is_told_apart() {
    let plan = serde_json::to_value(two_platforms()).unwrap();
    let with = |work: serde_json::Value| {
        let mut plan = plan.clone();
        let id = plan["jobs"].as_array().unwrap().len();
        let job = serde_json::json!({ "id": id, "work": work, "after": [0] });
        plan["jobs"].as_array_mut().unwrap().push(job);
        plan
    };
    let approve =
        serde_json::json!({ "kind": "approve", "sink": "hub", "gate": { "by": ["two"] } });
    let text = with(approve.clone());
    let plan: castoff::plan::Plan = serde_json::from_value(text.clone()).unwrap();
    let job = plan.jobs().last().unwrap();
    assert_eq!(job.work.to_string(), "approve → hub");
    assert_eq!(serde_json::to_value(&job.work).unwrap(), approve);
    assert_eq!(serde_json::to_value(&plan).unwrap(), text);
    // Of a kind that is known, and incomplete.
    for damaged in ["push", "tag", "make"] {
        let plan = with(serde_json::json!({ "kind": damaged, "sink": "hub" }));
        assert!(serde_json::from_value::<castoff::plan::Plan>(plan).is_err(), "{damaged}");
    }
}

#[test]
fn a_retried_job_brings_along_what_it_blocked_and_nothing_else() {
    let mut run = run();
    let at = jiff::Timestamp::UNIX_EPOCH;
    let mut tell = |event| run.apply(&Event { seq: None, at, event });
    let failed =
        || Outcome::Failed { failure: Failure::new(FailureKind::Forbidden, Side::Sink, "no") };
    tell(EventKind::JobFinished { job: JobId(0), outcome: failed() });
    tell(EventKind::JobFinished { job: JobId(1), outcome: failed() });
    for job in 2..jobs() {
        tell(EventKind::JobFinished {
            job: JobId(job),
            outcome: Outcome::Blocked { by: JobId(0) },
        });
    }
    tell(EventKind::RunResumed {
        jobs: Some(vec![JobId(0)]),
        by: castoff::model::Publisher::default(),
    });
    assert_eq!(run.state(JobId(0)), Some(&JobState::Waiting));
    assert_eq!(run.state(JobId(2)), Some(&JobState::Waiting));
    assert!(run.is_undone(JobId(1)), "{:?}", run.state(JobId(1)));
}
