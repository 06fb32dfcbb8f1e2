//! The run loop, with a worker that does as it is told and a clock that waits
//! for nobody.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use castoff::{
    engine::{Engine, Inputs, JobDone, Limits, Start, Teller, Worker},
    error::Exit,
    journal::Journal,
    model::{Descriptor, Failure, FailureKind, Joining, Side},
    net::{Patience, Random},
    plan::{Job, JobId, Plan, Work},
    ports::Desk,
    run::{Command, Durable, Event, EventKind, JobState, Observer, Outcome, Run, RunLog, Stop},
};
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::support::plans::two_platforms;

/// What an attempt is told to do instead of succeeding.
#[derive(Clone, Debug)]
enum Order {
    Fail(FailureKind),
    Wait(Duration),
    MoveThenFail,
    Panic,
    Hang,
}

/// Follows its orders job by job, then succeeds.
#[derive(Default)]
struct Scripted(Mutex<HashMap<JobId, VecDeque<Order>>>);

#[async_trait]
impl Worker for Scripted {
    async fn attempt(
        &self,
        job: &Job,
        _: &Inputs,
        desk: &Desk,
        teller: &Teller,
    ) -> Result<JobDone, Failure> {
        let order = self.0.lock().unwrap().get_mut(&job.id).and_then(VecDeque::pop_front);
        let fail = |kind| Failure::new(kind, Side::Sink, format!("{kind:?}"));
        match order {
            Some(Order::Fail(kind)) => Err(fail(kind)),
            Some(Order::Wait(wait)) => Err(fail(FailureKind::RateLimited).retry_after(Some(wait))),
            Some(Order::MoveThenFail) => {
                desk.meter.advance(1);
                Err(fail(FailureKind::Network))
            }
            Some(Order::Panic) => panic!("told to"),
            Some(Order::Hang) => std::future::pending().await,
            None => {
                if let Work::Tag { moves, .. } = &job.work {
                    for tag in moves {
                        let (name, before, after) = (tag.name.clone(), None, Some(made()));
                        let (beside, rank) = (Vec::new(), None);
                        let moving =
                            EventKind::TagMoving { job: job.id, name, before, after, beside, rank };
                        teller.tell_moving(vec![moving]).await?;
                        let (job, name, target) = (job.id, tag.name.clone(), Some(made()));
                        let changed = true;
                        teller.tell(EventKind::TagMoved { job, name, target, changed }).await;
                    }
                }
                Ok(JobDone { made: vec![made()], ..JobDone::default() })
            }
        }
    }
}

fn made() -> Descriptor {
    Descriptor::of("application/vnd.oci.image.manifest.v1+json", b"{}")
}

/// Keeps what happened, in short.
#[derive(Default)]
struct Story(Vec<String>);

impl Observer for Story {
    fn observe(&mut self, event: &Event, run: &Run) {
        let work = |job: &JobId| run.plan().job(*job).unwrap().work.to_string();
        self.0.push(match &event.event {
            EventKind::AttemptStarted { job, attempt } => {
                format!("{}: attempt {attempt}", work(job))
            }
            EventKind::AttemptFailed { job, failure, .. } => {
                format!("{}: {failure}, again", work(job))
            }
            EventKind::JobFinished { job, outcome: Outcome::Done { .. } } => {
                format!("{}: done", work(job))
            }
            EventKind::JobFinished { job, outcome: Outcome::Failed { failure } } => {
                format!("{}: failed: {failure}", work(job))
            }
            EventKind::JobFinished { job, outcome: Outcome::Blocked { by } } => {
                format!("{}: blocked by {}", work(job), work(by))
            }
            EventKind::JobFinished { job, outcome: Outcome::Cancelled } => {
                format!("{}: cancelled", work(job))
            }
            EventKind::JobReset { job } => format!("{}: again", work(job)),
            _ => return,
        });
    }
}

fn engine(orders: &[(&str, &[Order])]) -> Engine {
    let plan = two_platforms();
    let id = |name: &str| plan.jobs().iter().find(|job| job.work.to_string() == name).unwrap().id;
    let orders = orders.iter().map(|(name, orders)| (id(name), orders.iter().cloned().collect()));
    Engine {
        worker: Arc::new(Scripted(Mutex::new(orders.collect()))),
        patience: Patience { attempts: 3, ..Patience::usual(Random::Fixed(0)) },
        limits: Limits { make: 1, sink: 1 },
        by: castoff::model::Publisher::default(),
        now: || Timestamp::UNIX_EPOCH,
    }
}

fn fresh() -> Run {
    Run::new("test".into(), two_platforms())
}

async fn batch(engine: Engine) -> (Run, String) {
    let mut story = Story::default();
    let (_commands, mut asked) = mpsc::channel(1);
    let run =
        engine.run(fresh(), Start::Fresh, &mut asked, &mut Full(usize::MAX), &mut story).await;
    (run, story.0.join("\n"))
}

