//! What jobs print, kept beside the journal.

use castoff::{
    journal::Outputs,
    plan::JobId,
    run::{Event, EventKind, Observer, Run},
};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::support::plans::two_platforms;

const JOB: JobId = JobId(0);

/// A run whose first job prints.
struct Printing {
    folder: TempDir,
    outputs: Outputs,
    run: Run,
}

impl Printing {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let outputs = Outputs::beside(&folder.path().join("run.jsonl"));
        Self { folder, outputs, run: Run::new("run".into(), two_platforms()) }
    }

    fn tell(&mut self, event: EventKind) {
        let event = Event { seq: None, at: Timestamp::UNIX_EPOCH, event };
        self.run.apply(&event);
        self.outputs.observe(&event, &self.run);
    }

    fn attempt(&mut self, attempt: u32) {
        self.tell(EventKind::AttemptStarted { job: JOB, attempt });
    }

    fn print(&mut self, lines: &[&str]) {
        let lines = lines.iter().map(|&line| line.to_owned()).collect();
        self.tell(EventKind::Output { job: JOB, lines });
    }

    fn read(&self, attempt: u32) -> Vec<String> {
        Outputs::read(&self.folder.path().join("run.jsonl"), JOB, attempt).unwrap()
    }
}

#[test]
fn each_attempt_has_what_it_printed_over_all_the_times_that_a_run_was_taken_up() {
    let mut printing = Printing::new();
    printing.attempt(1);
    printing.print(&["one", "two"]);
    printing.tell(EventKind::RunResumed { jobs: None, by: castoff::model::Publisher::default() });
    // Attempts of a run that was taken up are counted from 1 again.
    printing.attempt(1);
    printing.print(&["three"]);
    printing.print(&["four"]);
    assert_eq!(printing.read(1), ["one", "two"]);
    assert_eq!(printing.read(2), ["three", "four"]);
    assert_eq!(printing.read(3), Vec::<String>::new());
}

#[test]
fn what_is_printed_is_kept_without_control_characters() {
    let mut printing = Printing::new();
    printing.attempt(1);
    printing.print(&["\u{1b}[2J\u{202e}x"]);
    assert_eq!(printing.read(1), [r"\u{1b}[2J\u{202e}x"]);
}

#[test]
fn a_job_that_prints_for_ever_fills_no_disk() {
    let mut printing = Printing::new();
    printing.attempt(1);
    let line = "x".repeat(1000);
    for round in 0..300 {
        let first = format!("round {round}");
        let mut lines = vec![first.as_str()];
        lines.extend(std::iter::repeat_n(line.as_str(), 100));
        printing.print(&lines);
    }
    let path = printing.folder.path().join("run/0.1.log");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.len() < 10 << 20, "{} bytes", text.len());
    assert!(text.starts_with("round 0\n") && text.contains("round 299\n"));
    let left_out =
        text.lines().find_map(|line| line.strip_prefix("… ")?.strip_suffix(" lines left out …"));
    let left_out: usize = left_out.expect("it says how much it leaves out").parse().unwrap();
    assert_eq!(text.lines().count() - 1 + left_out, 300 * 101);
    let shown = printing.read(1);
    assert_eq!(shown[0], "round 0");
    assert!(shown.contains(&"round 299".to_owned()) && shown.contains(&"…".to_owned()));
    assert!(shown.len() < 1000, "{} lines", shown.len());
}
