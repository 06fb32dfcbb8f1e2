//! The program as its users meet it: what it prints and how it ends, without
//! any server.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A project in a folder of its own, with a home that nobody lives in.
struct Project {
    folder: TempDir,
}

impl Project {
    /// The example of this repository, with its output in the project.
    fn example() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(root.join("config.example.toml")).unwrap();
        let sources = root.join("tests/example").display().to_string();
        Self::with(&text.replace("tests/example", &sources).replace("target/example", "out"))
    }

    fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("castoff.toml"), config).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What `castoff ARGUMENTS` prints and returns.
    fn run(&self, arguments: &[&str]) -> Told {
        let mut command = Command::cargo_bin("castoff").unwrap();
        command.env_clear().current_dir(self.folder.path()).args(arguments);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(name, self.path(folder));
        }
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| self.redacted(&String::from_utf8(bytes).unwrap());
        Told {
            status: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Without what differs from run to run: names of runs, and folders.
    fn redacted(&self, text: &str) -> String {
        let folder = self.folder.path().canonicalize().unwrap().display().to_string();
        let text = text
            .replace(&folder, "PROJECT")
            .replace(&self.folder.path().display().to_string(), "PROJECT");
        text.split_inclusive(char::is_whitespace)
            .map(|word| {
                if is_run(word.trim()) { word.replace(word.trim(), "RUN") } else { word.to_owned() }
            })
            .collect()
    }
}

/// `20261121-020535-a99e`, perhaps with a colon.
fn is_run(word: &str) -> bool {
    let word = word.trim_end_matches([':', ',']);
    word.len() == 20
        && word.starts_with("20")
        && word.as_bytes()[8] == b'-'
        && word.as_bytes()[15] == b'-'
}

#[derive(Debug, PartialEq)]
struct Told {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        write!(f, "status: {status}\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Lines in order: jobs end in any.
fn sorted(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn the_example_is_released_and_then_found_all_in_place() {
    let project = Project::example();
    let first = project.run(&["--batch"]);
    assert_eq!(first.status, Some(0), "{first}");
    insta::assert_snapshot!("example_stdout", first.stdout);
    insta::assert_snapshot!("example_stderr", sorted(&first.stderr));
    let second = project.run(&["--batch"]);
    assert_eq!(second.stdout, first.stdout);
    assert!(!second.stderr.contains(": sent "), "{second}");
    assert!(second.stderr.contains("; sent 0 B, saved"), "{second}");
}

#[test]
fn a_plan_is_the_same_bytes_twice_and_writes_nothing() {
    let project = Project::example();
    let first = project.run(&["plan", "--json"]);
    assert_eq!((first.status, &first), (Some(0), &project.run(&["plan", "--json"])));
    assert!(!project.path("out").exists() && !project.path("state").exists());
    insta::assert_snapshot!(project.run(&["plan"]));
}

#[test]
fn a_dry_run_is_a_plan() {
    let project = Project::example();
    assert_eq!(project.run(&["--batch", "--dry-run"]), project.run(&["plan"]));
}

#[test]
fn every_line_of_json_is_an_event_and_the_last_one_sums_up() {
    let project = Project::example();
    let told = project.run(&["--batch", "--artifact", "hello", "--json"]);
    let events: Vec<serde_json::Value> =
        told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["event"]["type"], "run_started");
    assert_eq!(events[0]["event"]["format"], castoff::run::FORMAT);
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"]["type"], &last["event"]["summary"]["done"]),
        (&"run_finished".into(), &12.into())
    );
    assert_eq!(told.stderr, "");
}

#[test]
fn a_selection_releases_nothing_else() {
    let project = Project::example();
    let told = project.run(&["--batch", "--artifact", "hello", "--platform", "linux/arm64", "-q"]);
    assert_eq!((told.status, told.stdout.lines().count()), (Some(0), 2), "{told}");
    assert!(!project.path("out/downloads").exists());
}

#[test]
fn a_mistaken_command_line_says_what_was_meant() {
    let project = Project::example();
    insta::assert_snapshot!(project.run(&["--batch", "--artifact", "helo", "--sink", "shelve"]));
    insta::assert_snapshot!(project.run(&[]));
    insta::assert_snapshot!(project.run(&["resume"]));
    insta::assert_snapshot!(project.run(&["retry", "2019"]));
}

#[test]
fn without_a_configuration_the_way_out_is_told() {
    let project = Project::with("");
    std::fs::remove_file(project.path("castoff.toml")).unwrap();
    insta::assert_snapshot!(project.run(&["--batch"]));
}

#[test]
fn a_configuration_with_mistakes_ends_with_status_2_and_all_of_them() {
    let project =
        Project::with("[release]\nversion = 1\n[[sink]]\nname = \"x\"\nurl = \"ftp://x\"\n");
    insta::assert_snapshot!(project.run(&["--batch"]));
}

#[test]
fn a_push_needs_no_configuration_and_a_tag_in_the_url_wins() {
    let project = Project::with("");
    std::fs::remove_file(project.path("castoff.toml")).unwrap();
    let archives =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example/docker").display().to_string();
    let told =
        project.run(&["push", "-q", "-t", "hello:1", &archives, "oci:one", "oci:two:other:2"]);
    insta::assert_snapshot!(told);
}

#[test]
fn two_artifacts_that_claim_one_tag_are_refused() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example");
    let project = Project::with(&format!(
        "[release]\nversion = \"1\"\n\
         [[artifact]]\nname = \"one\"\nfrom = {{ archives = \"{0}/docker\" }}\nrepository = \"same\"\n\
         [[artifact]]\nname = \"two\"\nfrom = {{ archives = \"{0}/docker\" }}\nrepository = \"same\"\n\
         [[sink]]\nname = \"shelf\"\nurl = \"oci:shelf\"\n",
        files.display()
    ));
    insta::assert_snapshot!(project.run(&["--batch"]));
}