const PUSH_ARM: &str = "push app linux/arm64 → hub";
const CHECK: &str = "check hub";
const TAG: &str = "tag hub";

#[tokio::test(start_paused = true)]
async fn a_release_goes_children_first_and_tags_last() {
    let (run, story) = batch(engine(&[])).await;
    assert!(run.is_complete());
    insta::assert_snapshot!(story);
}

#[tokio::test(start_paused = true)]
async fn one_platforms_failure_blocks_its_index_and_the_tags_and_nothing_else() {
    let (run, story) = batch(engine(&[(PUSH_ARM, &[Order::Fail(FailureKind::Forbidden)])])).await;
    assert!(!run.has_moved());
    insta::assert_snapshot!(story);
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_tried_again_up_to_the_limit() {
    let server = Order::Fail(FailureKind::Server);
    let (run, _) = batch(engine(&[(PUSH_ARM, &[server.clone(), server.clone()])])).await;
    assert!(run.is_complete());
    let (run, _) = batch(engine(&[(PUSH_ARM, &[server.clone(), server.clone(), server])])).await;
    assert_eq!(run.failures().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn bytes_that_were_sent_are_no_progress() {
    let orders = vec![Order::MoveThenFail; 3];
    let (run, _) = batch(engine(&[(PUSH_ARM, &orders)])).await;
    assert_eq!(run.failures().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_put_off_waits_as_long_as_it_was_told_and_does_not_count() {
    let orders = vec![Order::Wait(Duration::from_mins(1)); 10];
    let began = tokio::time::Instant::now();
    let (run, _) = batch(engine(&[(PUSH_ARM, &orders)])).await;
    assert!(run.is_complete());
    assert!(began.elapsed() >= Duration::from_mins(10), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_a_server_asks_for_is_bounded() {
    let began = tokio::time::Instant::now();
    let (run, _) =
        batch(engine(&[(PUSH_ARM, &[Order::Wait(Duration::from_secs(999_999_999))])])).await;
    // What would take a day is left to a resume.
    assert!(!run.is_complete());
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
    let orders = vec![Order::Wait(Duration::from_mins(10)); 10];
    let began = tokio::time::Instant::now();
    let (run, _) = batch(engine(&[(PUSH_ARM, &orders)])).await;
    assert!(!run.is_complete());
    assert!(began.elapsed() < Duration::from_mins(40), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_panic_fails_its_own_job_only() {
    let (run, _) = batch(engine(&[(PUSH_ARM, &[Order::Panic])])).await;
    let (_, failure) = run.failures().next().unwrap();
    assert_eq!((failure.kind, failure.causes[0].as_str()), (FailureKind::Internal, "told to"));
    assert_eq!(run.failures().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_waits_for_its_next_attempt_holds_no_permit() {
    let (_, story) =
        batch(engine(&[("prepare app linux/amd64", &[Order::Fail(FailureKind::Server)])])).await;
    let place = |line: &str| story.find(line).unwrap_or_else(|| panic!("{line} in {story}"));
    assert!(
        place("prepare app linux/arm64: done") < place("prepare app linux/amd64: attempt 2"),
        "{story}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_check_that_misses_content_has_it_pushed_again_before_any_tag_moves() {
    let (run, story) = batch(engine(&[(CHECK, &[Order::Fail(FailureKind::NotFound)])])).await;
    assert!(run.is_complete());
    assert_eq!(story.matches("index app → hub: done").count(), 2, "{story}");
    assert_eq!(story.matches("tag hub: done").count(), 1, "{story}");
}

#[tokio::test(start_paused = true)]
async fn an_index_that_others_overtook_is_joined_again_up_to_a_limit() {
    for (conflicts, exit) in [(5, Exit::Done), (6, Exit::Conflict)] {
        let orders = vec![Order::Fail(FailureKind::Conflict); conflicts];
        let mut parts = two_platforms().into_parts();
        parts.artifacts[0].joining = Joining::Merged;
        let plan = Plan::new(parts).unwrap();
        let run = Run::new("fresh".into(), plan);
        let mut story = Story::default();
        let (_commands, mut asked) = mpsc::channel(1);
        let engine = engine(&[("tag hub", &orders)]);
        let run =
            engine.run(run, Start::Fresh, &mut asked, &mut Full(usize::MAX), &mut story).await;
        assert_eq!(Exit::of(&run), exit);
        let told = |line: &str| story.0.iter().filter(|told| *told == line).count();
        assert_eq!(told("index app → hub: done"), 6);
        assert_eq!(told("check hub: done"), 6);
        assert_eq!(told("push app linux/amd64 → hub: done"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_over_an_index_that_is_all_ours_is_told_at_once() {
    let orders = [Order::Fail(FailureKind::Conflict)];
    let (run, story) = batch(engine(&[("tag hub", &orders)])).await;
    assert_eq!(Exit::of(&run), Exit::Conflict);
    assert!(!story.contains(": again"), "{story}");
}

#[tokio::test(start_paused = true)]
async fn draining_starts_nothing_new_and_cancelling_drops_what_hangs() {
    for stop in [Stop::Drain, Stop::Cancel] {
        let (commands, mut asked) = mpsc::channel(2);
        let hang: &[Order] =
            if stop == Stop::Cancel { &[Order::Hang] } else { &[Order::Fail(FailureKind::Server)] };
        let mut story = Story::default();
        let engine = engine(&[("prepare app linux/amd64", hang)]);
        let user = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            commands.send(Command::Stop(stop)).await.unwrap();
        };
        let mut log = Full(usize::MAX);
        let (run, ()) =
            tokio::join!(engine.run(fresh(), Start::Fresh, &mut asked, &mut log, &mut story), user);
        assert_eq!(run.state(JobId(0)), Some(&JobState::Finished(Outcome::Cancelled)), "{stop:?}");
        assert!(!run.has_moved());
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_while_tags_move_lets_them_all_move() {
    let (commands, mut asked) = mpsc::channel(2);
    let mut story = Story::default();
    let engine = engine(&[(TAG, &[Order::Fail(FailureKind::Server)])]);
    let user = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        commands.send(Command::Stop(Stop::Drain)).await.unwrap();
    };
    let mut log = Full(usize::MAX);
    let (run, ()) =
        tokio::join!(engine.run(fresh(), Start::Fresh, &mut asked, &mut log, &mut story), user);
    assert!(run.is_complete(), "{}", story.0.join("\n"));
}

/// A journal with room for so many more facts.
struct Full(usize);

impl RunLog for Full {
    fn append(&mut self, _: &Event) {
        self.0 = self.0.saturating_sub(1);
    }

    fn durable(&mut self) -> Durable {
        let full = || Failure::new(FailureKind::Storage, Side::Local, "no space");
        let answer = (self.0 > 0).then_some(()).ok_or_else(full);
        Box::pin(std::future::ready(answer))
    }
}

#[tokio::test(start_paused = true)]
async fn no_tag_moves_when_the_journal_cannot_be_written() {
    let (_commands, mut asked) = mpsc::channel(1);
    let run = engine(&[])
        .run(fresh(), Start::Fresh, &mut asked, &mut Full(2), &mut Story::default())
        .await;
    let (job, failure) = run.failures().next().unwrap();
    assert_eq!(
        (run.plan().job(job).unwrap().work.to_string().as_str(), failure.kind),
        (TAG, FailureKind::Storage)
    );
    assert!(!run.has_moved(), "nothing was asked of a sink");
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_where_the_journal_cannot_be_begun() {
    let (_commands, mut asked) = mpsc::channel(1);
    let run = engine(&[])
        .run(fresh(), Start::Fresh, &mut asked, &mut Full(1), &mut Story::default())
        .await;
    assert!(run.plan().jobs().iter().all(|job| run.is_undone(job.id)));
    assert_eq!(Exit::of(&run), Exit::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_run_cut_off_at_any_byte_resumes_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let orders: &[(&str, &[Order])] = &[(PUSH_ARM, &[Order::Fail(FailureKind::Server)])];
    let mut journal = Journal::create(&path).unwrap();
    let (_commands, mut asked) = mpsc::channel(1);
    let whole = engine(orders)
        .run(fresh(), Start::Fresh, &mut asked, &mut journal, &mut Story::default())
        .await;
    drop(journal);
    let bytes = std::fs::read(&path).unwrap();
    // Between two newlines a cut anywhere leaves the same whole lines.
    let newlines = (0..bytes.len()).filter(|&at| bytes[at] == b'\n').map(|at| at + 1);
    let mut lines = 0;
    for cut in (0..=bytes.len()).rev() {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let whole = newlines.clone().filter(|&end| end <= cut).count();
        assert_eq!(Journal::open(&path).unwrap().1.len(), whole, "cut at byte {cut}");
        lines = lines.max(whole);
    }
    assert!(lines > 20);
    for cut in newlines.flat_map(|end| [end - 1, end]).chain([0, 1]) {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let (mut journal, events) = Journal::open(&path).unwrap();
        let (run, start) = match Run::replay(&events) {
            Some(run) => (run, Start::Resume { jobs: None, again: Vec::new() }),
            None => (fresh(), Start::Fresh),
        };
        let (_commands, mut asked) = mpsc::channel(1);
        let run =
            engine(orders).run(run, start, &mut asked, &mut journal, &mut Story::default()).await;
        assert!(run.is_complete(), "cut at byte {cut}");
        assert!(run.moved().eq(whole.moved()), "cut at byte {cut}");
        drop(journal);
        let told = Run::replay(&Journal::read(&path).unwrap()).unwrap();
        assert_eq!(told, run, "cut at byte {cut}");
    }
}
