//! What castoff prints: to readers that leave, to disks that are full, and to
//! terminals that obey what they read.

use std::{
    fmt::Write,
    fs::{self, File},
    process::Stdio,
};

use serde_json::Value;

use crate::support::project::{Ended, Project};

/// A project that was released once.
fn released() -> Project {
    let project = Project::new();
    project.configure("1.0", "");
    project.release();
    project
}

/// All verbs that print without any server.
const PRINTING: [&[&str]; 19] = [
    &["--batch"],
    &["--batch", "--json"],
    &["--batch", "--dry-run"],
    &["plan"],
    &["plan", "--json"],
    &["runs"],
    &["runs", "--json"],
    &["ls", "shelf"],
    &["ls", "shelf/app"],
    &["ls", "shelf/app", "--names", "--json"],
    &["inspect", "shelf/app:1.0"],
    &["inspect", "shelf/app:1.0", "--raw"],
    &["inspect", "shelf"],
    &["diff", "shelf/app:1.0", "shelf/app:latest"],
    &["copy", "shelf/app:1.0", "oci:copy", "--dry-run"],
    &["paths"],
    &["themes"],
    &["completions", "bash"],
    &["rm", "--help"],
];

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// A pipe of which the reader is gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn output_that_cannot_be_written_is_status_1_and_says_so() {
    let project = released();
    for arguments in PRINTING {
        let output = project.command(arguments).stdout(full()).output().unwrap();
        let ended = Ended::from(output);
        assert_eq!(ended.status, Some(1), "{arguments:?}: {}", ended.stderr);
        ended.says(&["standard output cannot be written: No space left on device"]);
    }
}

#[test]
fn what_could_not_be_told_is_done_all_the_same() {
    let ways: [(&[&str], bool); 3] =
        [(&["--batch"], false), (&["--batch", "--json"], false), (&["--batch"], true)];
    for (arguments, is_stderr) in ways {
        let project = Project::new();
        project.configure("1.0", "");
        let mut command = project.command(arguments);
        let command = if is_stderr { command.stderr(full()) } else { command.stdout(full()) };
        let ended = Ended::from(command.output().unwrap());
        assert_eq!(ended.status, Some(1), "{arguments:?}: {}", ended.stderr);
        assert!(project.tag("out/shelf", "app:latest").is_some());
        assert!(project.run(&["runs"]).expect(0).stdout.contains("  done  "));
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let project = released();
    for arguments in PRINTING {
        let output = project.command(arguments).stdout(closed()).output().unwrap();
        let ended = Ended::from(output).expect(0);
        for word in ["pipe", "error", "panicked"] {
            assert!(!ended.stderr.contains(word), "{arguments:?}: {}", ended.stderr);
        }
        project.command(arguments).stderr(closed()).output().unwrap();
    }
    let refused = project.command(&["inspect", "shelf/app:9"]).stderr(closed()).output().unwrap();
    assert_eq!(Ended::from(refused).status, Some(4));
}

#[test]
fn json_and_journals_have_no_character_that_a_terminal_obeys() {
    const WICKED: &str = "a\u{9b}31m\u{202e}b\u{2066}\u{7f}\u{85}\u{2028}\u{200b}\u{e0001}c\u{1b}";
    let project = Project::new();
    let shown: String = WICKED.chars().fold(String::new(), |mut shown, c| {
        write!(shown, "\\U{:08x}", u32::from(c)).unwrap();
        shown
    });
    project.write("files/linux/amd64/app", "app");
    let config = |label: &str| {
        format!(
            "[release]\nversion = \"1.0\"\n\
             [[artifact]]\nname = \"files\"\nfrom = {{ files = \"files\" }}\nsinks = []\n\
             [[artifact]]\nname = \"app\"\nfrom = {{ image_of = \"files\", entrypoint = [\"/app\"], \
             labels = {{ wicked = \"{label}\" }} }}\n\
             [[sink]]\nname = \"shelf\"\nurl = \"oci:out\"\n"
        )
    };
    project.write("castoff.toml", config(&shown));
    let batch = project.run(&["--batch", "--json"]).expect(0);
    project.write("castoff.toml", config("plain").replace("\"1.0\"", "\"1.1\""));
    project.run(&["--batch", "-q"]).expect(0);
    project.write("castoff.toml", config(&shown));
    let diff = project.run(&["diff", "shelf/app:1.0", "shelf/app:1.1", "--json"]).expect(0);
    let label: Value = serde_json::from_str(&diff.stdout).unwrap();
    assert!(label.to_string().contains(&Value::from(WICKED).to_string()), "{label}");
    let plan = project.run(&["plan", "--json"]).expect(0);
    let journals =
        project.runs().into_iter().map(|run| fs::read_to_string(project.journal(&run)).unwrap());
    let mut all: Vec<String> = journals.collect();
    all.extend([batch.stdout, diff.stdout, plan.stdout]);
    for arguments in
        [["inspect", "shelf/app:1.0"], ["ls", "shelf/app"], ["inspect", "shelf"], ["--batch", "-v"]]
    {
        all.push(project.run(&arguments).stdout);
        all.push(project.run(&[arguments[0], arguments[1], "--json"]).stdout);
    }
    for text in all {
        let is_obeyed =
            |c: &char| *c != '\n' && (c.is_control() || WICKED[1..].contains(*c) && !c.is_ascii());
        assert_eq!(text.chars().find(is_obeyed), None, "{text:?}");
    }
}

#[test]
fn raw_bytes_are_what_they_are_where_no_terminal_reads_them() {
    let project = released();
    let raw = project.command(&["inspect", "shelf/app:1.0", "--raw", "--json"]).output().unwrap();
    let digest = project.tag("out/shelf", "app:1.0").unwrap();
    let blob = project.path("out/shelf/blobs/sha256").join(&digest["sha256:".len()..]);
    assert_eq!(raw.stdout, fs::read(blob).unwrap());
}