/// The names of all runs.
fn runs(project: &Project) -> Vec<String> {
    let journals = std::fs::read_dir(project.path("state/castoff/runs")).unwrap();
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let names = journals.map(|entry| name(entry.unwrap()));
    names.map(|name| name.trim_end_matches(".jsonl").to_owned()).collect()
}

#[test]
fn a_rollback_puts_tags_back_and_removes_those_that_were_new() {
    let project = Project::example();
    project.run(&["--batch", "-q"]);
    let old = runs(&project);
    let before = std::fs::read(project.path("out/shelf/index.json")).unwrap();
    let config = std::fs::read_to_string(project.path("castoff.toml")).unwrap();
    let next = config
        .replace("version = \"1.0\"", "version = \"1.1\"")
        .replace("\"/hello\"]", "\"/hello\", \"again\"]");
    std::fs::write(project.path("castoff.toml"), next).unwrap();
    project.run(&["--batch", "-q"]);
    assert_ne!(std::fs::read(project.path("out/shelf/index.json")).unwrap(), before);
    let told = project.run(&["runs", "--json"]);
    assert!(told.stdout.lines().count() == 2, "{told}");
    // Names of runs that begin in one second are in no order.
    let newest = runs(&project).into_iter().find(|run| !old.contains(run)).unwrap();
    let undone = project.run(&["rollback", &newest]);
    assert_eq!(undone.status, Some(0), "{undone}");
    let names = |bytes: &[u8]| {
        let index: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let mut names: Vec<String> = index["manifests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| format!("{} {}", entry["annotations"], entry["digest"]))
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&std::fs::read(project.path("out/shelf/index.json")).unwrap()),
        names(&before)
    );
    let list =
        std::fs::read_to_string(project.path("out/downloads/df-dist-v1/hello-files/index.json"))
            .unwrap();
    assert_eq!(list, r#"{"name":"hello-files","tags":["1.0","latest"]}"#);
    assert!(!project.path("out/downloads/df-dist-v1/hello-files/1.1").exists());
}

#[test]
fn the_help_is_what_it_was() {
    let project = Project::with("");
    for verb in [
        "",
        "push",
        "image",
        "image build",
        "plan",
        "ls",
        "inspect",
        "diff",
        "verify",
        "copy",
        "rm",
        "gc",
        "sign",
        "runs",
        "resume",
        "retry",
        "rollback",
        "pkg",
        "pkg show-tag",
        "pkg build",
        "pkg push",
        "pkg manifest",
        "veea",
        "veea verify",
        "veea app",
        "veea app create",
        "veea app config",
        "veea app config add-image",
        "veea app config remove-image",
        "veea app config show",
        "veea app release",
        "veea app verify",
        "secret",
        "secret set",
        "secret ls",
        "secret rm",
        "aci",
        "aci build",
        "aci import",
        "aci startbuild",
        "aci extract",
        "aci ls",
        "aci rm",
        "aci validate",
        "aci copy",
        "aci run",
        "aci convert",
        "paths",
        "themes",
        "completions",
    ] {
        let arguments: Vec<&str> =
            verb.split(' ').chain(["--help"]).filter(|word| !word.is_empty()).collect();
        let told = project.run(&arguments);
        assert!(verb.is_empty() || told.stdout.contains("Example"), "{verb}: {told}");
        insta::assert_snapshot!(format!("help_{}", verb.replace(' ', "_")), told.stdout);
    }
}

#[test]
fn a_layout_is_listed_and_inspected_without_any_server() {
    let project = Project::example();
    project.run(&["--batch"]);
    insta::assert_snapshot!("ls", project.run(&["ls", "shelf"]));
    insta::assert_snapshot!("ls_tags", project.run(&["ls", "shelf/hello"]));
    insta::assert_snapshot!("inspect", project.run(&["inspect", "shelf/hello:1.0"]));
    insta::assert_snapshot!("inspect_missing", project.run(&["inspect", "shelf/hello:7"]));
    insta::assert_snapshot!("inspect_nothing", project.run(&["inspect", "shelf"]));
    let images = ["shelf/hello:1.0", "shelf/hello-from-files:1.0"];
    insta::assert_snapshot!("diff", project.run(&["diff", images[0], images[1]]));
}

#[test]
fn themes_are_listed_and_printed() {
    let project = Project::with("");
    insta::assert_snapshot!("themes", project.run(&["themes"]));
    assert!(project.run(&["themes", "dark"]).stdout.starts_with("# For dark terminals."));
    insta::assert_snapshot!("themes_unknown", project.run(&["themes", "drak"]));
}
