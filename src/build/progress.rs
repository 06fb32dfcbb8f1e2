//! What BuildKit tells of a build, as steps and lines.

use std::collections::HashMap;

use bollard_buildkit_proto::moby::buildkit::v1::{StatusResponse, Vertex, VertexLog, VertexStatus};

use crate::{
    model::{bytes, escape},
    ports::Desk,
};

/// The longest line that is kept, in bytes.
const LINE: usize = 4 << 10;

/// How a build goes.
pub(super) struct BuildProgress {
    desk: Desk,
    /// By their digests.
    steps: HashMap<String, BuildStep>,
    failed: Option<FailedStep>,
}

/// A step that failed.
#[derive(Clone, Debug)]
pub(super) struct FailedStep {
    /// As the Dockerfile has it.
    pub(super) name: String,
    /// What BuildKit says.
    pub(super) why: String,
    /// What it printed last, on its error output if it did there.
    pub(super) last: Option<String>,
    /// Whether it, or what it ran, found a disk full.
    pub(super) found_full: bool,
}

/// What programs say where a disk is full.
const FULL: &str = "no space left on device";

/// Whether a text says that a disk is full. BuildKit has no code for that: it
/// comes as `Unknown`, with what a program printed. So this only chooses what
/// people are told to do, never what the failure is, nor what becomes of it.
pub(super) fn says_full(text: &str) -> bool {
    text.to_lowercase().contains(FULL)
}

/// One step (in BuildKit's words, a vertex).
struct BuildStep {
    /// In the order in which they were told of, from 1.
    number: usize,
    name: String,
    begun: bool,
    over: bool,
    /// What it printed since the last line break, for each stream.
    rest: HashMap<i64, Vec<u8>>,
    /// The last line of each stream.
    last: HashMap<i64, String>,
    /// What told of a full disk.
    full: Option<String>,
}

/// The stream of a step's error output.
const STDERR: i64 = 2;

impl BuildProgress {
    pub(super) fn new(desk: Desk) -> Self {
        Self { desk, steps: HashMap::new(), failed: None }
    }

    /// Takes in what BuildKit told.
    pub(super) fn take(&mut self, status: &StatusResponse) {
        for vertex in &status.vertexes {
            self.vertex(vertex);
        }
        for status in &status.statuses {
            self.status(status);
        }
        for log in &status.logs {
            self.log(log);
        }
        for warning in &status.warnings {
            let said = String::from_utf8_lossy(&warning.short);
            self.desk.output.line(format!("warning: {}", escape(&said)));
        }
        let over = self.steps.values().filter(|step| step.over).count();
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.desk.meter.steps(small(over), small(self.steps.len()));
    }

    /// Tells what was printed without a line break at its end.
    pub(super) fn end(&mut self) {
        for step in self.steps.values_mut() {
            step.flush(&self.desk);
        }
        self.desk.meter.steps(0, 0);
    }

    /// The step that failed, and why.
    pub(super) fn failed(&self) -> Option<&FailedStep> {
        self.failed.as_ref()
    }

    fn vertex(&mut self, vertex: &Vertex) {
        let next = self.steps.len() + 1;
        let step = self.steps.entry(vertex.digest.clone()).or_insert_with(|| BuildStep {
            number: next,
            name: vertex.name.clone(),
            begun: false,
            over: false,
            rest: HashMap::new(),
            last: HashMap::new(),
            full: None,
        });
        let number = step.number;
        let line = |text: String| self.desk.output.line(format!("#{number} {text}"));
        if !step.begun && (vertex.started.is_some() || vertex.cached) {
            step.begun = true;
            line(escape(&step.name).to_string());
        }
        if step.over || (vertex.completed.is_none() && vertex.error.is_empty()) {
            return;
        }
        step.over = true;
        step.flush(&self.desk);
        if !vertex.error.is_empty() {
            line(format!("failed: {}", escape(&vertex.error)));
            // What else is stopped for that reason is no news.
            let failed = || FailedStep {
                name: step.name.clone(),
                why: vertex.error.clone(),
                last: step.last_words().cloned(),
                found_full: step.full.is_some() || says_full(&vertex.error),
            };
            // A step that another's failure ended; its own words may stand before.
            if !vertex.error.ends_with("context canceled") {
                self.failed.get_or_insert_with(failed);
            }
        } else if vertex.cached {
            line("done before".to_owned());
        } else {
            line(took(vertex).map_or_else(|| "done".to_owned(), |took| format!("done in {took}")));
        }
    }

    /// Something that takes long within a step, such as a download.
    fn status(&self, status: &VertexStatus) {
        let Some(step) = self.steps.get(&status.vertex) else { return };
        if status.completed.is_none() {
            return;
        }
        let size = u64::try_from(status.total.max(status.current)).unwrap_or_default();
        let size = if size > 0 { format!(", {}", bytes(size)) } else { String::new() };
        let name = if status.name.is_empty() { &status.id } else { &status.name };
        self.desk.output.line(format!("#{} {}{size}", step.number, escape(name)));
    }

    fn log(&mut self, log: &VertexLog) {
        let Some(step) = self.steps.get_mut(&log.vertex) else { return };
        let rest = step.rest.entry(log.stream).or_default();
        rest.extend_from_slice(&log.msg);
        let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut lines: Vec<u8> = rest.drain(..whole).collect();
        lines.pop();
        if rest.len() > LINE {
            lines.append(rest);
        }
        for line in lines.split(|byte| *byte == b'\n') {
            step.tell(&self.desk, log.stream, line);
        }
    }
}

impl BuildStep {
    /// What it printed that tells most of why it failed.
    fn last_words(&self) -> Option<&String> {
        let last = self.last.get(&STDERR).or_else(|| self.last.values().next());
        self.full.as_ref().or(last)
    }

    /// Tells what was printed without a line break at its end.
    fn flush(&mut self, desk: &Desk) {
        for (stream, rest) in std::mem::take(&mut self.rest) {
            self.tell(desk, stream, &rest);
        }
    }

    /// Tells a line as it was printed; of one that was written over, the last
    /// text.
    fn tell(&mut self, desk: &Desk, stream: i64, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let shown = line.rsplit(|byte| *byte == b'\r').next().unwrap_or(line);
        if shown.is_empty() {
            return;
        }
        let shown = String::from_utf8_lossy(&shown[..shown.len().min(LINE)]);
        let shown = escape(&shown).to_string();
        desk.output.line(format!("#{} {shown}", self.number));
        if says_full(&shown) {
            self.full = Some(shown.clone());
        }
        self.last.insert(stream, shown);
    }
}

fn took(vertex: &Vertex) -> Option<String> {
    let (started, completed) = (vertex.started?, vertex.completed?);
    let nanoseconds = i64::from(completed.nanos) - i64::from(started.nanos);
    let tenths = (completed.seconds - started.seconds) * 10 + nanoseconds / 100_000_000;
    Some(format!("{}.{} s", tenths / 10, tenths % 10))
}
