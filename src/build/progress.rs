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
pub(super) struct Progress {
    desk: Desk,
    /// By their digests.
    steps: HashMap<String, Step>,
    failed: Option<(String, String)>,
}

/// One step (in BuildKit's words, a vertex).
struct Step {
    /// In the order in which they were told of, from 1.
    number: usize,
    name: String,
    begun: bool,
    over: bool,
    /// What it printed since the last line break, for each stream.
    rest: HashMap<i64, Vec<u8>>,
}

impl Progress {
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
            for rest in std::mem::take(&mut step.rest).into_values() {
                tell(&self.desk, step.number, &rest);
            }
        }
        self.desk.meter.steps(0, 0);
    }

    /// The step that failed, and why.
    pub(super) fn failed(&self) -> Option<(&str, &str)> {
        self.failed.as_ref().map(|(step, why)| (step.as_str(), why.as_str()))
    }

    fn vertex(&mut self, vertex: &Vertex) {
        let next = self.steps.len() + 1;
        let step = self.steps.entry(vertex.digest.clone()).or_insert_with(|| Step {
            number: next,
            name: vertex.name.clone(),
            begun: false,
            over: false,
            rest: HashMap::new(),
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
        for rest in std::mem::take(&mut step.rest).into_values() {
            tell(&self.desk, number, &rest);
        }
        if !vertex.error.is_empty() {
            line(format!("failed: {}", escape(&vertex.error)));
            // What else is stopped for that reason is no news.
            let failed = || (format!("`{}`", step.name), vertex.error.clone());
            if !vertex.error.contains("context canceled") {
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
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            tell(&self.desk, step.number, &line[..end]);
        }
        if rest.len() > LINE {
            let line = std::mem::take(rest);
            tell(&self.desk, step.number, &line);
        }
    }
}

/// Tells a line as a step printed it; of one that was written over, the last
/// text.
fn tell(desk: &Desk, step: usize, line: &[u8]) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let shown = line.rsplit(|byte| *byte == b'\r').next().unwrap_or(line);
    if !shown.is_empty() {
        let shown = &shown[..shown.len().min(LINE)];
        desk.output.line(format!("#{step} {}", escape(&String::from_utf8_lossy(shown))));
    }
}

fn took(vertex: &Vertex) -> Option<String> {
    let (started, completed) = (vertex.started?, vertex.completed?);
    let nanoseconds = i64::from(completed.nanos) - i64::from(started.nanos);
    let tenths = (completed.seconds - started.seconds) * 10 + nanoseconds / 100_000_000;
    Some(format!("{}.{} s", tenths / 10, tenths % 10))
}
