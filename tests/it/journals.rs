//! A journal is data: what it may decide of the run that goes on, and what not.

use std::fs;

use serde_json::{Value, json};

use crate::support::project::{Ended, Project};

const SIGNER: &str = "[[signer]]\nname = \"release-key\"\nkind = \"cosign\"\nkey = \"release.key\"\n\
                      passphrase = { command = \"cat pass\" }\n";

/// A project with a signer, of which the passphrase is what a command prints.
fn signed() -> Project {
    let project = Project::new();
    project.write("pass", "correct horse");
    let mut command = project.command(&["sign", "--generate-key", "release"]);
    Ended::from(command.env("COSIGN_PASSWORD", "correct horse").output().unwrap()).expect(0);
    project.configure("1.0", SIGNER);
    project
}

/// All the ways in which a run of the past is taken up.
fn take_up(project: &Project, run: &str) -> Vec<Ended> {
    let ways: [&[&str]; 4] = [&["resume"], &["resume", run], &["retry", run], &["rollback", run]];
    ways.into_iter().map(|way| project.run(way)).collect()
}

#[test]
fn a_signed_run_goes_on_with_the_signer_of_the_configuration() {
    let project = signed();
    project.hinder();
    project.run(&["resume"]).expect(0);
    project.run(&["verify", "oci:out/shelf:app:1.0", "--key", "release.pub"]).expect(0);
}

#[test]
fn a_passphrase_command_of_a_journal_never_runs() {
    let project = signed();
    let run = project.hinder();
    let key = project.path("release.key").display().to_string();
    project.replan(&run, |plan| {
        let passphrase = json!([{ "command": "touch owned; cat pass" }]);
        plan["signers"] = json!([planted_signer("release-key", &key, &passphrase)]);
    });
    for ended in take_up(&project, &run) {
        ended.expect(4).says(&["another definition of the signer `release-key`"]);
    }
    fs::remove_file(project.path("castoff.toml")).unwrap();
    for ended in take_up(&project, &run) {
        ended.expect(4).says(&["the signer `release-key`", "does not define"]);
    }
    assert!(!project.path("owned").exists(), "the command of the journal ran");
    assert_eq!(project.tag("out/shelf", "app:1.0"), None);
}

#[test]
fn a_key_path_of_a_journal_is_never_read() {
    let project = signed();
    let run = project.hinder();
    let other = project.path("other.key").display().to_string();
    project.replan(&run, |plan| {
        plan["signers"] = json!([planted_signer("release-key", &other, &json!([]))]);
    });
    for ended in take_up(&project, &run) {
        let ended = ended.expect(4).says(&["`release-key`"]);
        assert!(!ended.stderr.contains("other.key"), "{}", ended.stderr);
    }
}

/// A signer that a journal gives whole, as one of a command line.
fn planted_signer(name: &str, key: &str, passphrase: &Value) -> Value {
    let with = json!({ "kind": "cosign", "key": key, "platforms": false });
    json!({ "name": name, "passphrase": passphrase, "with": with })
}

#[test]
fn a_journal_holds_nothing_of_what_the_configuration_says() {
    let project = signed();
    let run = project.hinder();
    let journal = fs::read_to_string(project.journal(&run)).unwrap();
    for private in ["release.key", "passphrase", "oci:/", "\"with\""] {
        assert!(!journal.contains(private), "{private}: {journal}");
    }
    let root = project.path("").display().to_string();
    // Once, to say where the run began; all else is relative to that.
    let root = root.trim_end_matches('/');
    assert_eq!(journal.lines().next().unwrap().matches(root).count(), 1, "{journal}");
}

#[test]
fn a_sink_that_the_configuration_has_otherwise_by_now_is_told_and_refused() {
    let project = signed();
    let run = project.hinder();
    let config = fs::read_to_string(project.path("castoff.toml")).unwrap();
    fs::write(project.path("castoff.toml"), config.replace("oci:out/shelf", "oci:out/other"))
        .unwrap();
    for ended in take_up(&project, &run) {
        ended.expect(4).says(&[
            "another definition of the sink `shelf`",
            "out/shelf, now oci:",
            "out/other",
        ]);
    }
    assert!(!project.path("out/other").exists());
}

