//! How fast the console is: `cargo bench --bench console`.
//!
//! Prints figures and passes or fails nothing. The targets: the first frame in
//! 30 ms, a frame of 200×60 in 2 ms, 0.1 % of a core while idle.
#![expect(clippy::unwrap_used, reason = "a benchmark that panics has no figures")]
#![expect(clippy::print_stdout, reason = "its figures are its output")]

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    time::{Duration, Instant},
};

use castoff::{
    keymap::Keymap,
    model::{
        ArtifactKind, Origin, Release, ReleaseArtifact, ReleasePlatform, ReleaseTag, SinkSpec,
    },
    plan::{JobId, Plan, plan},
    run::{Event, EventKind, FORMAT, JobProgress, Run},
    tui::{
        Model, Msg,
        look::{Depth, Look, Theme, UNICODE},
        model::{Browse, BrowseRow, Launch, PastRow, Picks, Surroundings},
        update, view,
    },
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use ratatui::{Terminal, backend::TestBackend};

const COLUMNS: u16 = 200;
const ROWS: u16 = 60;
/// How long jobs report.
const SECONDS: u64 = 5;

fn main() {
    let (first, idle) = real();
    println!("{:<44}{:>10}", "the program, in a terminal", "");
    println!("{:<44}{:>10.2?}", "  from start to the first frame, median", first);
    println!("{:<44}{:>9.3}%", "  CPU while idle, of a core", idle * 100.0);
    println!("{:<44}{:>10}{:>12}", "a frame of 200×60", "median", "99th of 100");
    let mut console = run_of_a_thousand_jobs();
    frames("  1,000 jobs, the selection moves", &mut console, 'j');
    let mut history = history_of_a_hundred_thousand();
    frames("  100,000 rows, the selection moves", &mut history, 'j');
    let mut browse = browse_of_a_hundred_thousand();
    frames("  100,000 tags, the selection moves", &mut browse, 'j');
    let began = Instant::now();
    for c in "/'1.77.777".chars() {
        press(&mut browse, c);
    }
    println!("{:<44}{:>10.2?}", "  100,000 tags, a letter of a filter", began.elapsed() / 10);
    let began = Instant::now();
    for c in "/'run-077777".chars() {
        press(&mut history, c);
    }
    let typed = began.elapsed() / 12;
    println!("{:<44}{:>10.2?}", "  100,000 rows, a letter of a filter", typed);
    println!("{:<44}{:>9.3}%", "CPU while 1,000 jobs report, of a core", reporting(&mut console));
}

/// The median time to the first frame, and the share of a core used in idleness.
fn real() -> (Duration, f64) {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    fs::create_dir_all(project.join("files/linux/amd64")).unwrap();
    fs::write(project.join("files/linux/amd64/tool"), "tool").unwrap();
    fs::write(
        project.join("castoff.toml"),
        "[release]\nversion = \"1\"\n[[artifact]]\nname = \"app\"\nfrom = { files = \"files\" }\n\
         [[sink]]\nname = \"shelf\"\nurl = \"dir:out\"\n",
    )
    .unwrap();
    let mut times: Vec<Duration> =
        (0..15).map(|_| start(folder.path(), &project, None).0).collect();
    times.sort();
    let (_, idle) = start(folder.path(), &project, Some(Duration::from_secs(10)));
    (times[times.len() / 2], idle)
}

/// Starts castoff in a terminal, and returns when the first frame came and
/// what it used of a core while it was `idle`.
fn start(home: &Path, project: &Path, idle: Option<Duration>) -> (Duration, f64) {
    let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_castoff"));
    command.cwd(project);
    command.env("HOME", home);
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    let mut output = pair.master.try_clone_reader().unwrap();
    let mut keys = pair.master.take_writer().unwrap();
    let began = Instant::now();
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut seen = Vec::new();
    let mut bytes = vec![0; 1 << 16];
    let first = loop {
        let count = output.read(&mut bytes).unwrap();
        seen.extend_from_slice(&bytes[..count]);
        if String::from_utf8_lossy(&seen).contains("History") {
            break began.elapsed();
        }
    };
    // A terminal that nobody reads would hold it up.
    std::thread::spawn(move || while matches!(output.read(&mut bytes), Ok(1..)) {});
    let mut used = 0.0;
    if let Some(idle) = idle {
        // Until the sinks have answered.
        std::thread::sleep(Duration::from_secs(1));
        let before = cpu(child.process_id().unwrap());
        std::thread::sleep(idle);
        // A thread that ended meanwhile takes its time along.
        let after = cpu(child.process_id().unwrap()).max(before);
        used = (after - before) / idle.as_secs_f64();
    }
    keys.write_all(b"q").unwrap();
    child.wait().unwrap();
    (first, used)
}

/// Seconds of CPU time that a process has used, over all its threads.
fn cpu(pid: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let nanoseconds = |task: fs::DirEntry| -> f64 {
        let stat = fs::read_to_string(task.path().join("schedstat")).unwrap();
        stat.split(' ').next().unwrap().parse().unwrap()
    };
    threads.flatten().map(nanoseconds).sum::<f64>() / 1e9
}

fn console() -> Model {
    let theme = Theme::named("dark", &[]).unwrap().reduced(Depth::True);
    let launch = Launch::new(Picks::default(), Picks::default());
    let look = Look { theme, symbols: &UNICODE };
    let around = Surroundings::new(Keymap::default(), look);
    let mut model = Model::new(launch, Browse::default(), Vec::new(), around);
    update(&mut model, Msg::Resize(COLUMNS, ROWS));
    model
}

fn press(model: &mut Model, key: char) {
    update(model, Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
}

fn frames(what: &str, model: &mut Model, key: char) {
    let mut terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
    let mut times = Vec::new();
    for _ in 0..500 {
        press(model, key);
        let began = Instant::now();
        terminal.draw(|frame| view(model, frame)).unwrap();
        times.push(began.elapsed());
    }
    times.sort();
    println!("{what:<44}{:>10.2?}{:>12.2?}", times[250], times[495]);
}

/// The share of a core, in percent, that ten reports and thirty frames take in
/// a second.
fn reporting(model: &mut Model) -> f64 {
    let mut terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
    let jobs = u32::try_from(release_plan().jobs().len()).unwrap();
    let began = Instant::now();
    for tick in 0..SECONDS * 10 {
        let progress =
            |job| JobProgress { job: JobId(job), done: tick * 1000, total: 1 << 20, steps: None };
        let event = EventKind::Progress { jobs: (0..jobs).map(progress).collect() };
        let at = at(tick / 10);
        update(model, Msg::Tick(at));
        update(model, Msg::Happened(Box::new(Event { seq: None, at, event }), None));
        for _ in 0..3 {
            terminal.draw(|frame| view(model, frame)).unwrap();
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
    let seconds = SECONDS as f64;
    began.elapsed().as_secs_f64() / seconds * 100.0
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_second(1_795_255_200 + i64::try_from(seconds).unwrap()).unwrap()
}

fn run_of_a_thousand_jobs() -> Model {
    let mut model = console();
    let plan = release_plan();
    println!("  {} jobs", plan.jobs().len());
    let run = Run::new("bench".into(), plan.clone());
    update(&mut model, Msg::Began { run: Box::new(run), events: Vec::new() });
    let started = EventKind::RunStarted {
        format: FORMAT,
        run: "bench".into(),
        plan: plan.into(),
        by: castoff::model::Publisher::default(),
    };
    let jobs = release_plan().jobs().len();
    let attempts = (0..jobs).map(|job| EventKind::AttemptStarted {
        job: JobId(u32::try_from(job).unwrap()),
        attempt: 1,
    });
    for (seq, event) in (0..).zip(std::iter::once(started).chain(attempts)) {
        update(
            &mut model,
            Msg::Happened(Box::new(Event { seq: Some(seq), at: at(0), event }), None),
        );
    }
    model
}

/// Fifty artifacts for four platforms to four sinks.
fn release_plan() -> Plan {
    let sinks: Vec<SinkSpec> = (0..4)
        .map(|place| SinkSpec {
            name: format!("sink-{place}").as_str().into(),
            url: format!("docker://registry-{place}.example.org").parse().unwrap(),
            insecure: false,
            ca: None,
            platform_tags: false,
            read_only: false,
            login: None,
            registry: None,
        })
        .collect();
    let platform = |text: &str| ReleasePlatform::of_files(text.parse().unwrap(), Vec::new());
    let artifact = |place: usize| ReleaseArtifact {
        name: format!("artifact-{place:02}").as_str().into(),
        kind: ArtifactKind::Image,
        from: Origin::Archives(format!("/p/{place}").into()),
        platforms: ["linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64"]
            .map(platform)
            .to_vec(),
        stages: Vec::new(),
        shares: None,
        index: None,
        tags: vec![ReleaseTag { tag: "1".parse().unwrap(), immutable: false, versioned: true }],
        sinks: sinks
            .iter()
            .map(|sink| (sink.name.clone(), format!("a-{place}").parse().unwrap()))
            .collect(),
        signers: Vec::new(),
        joining: castoff::model::Joining::Whole,
        elsewhere: Vec::new(),
        also: Vec::new(),
        left_out: Vec::new(),
    };
    let artifacts = (0..50).map(artifact).collect();
    plan(&Release { root: "/p".into(), artifacts, sinks, signers: Vec::new() }, false).unwrap()
}

/// A repository whose tags come in pages of a thousand, and in no order.
fn browse_of_a_hundred_thousand() -> Model {
    let mut model = console();
    let sinks_there = vec![SinkSpec {
        name: "hub".into(),
        url: "docker://registry.example.org".parse().unwrap(),
        insecure: false,
        ca: None,
        platform_tags: false,
        read_only: false,
        login: None,
        registry: None,
    }];
    let (artifacts, sinks) = Default::default();
    update(&mut model, Msg::Configured { artifacts, sinks, sinks_there });
    press(&mut model, '3');
    press(&mut model, 'l');
    let page = |model: &mut Model, rows| {
        let asked = model.browse().level().asked().unwrap();
        update(model, Msg::Page { asked, rows });
    };
    page(&mut model, vec![BrowseRow::Repository(ArtifactKind::Image, "app".into())]);
    press(&mut model, 'l');
    let began = Instant::now();
    for number in 0..100 {
        let tag = |place| BrowseRow::Tag(format!("1.{}.{place}", number * 37 % 100));
        page(&mut model, (0..1000).map(tag).collect());
    }
    println!("{:<44}{:>10.2?}", "  100,000 tags, a page of 1,000", began.elapsed() / 100);
    model
}

fn history_of_a_hundred_thousand() -> Model {
    let row = |place: u64| PastRow {
        id: format!("run-{place:06}"),
        began: at(place),
        last: at(place + 60),
        standing: "done",
        done: 27,
        jobs: 27,
        sent: 1 << 30,
        what: "albatros, albatros-static → hub, garage, shelf".into(),
    };
    let mut model = console();
    update(&mut model, Msg::Past((0..100_000).map(row).collect(), Vec::new()));
    press(&mut model, '4');
    model
}
