//! The journal of a release of many jobs, cut at each of its bytes.

use std::{
    fs::{self, OpenOptions},
    io::{Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
    sync::Arc,
    thread,
};

use async_trait::async_trait;
use castoff::{
    engine::{Engine, Inputs, JobDone, Limits, Start, Teller, Worker},
    journal::Journal,
    model::{
        ArtifactKind, Descriptor, Failure, Joining, Origin, Publisher, Release, ReleaseArtifact,
        ReleasePlatform, ReleaseTag, SinkSpec,
    },
    net::{Patience, Random},
    plan::{Job, Plan, Work, plan},
    ports::Desk,
    run::{Event, EventKind, Observer, Run, RunLog},
};
use jiff::Timestamp;
use tokio::sync::mpsc;

/// How many trees are released to two sinks, which makes 572 jobs.
const TREES: usize = 113;

#[test]
#[ignore = "it takes minutes: tests/run every-byte"]
fn a_release_of_572_jobs_goes_on_to_the_same_end_after_a_cut_at_every_byte_of_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    let whole = ended(&folder.path().join("whole.jsonl"), Start::Fresh, None);
    assert_eq!((whole.plan().jobs().len(), whole.is_complete()), (572, true));
    let bytes = fs::read(folder.path().join("whole.jsonl")).unwrap();
    let parts = thread::available_parallelism().map_or(1, usize::from);
    let each = bytes.len().div_ceil(parts);
    let cuts = thread::scope(|scope| {
        let parts: Vec<_> = (0..parts)
            .map(|part| {
                let range = part * each..bytes.len().min((part + 1) * each);
                let path = folder.path().join(format!("{part}.jsonl"));
                let (bytes, whole) = (&bytes[..], &whole);
                scope.spawn(move || cut_at_each(bytes, range, &path, whole))
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).sum::<usize>()
    });
    assert_eq!(cuts, bytes.len());
}

/// Cuts a journal at each byte of a range: it reads as the whole lines before, and at
/// the ends of lines goes on to the same end. Returns how many cuts were made.
fn cut_at_each(bytes: &[u8], range: Range<usize>, path: &Path, whole: &Run) -> usize {
    let count = range.len();
    let mut line =
        bytes[..range.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut lines = bytes[..line].split(|byte| *byte == b'\n').count() - 1;
    fs::write(path, &bytes[..line]).unwrap();
    for cut in range {
        // What was torn off by the last reading is put back.
        write_at(path, line, &bytes[line..cut]);
        assert_eq!(Journal::open(path).unwrap().1.len(), lines, "cut at byte {cut}");
        if cut == line {
            let apart = path.with_extension("apart");
            fs::write(&apart, &bytes[..cut]).unwrap();
            let run = went_on(&apart);
            assert!(run.is_complete() && run.moved().eq(whole.moved()), "cut at byte {cut}");
        }
        if bytes[cut] == b'\n' {
            write_at(path, line, &bytes[line..=cut]);
            (line, lines) = (cut + 1, lines + 1);
        }
    }
    count
}

fn write_at(path: &Path, start: usize, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(start as u64)).unwrap();
    file.write_all(bytes).unwrap();
}

/// The run of a journal, taken up again until its end.
fn went_on(path: &Path) -> Run {
    let (journal, events) = Journal::open(path).unwrap();
    let before = Run::replay(&events);
    drop(journal);
    if before.is_none() {
        fs::remove_file(path).unwrap();
        return ended(path, Start::Fresh, None);
    }
    ended(path, Start::Resume { jobs: None, again: Vec::new() }, before)
}

fn ended(path: &Path, start: Start, before: Option<Run>) -> Run {
    let mut journal = match before {
        None => Journal::create(path).unwrap(),
        Some(_) => Journal::open(path).unwrap().0,
    };
    let run = before.unwrap_or_else(|| Run::new("whole".into(), release()));
    let engine = Engine {
        worker: Arc::new(Tags),
        patience: Patience::usual(Random::Fixed(0)),
        limits: Limits { make: 4, sink: 4 },
        by: Publisher::default(),
        now: || Timestamp::UNIX_EPOCH,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (_commands, mut asked) = mpsc::channel(1);
    let log: &mut dyn RunLog = &mut journal;
    runtime.block_on(engine.run(run, start, &mut asked, log, &mut Blind))
}

fn release() -> Plan {
    let sinks: Vec<SinkSpec> = ["one", "two"]
        .map(|name| SinkSpec::new(name.into(), format!("dir:{name}").parse().unwrap()))
        .to_vec();
    let artifact = |number: usize| {
        let name = format!("tree{number}");
        ReleaseArtifact {
            name: name.as_str().into(),
            kind: ArtifactKind::Files,
            from: Origin::Files(format!("/project/{name}").into()),
            platforms: vec![ReleasePlatform::of_files("linux/amd64".parse().unwrap(), Vec::new())],
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
            also: Vec::new(),
            left_out: Vec::new(),
            elsewhere: Vec::new(),
        }
    };
    let artifacts = (0..TREES).map(artifact).collect();
    plan(&Release { root: "/project".into(), artifacts, sinks, signers: Vec::new() }, false)
        .unwrap()
}

/// Does every job at once, and tells of the tags that it moves.
struct Tags;

#[async_trait]
impl Worker for Tags {
    async fn attempt(
        &self,
        job: &Job,
        _: &Inputs,
        _: &Desk,
        teller: &Teller,
    ) -> Result<JobDone, Failure> {
        let made = Descriptor::of("application/vnd.oci.image.manifest.v1+json", b"{}");
        if let Work::Tag { moves, .. } = &job.work {
            for tag in moves {
                let (id, name, after) = (job.id, tag.name.clone(), Some(made.clone()));
                let moving = EventKind::TagMoving {
                    job: id,
                    name: name.clone(),
                    before: None,
                    after: after.clone(),
                    beside: Vec::new(),
                    rank: None,
                };
                teller.tell_durably(moving).await?;
                let moved = EventKind::TagMoved { job: id, name, target: after, changed: true };
                teller.tell(moved).await;
            }
        }
        Ok(JobDone { made: vec![made], ..JobDone::default() })
    }
}

struct Blind;

impl Observer for Blind {
    fn observe(&mut self, _: &Event, _: &Run) {}
}