#[test]
fn a_run_of_an_earlier_form_is_listed_and_rolled_back_and_does_not_go_on() {
    let project = signed();
    let (unfinished, done) = (project.hinder(), project.release());
    let planned = project.run(&["plan", "--output", "json"]).expect(0).stdout;
    let planned: Value = serde_json::from_str(&planned).unwrap();
    for run in [&unfinished, &done] {
        let url = format!("oci:{}", project.path("out/shelf").display());
        project.replan(run, |plan| {
            plan["signers"] = planned["plan"]["signers"].clone();
            plan["sinks"] = json!([{ "name": "shelf", "url": url }]);
        });
        let path = project.journal(run);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen("\"format\":2", "\"format\":1", 1)).unwrap();
    }
    let listed = project.run(&["runs"]).expect(0).stdout;
    assert!(listed.contains(&unfinished) && listed.contains(&done), "{listed}");
    project.run(&["resume", &unfinished]).expect(4).says(&["by an earlier castoff, in format 1"]);
    project.run(&["rollback", &done]).expect(0);
    assert_eq!(project.tag("out/shelf", "app:1.0"), None);
}

/// How a plan was changed.
type Change = fn(&mut Value);

#[test]
fn builds_engines_and_logins_of_a_journal_are_refused_by_name() {
    let cases: [(&str, Change); 4] = [
        ("the build of `app`", |plan| {
            let secrets = json!({ "token": [{ "command": "touch owned" }] });
            plan["artifacts"][0]["from"] = json!({ "recipe": {
                "source": "dockerfile", "kind": "image", "is_built": true, "secrets": secrets,
                "document": { "values": { "dockerfile": "/x" }, "paths": ["dockerfile", "context"] },
            } });
        }),
        ("the builder of linux/amd64", |plan| {
            let engine = json!({ "ssh": { "destination": "elsewhere" } });
            plan["artifacts"][0]["platforms"][0]["builder"] =
                json!({ "engine": engine, "jobs": 1 });
        }),
        ("the login of `shelf`", |plan| {
            let (url, login) = ("oci:out/shelf", "/payload.json");
            plan["sinks"] = json!([{ "name": "shelf", "url": url, "login": login }]);
        }),
        ("the signer `ghost`", |plan| {
            plan["signers"] = json!([planted_signer("ghost", "/ghost.key", &json!([]))]);
        }),
    ];
    for (name, change) in cases {
        let project = Project::new();
        project.configure("1.0", "");
        let run = project.hinder();
        project.replan(&run, change);
        for ended in take_up(&project, &run) {
            ended.expect(4).says(&[name]);
        }
        assert!(!project.path("owned").exists(), "the command of the journal ran");
    }
}

/// The run that a command begins.
fn begun(project: &Project, arguments: &[&str]) -> String {
    let before = project.runs();
    let mut command = project.command(arguments);
    Ended::from(command.env("COSIGN_PASSWORD", "correct horse").output().unwrap()).expect(0);
    project.runs().into_iter().find(|run| !before.contains(run)).unwrap()
}

#[test]
fn what_a_command_line_began_without_a_configuration_goes_on_here_and_nowhere_else() {
    let project = signed();
    fs::remove_file(project.path("castoff.toml")).unwrap();
    let archives = Project::archives();
    let lines: [&[&str]; 3] = [
        &["push", "-q", "-t", "app:1", "--platform", "linux/amd64", &archives, "oci:one"],
        &["copy", "-q", "oci:one:app:1", "oci:two:app:1"],
        &["sign", "-q", "oci:two:app:1", "--key", "release.key"],
    ];
    for line in lines {
        let run = begun(&project, line);
        project.kill_at_start(&run);
        let mut resume = project.command(&["resume", "-q"]);
        let ended = resume.env("COSIGN_PASSWORD", "correct horse").output().unwrap();
        Ended::from(ended).expect(0);
    }
    project.run(&["verify", "oci:two:app:1", "--key", "release.pub"]).expect(0);
    // The journal alone, elsewhere, names a key that was not given there.
    let signing = begun(&project, &["sign", "-q", "oci:one:app:1", "--key", "release.key"]);
    project.kill_at_start(&signing);
    let elsewhere = Project::new();
    let journal = fs::read(project.journal(&signing)).unwrap();
    elsewhere.write_home(&format!("state/castoff/runs/{signing}.jsonl"), journal);
    elsewhere.run(&["resume", &signing]).expect(4).says(&["the signer `release`"]);
}

#[test]
fn a_journal_under_the_name_of_another_run_is_refused() {
    let project = Project::new();
    project.configure("1.0", "");
    let run = project.hinder();
    fs::rename(project.journal(&run), project.journal("20200101-000000-abcd")).unwrap();
    project.run(&["resume", "20200101"]).expect(4).says(&["is the journal of run"]);
    project.run(&["resume", &run]).expect(4).says(&["no run's name begins with"]);
}
