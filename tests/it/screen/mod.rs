//! The console without a terminal: messages in, cells out.

mod agreed;
mod browse;
mod copying;
mod filters;
mod keys;
mod late_messages;
mod mouse;
mod pace;
mod prompts;
mod safety;
mod secrets;
mod steps;
mod views;

use std::sync::Arc;

use castoff::{
    keymap::Keymap,
    model::{
        ArtifactKind, Descriptor, Failure, FailureKind, Origin, PresentContent, Release,
        ReleaseArtifact, ReleasePlatform, ReleaseTag, Side, SourceFile,
    },
    plan::{JobId, Outlook, Plan, TagOutlook, plan},
    run::{Bytes, Event, EventKind, FORMAT, JobProgress, Outcome, Run, Stop},
    tui::{
        Effect, Model, Msg,
        look::{Depth, Look, Symbols, Theme, UNICODE},
        model::{Browse, Launch, PaletteVerb, PastRow, Picks, Proposal, Sight, Surroundings},
        update,
    },
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::support::plans::sink;

/// A console under test.
pub(crate) struct Console {
    pub(crate) model: Model,
}

impl Console {
    /// One that knows what is configured and nothing else.
    pub(crate) fn new() -> Self {
        Self::of(Vec::new(), &UNICODE)
    }

    /// The same, with verbs, and drawn with such symbols.
    pub(crate) fn of(verbs: Vec<PaletteVerb>, symbols: &'static Symbols) -> Self {
        let artifacts = [("app", "image, docker"), ("app-files", "files, df")];
        let sinks = [
            ("hub", "docker://registry.example.org/acme"),
            ("garage", "s3://downloads"),
            ("shelf", "oci:dist"),
        ];
        let picks = |things: &[(&str, &str)]| {
            Picks::new(things.iter().map(|(name, note)| ((*name).into(), (*note).into())))
        };
        let launch = Launch::new(picks(&artifacts), picks(&sinks));
        let theme = Theme::named("dark", &[]).unwrap().reduced(Depth::True);
        let look = Look { theme, symbols };
        let read_only = castoff::model::SinkSpec {
            read_only: true,
            login: None,
            ..sink("mirror", "docker://mirror.example.org/team")
        };
        let browse = Browse::new(vec![
            sink("hub", "docker://registry.example.org/team"),
            sink("garage", "s3://downloads?endpoint=garage.example.org&region=garage"),
            sink("shelf", "oci:dist"),
            read_only,
        ]);
        let around = Surroundings {
            themes: ["dark", "light"].map(str::to_owned).to_vec(),
            ..Surroundings::new(Keymap::default(), look)
        };
        let mut console = Self { model: Model::new(launch, browse, verbs, around) };
        console.tell(Msg::Tick(at(0)));
        castoff::tui::begin(&mut console.model);
        console
    }

    /// The same, on a screen of that size.
    pub(crate) fn sized(mut self, (columns, rows): (u16, u16)) -> Self {
        self.tell(Msg::Resize(columns, rows));
        self
    }

    pub(crate) fn tell(&mut self, msg: Msg) -> Vec<Effect> {
        update(&mut self.model, msg)
    }

    /// Lets no key be pressed for a while.
    pub(crate) fn rest(&mut self) {
        let later = self.model.around().now + jiff::SignedDuration::from_millis(400);
        self.tell(Msg::Tick(later));
    }

    /// Presses keys, as the table of keys names them, each once what the last one
    /// did was seen.
    pub(crate) fn press(&mut self, keys: &str) -> Vec<Effect> {
        let press = |key: &str| {
            if self.model.is_deaf() {
                self.rest();
            }
            let effects = self.tell(Msg::Key(key_event(key)));
            if self.model.is_deaf() {
                self.rest();
            }
            effects
        };
        keys.split(' ').flat_map(press).collect()
    }

    /// The same, all at once.
    pub(crate) fn press_at_once(&mut self, keys: &str) -> Vec<Effect> {
        keys.split(' ').flat_map(|key| self.tell(Msg::Key(key_event(key)))).collect()
    }

    /// Types a text.
    pub(crate) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.tell(Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
    }

    /// Answers the last question about what a release would do.
    pub(crate) fn see(&mut self, sight: Sight) {
        let asked = self.model.launch().asked;
        self.tell(Msg::Seen { asked, sight });
    }

    /// Begins a run and tells what happens in it.
    pub(crate) fn run(&mut self, kinds: Vec<EventKind>) {
        let run = Run::new("20261121-101502-ab12".into(), release_plan());
        self.tell(Msg::Began { run: Box::new(run), events: Vec::new() });
        for event in events(kinds) {
            self.tell(Msg::Happened(Box::new(event), None));
        }
    }

    pub(crate) fn draw(&self) -> Buffer {
        let area = Rect::from(self.model.around().size);
        let mut buffer = Buffer::empty(area);
        castoff::tui::draw(&self.model, area, &mut buffer);
        buffer
    }

    /// What is on the screen, in lines.
    pub(crate) fn text(&self) -> String {
        let buffer = self.draw();
        let lines = (0..buffer.area.height).map(|y| {
            let mut line = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol).max(1)).unwrap();
            }
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// So many seconds after an autumn morning in 2026.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_255_200 + seconds).unwrap()
}

pub(crate) fn key_event(key: &str) -> KeyEvent {
    let (key, modifiers) = match key.strip_prefix("ctrl-") {
        Some(key) => (key, KeyModifiers::CONTROL),
        None => (key, KeyModifiers::NONE),
    };
    let code = match key {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => return KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT),
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "backspace" => KeyCode::Backspace,
        "f1" => KeyCode::F(1),
        c => KeyCode::Char(c.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}

/// A release of an image to three sinks, and of files to one of them.
pub(crate) fn release() -> Release {
    let platform = |text: &str| {
        ReleasePlatform::of_files(
            text.parse().unwrap(),
            vec![SourceFile { path: "/p/x".into(), size: 40 << 20, modified_ns: 0 }],
        )
    };
    let tag = |text: &str, versioned| ReleaseTag {
        tag: text.parse().unwrap(),
        immutable: false,
        versioned,
    };
    let artifact = |name: &str, kind, from, platforms: &[&str], sinks: &[&str]| ReleaseArtifact {
        name: name.into(),
        kind,
        from,
        platforms: platforms.iter().map(|text| platform(text)).collect(),
        stages: Vec::new(),
        shares: None,
        index: None,
        tags: vec![tag("1.0", true), tag("latest", false)],
        sinks: sinks.iter().map(|sink| ((*sink).into(), name.parse().unwrap())).collect(),
        signers: Vec::new(),
        joining: castoff::model::Joining::Whole,
        elsewhere: Vec::new(),
        also: Vec::new(),
        left_out: Vec::new(),
    };
    let image = ["linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64"];
    Release {
        signers: Vec::new(),
        root: "/p".into(),
        artifacts: vec![
            artifact(
                "app",
                ArtifactKind::Image,
                Origin::Archives("/p/docker".into()),
                &image,
                &["hub", "garage", "shelf"],
            ),
            artifact(
                "app-files",
                ArtifactKind::Files,
                Origin::Files("/p/df".into()),
                &image[1..2],
                &["garage"],
            ),
        ],
        sinks: vec![
            sink("hub", "docker://registry.example.org/acme"),
            sink("garage", "s3://downloads?endpoint=garage.example.org&region=garage"),
            sink("shelf", "oci:dist"),
        ],
    }
}

pub(crate) fn release_plan() -> Plan {
    plan(&release(), false).unwrap()
}

/// The job that is called so.
pub(crate) fn job(name: &str) -> JobId {
    let plan = release_plan();
    let found = plan.jobs().iter().find(|job| job.work.to_string() == name);
    found.unwrap_or_else(|| panic!("no job is called {name}")).id
}

/// Events, a second apart, after the one that begins a run.
pub(crate) fn events(kinds: Vec<EventKind>) -> Vec<Event> {
    of_plan(&release_plan(), kinds)
}

/// The same, of a run of `plan`.
fn of_plan(plan: &Plan, kinds: Vec<EventKind>) -> Vec<Event> {
    let started = EventKind::RunStarted {
        format: FORMAT,
        run: "20261121-101502-ab12".into(),
        plan: plan.clone().into(),
        by: castoff::model::Publisher::default(),
    };
    let mut seq = 0..;
    let numbered = |(seconds, event): (i64, EventKind)| Event {
        seq: event.is_fact().then(|| seq.next().unwrap()),
        at: at(seconds),
        event,
    };
    (0..).zip(std::iter::once(started).chain(kinds)).map(numbered).collect()
}

pub(crate) fn started(name: &str) -> EventKind {
    EventKind::AttemptStarted { job: job(name), attempt: 1 }
}

pub(crate) fn done(name: &str, bytes: Bytes) -> EventKind {
    let made = [Descriptor::of("application/vnd.oci.image.manifest.v1+json", name.as_bytes())];
    let made = made.into();
    EventKind::JobFinished { job: job(name), outcome: Outcome::Done { made, reused: false, bytes } }
}

pub(crate) fn progress(name: &str, done: u64, total: u64) -> EventKind {
    EventKind::Progress { jobs: vec![JobProgress { job: job(name), done, total, steps: None }] }
}

pub(crate) fn forbidden() -> Failure {
    let url = "PUT https://registry.example.org/v2/acme/app/manifests/sha256:1f: 403 Forbidden";
    Failure::new(FailureKind::Forbidden, Side::Sink, "sink `hub` refused the push of `app`")
        .because(url)
        .because("DENIED: permission_denied: write_package")
        .hint("the token needs the scope `write:packages`")
}

pub(crate) fn failed(name: &str) -> EventKind {
    let outcome = Outcome::Failed { failure: forbidden() };
    EventKind::JobFinished { job: job(name), outcome }
}

const MIB: u64 = 1 << 20;

/// A run with everything under way: prepared, sending, waiting to try again.
pub(crate) fn running() -> Vec<EventKind> {
    let mut kinds = Vec::new();
    for platform in ["linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64"] {
        let name = format!("prepare app {platform}");
        kinds.extend([started(&name), done(&name, Bytes::default())]);
    }
    kinds.extend([
        started("prepare app-files linux/amd64"),
        done("prepare app-files linux/amd64", Bytes::default()),
    ]);
    for sink in ["preflight hub", "preflight garage", "preflight shelf"] {
        kinds.extend([started(sink), done(sink, Bytes::default())]);
    }
    kinds.extend([
        started("push app linux/386 → hub"),
        done("push app linux/386 → hub", Bytes { sent: 12 * MIB, ..Bytes::default() }),
        started("push app linux/386 → garage"),
        done("push app linux/386 → garage", Bytes { present: 12 * MIB, ..Bytes::default() }),
        started("push app linux/amd64 → hub"),
        progress("push app linux/amd64 → hub", 0, 40 * MIB),
        progress("push app linux/amd64 → hub", 18 * MIB, 40 * MIB),
        started("push app linux/arm/v7 → hub"),
        EventKind::AttemptFailed {
            job: job("push app linux/arm/v7 → hub"),
            failure: Failure::new(FailureKind::Network, Side::Sink, "connection reset"),
            retry_in_ms: 7_000,
        },
    ]);
    kinds
}

/// The same, where one platform then failed at one sink for good.
pub(crate) fn one_failed() -> Vec<EventKind> {
    let mut kinds = running();
    let name = "push app linux/amd64 → hub";
    kinds.push(failed(name));
    for blocked in ["index app → hub", "check hub", "tag hub"] {
        let outcome = Outcome::Blocked { by: job(name) };
        kinds.push(EventKind::JobFinished { job: job(blocked), outcome });
    }
    kinds
}

/// A run to its good end.
pub(crate) fn all_done() -> Vec<EventKind> {
    let mut kinds = Vec::new();
    for job in release_plan().jobs() {
        let name = job.work.to_string();
        kinds.push(started(&name));
        for tag in job.work.moves().iter().filter(|_| name.starts_with("tag ")) {
            let target = Some(Descriptor::of("a/b", b"new"));
            let (job, name) = (job.id, tag.name.clone());
            kinds.push(EventKind::TagMoved { job, name, target, changed: true });
        }
        let sent = if name.starts_with("push") { 10 * MIB } else { 0 };
        kinds.push(done(&name, Bytes { sent, ..Bytes::default() }));
    }
    kinds.push(EventKind::RunFinished { summary: castoff::run::Summary::default() });
    kinds
}

pub(crate) fn stopped() -> Vec<EventKind> {
    let mut kinds = running();
    kinds.push(EventKind::StopRequested { stop: Stop::Drain });
    kinds
}

/// What a release would do, as the survey tells it.
pub(crate) fn sight() -> Sight {
    let digest = |text: &str| Descriptor::of("a/b", text.as_bytes()).digest;
    let tag = |tag: &str, before: Option<&str>, after: Option<&str>| TagOutlook {
        tag: tag.into(),
        before: before.map(digest),
        after: after.map(digest),
        refused: false,
        may_be_refused: false,
    };
    let outlook = |artifact: &str, sink: &str, content: PresentContent| Outlook {
        signers: if sink == "hub" { vec!["release-key".to_owned()] } else { Vec::new() },
        sink: sink.into(),
        artifact: artifact.into(),
        repository: if sink == "hub" { format!("team/{artifact}") } else { artifact.into() },
        platforms: ["linux/amd64", "linux/arm64"].map(|of| (of.into(), content)).to_vec(),
        tags: vec![tag("1.0", None, Some("new")), tag("latest", Some("old"), Some("new"))],
    };
    let platforms = ["linux/386", "linux/amd64", "linux/arm/v7", "linux/arm64"];
    Sight {
        platforms: Some(platforms.map(|text| text.parse().unwrap()).to_vec()),
        jobs: 27,
        outlooks: vec![
            outlook("app", "hub", PresentContent::Exactly { present: 3 * MIB, to_send: MIB }),
            outlook("app", "garage", PresentContent::AtMost { to_send: 40 * MIB }),
        ],
        refusals: Vec::new(),
        notices: Vec::new(),
        plan: Some(Arc::new(release_plan())),
        is_complete: true,
    }
}

/// What is shown of a plan.
pub(crate) fn proposal<T>(shown: T) -> Proposal<T> {
    Proposal { shown, plan: Arc::new(release_plan()) }
}

/// What is done once that is agreed to.
pub(crate) fn agreed(what: &str) -> Effect {
    Effect::Agreed { what: what.into(), plan: Arc::new(release_plan()) }
}

pub(crate) fn past() -> Vec<PastRow> {
    let row = |id: &str, hours: i64, standing, done, what: &str| PastRow {
        id: id.into(),
        began: at(-hours * 3600),
        last: at(-hours * 3600 + 64),
        standing,
        done,
        jobs: 27,
        sent: 120 * MIB,
        what: what.into(),
    };
    vec![
        row("20261119-090000-0001", 49, "done", 27, "app → hub, garage, shelf"),
        row("20261120-090000-0002", 25, "failed", 20, "app, app-files → hub, garage, shelf"),
        row("20261121-090000-0003", 1, "interrupted", 4, "app → hub"),
    ]
}
