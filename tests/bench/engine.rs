//! What the run loop costs: `cargo bench --bench engine`.
//!
//! Plans of 100 to 50,000 jobs are run by a worker that does nothing, so that
//! all that is measured is the loop, the fold and what they keep: a release of
//! several artifacts for 4 platforms to 5 sinks. Prints figures and passes or
//! fails nothing. The target: time and memory for each job grow by at most 1.3
//! from 1,000 to 50,000 jobs.
#![expect(clippy::unwrap_used, reason = "a benchmark that panics has no figures")]
#![expect(clippy::print_stdout, reason = "its figures are its output")]

use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use castoff::{
    engine::{Engine, Inputs, JobDone, Limits, Start, Teller, Worker},
    model::{
        ArtifactKind, Descriptor, Joining, Origin, Platform, Release, ReleaseArtifact,
        ReleasePlatform, ReleaseTag, SinkSpec,
    },
    net::{Patience, Random},
    plan::{Job, Plan, Work, plan},
    ports::Desk,
    run::{Durable, Event, EventKind, Observer, Run, RunLog},
};
use jiff::Timestamp;
use tokio::sync::mpsc;

const SIZES: [usize; 4] = [100, 1_000, 10_000, 50_000];
const PLATFORMS: [&str; 4] = ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/riscv64"];
const SINKS: usize = 5;
/// How often each size is run; the fastest counts.
const TIMES: usize = 5;

fn main() {
    // The sizes are run in processes of their own, so that each has a peak.
    let mut arguments = std::env::args().skip(1);
    if let Some(size) = arguments.find_map(|argument| argument.parse().ok()) {
        return measure(size);
    }
    println!("{:>8}{:>12}{:>14}{:>14}", "jobs", "time", "µs a job", "bytes a job");
    for size in SIZES {
        let this = std::env::current_exe().unwrap();
        let runs = (0..TIMES).map(|_| {
            let told = Command::new(&this).arg(size.to_string()).output().unwrap();
            let told = String::from_utf8(told.stdout).unwrap();
            let mut words = told.split_whitespace().map(|word| word.parse::<f64>().unwrap());
            (words.next().unwrap(), words.next().unwrap(), words.next().unwrap())
        });
        let fastest = runs.min_by(|one, other| one.1.total_cmp(&other.1));
        let (jobs, seconds, bytes) = fastest.unwrap();
        let time = Duration::from_secs_f64(seconds);
        println!("{jobs:>8}{time:>12.2?}{:>14.2}{:>14.0}", seconds * 1e6 / jobs, bytes / jobs);
    }
}

/// Prints the jobs of one run, its seconds, and the bytes that it took at most.
fn measure(size: usize) {
    let plan = of_size(size);
    let jobs = plan.jobs().len();
    let before = resident("VmRSS:");
    let began = Instant::now();
    let run = Run::new("bench".to_owned(), plan);
    let engine = Engine {
        worker: Arc::new(Idle),
        patience: Patience::usual(Random::Fixed(0)),
        limits: Limits { make: 4, sink: 4 },
        by: castoff::model::Publisher::default(),
        now: || Timestamp::UNIX_EPOCH,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (_commands, mut asked) = mpsc::channel(1);
    let mut log = Forgets;
    let run = runtime.block_on(engine.run(run, Start::Fresh, &mut asked, &mut log, &mut Forgets));
    let seconds = began.elapsed().as_secs_f64();
    assert!(run.is_complete());
    println!("{jobs} {seconds} {}", resident("VmHWM:") - before);
}

/// A figure of this process, in bytes.
fn resident(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// The plan of a release with about so many jobs.
fn of_size(jobs: usize) -> Plan {
    let sinks: Vec<SinkSpec> = (0..SINKS)
        .map(|sink| {
            let url = format!("docker://registry-{sink}.example.org");
            SinkSpec::new(format!("hub{sink}").as_str().into(), url.parse().unwrap())
        })
        .collect();
    let each = PLATFORMS.len() * (SINKS + 1) + SINKS;
    let artifact = |number: usize| {
        let name = format!("app{number}");
        let platform =
            |text: &&str| ReleasePlatform::of_files(text.parse::<Platform>().unwrap(), Vec::new());
        ReleaseArtifact {
            name: name.as_str().into(),
            kind: ArtifactKind::Image,
            from: Origin::Archives(format!("/project/{name}").into()),
            platforms: PLATFORMS.iter().map(platform).collect(),
            stages: Vec::new(),
            shares: None,
            index: None,
            tags: vec![ReleaseTag {
                tag: "1.0".parse().unwrap(),
                immutable: false,
                versioned: true,
            }],
            sinks: sinks.iter().map(|sink| (sink.name.clone(), name.parse().unwrap())).collect(),
            signers: Vec::new(),
            joining: Joining::Whole,
            elsewhere: Vec::new(),
            also: Vec::new(),
            left_out: Vec::new(),
        }
    };
    let artifacts = (0..jobs.div_ceil(each)).map(artifact).collect();
    let root = "/project".into();
    plan(&Release { root, artifacts, sinks, signers: Vec::new() }, false).unwrap()
}

/// Does every job at once.
struct Idle;

#[async_trait]
impl Worker for Idle {
    async fn attempt(
        &self,
        job: &Job,
        inputs: &Inputs,
        _: &Desk,
        teller: &Teller,
    ) -> Result<JobDone, castoff::model::Failure> {
        if let Work::Tag { moves, .. } = &job.work {
            for tag in moves {
                let (job, name, changed) = (job.id, tag.name.clone(), true);
                let after = inputs.made.values().next().and_then(|made| made.first()).cloned();
                teller
                    .tell_durably(EventKind::TagMoving {
                        job,
                        name: name.clone(),
                        before: None,
                        after: after.clone(),
                        beside: Vec::new(),
                        rank: None,
                    })
                    .await?;
                teller.tell(EventKind::TagMoved { job, name, target: after, changed }).await;
            }
        }
        let made =
            Descriptor::of("application/vnd.oci.image.manifest.v1+json", &job.id.0.to_be_bytes());
        Ok(JobDone { made: vec![made], ..JobDone::default() })
    }
}

/// Keeps and watches nothing.
struct Forgets;

impl RunLog for Forgets {
    fn append(&mut self, _: &Event) {}

    fn durable(&mut self) -> Durable {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Observer for Forgets {
    fn observe(&mut self, _: &Event, _: &Run) {}
}
