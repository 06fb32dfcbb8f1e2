//! Which run goes on where none is named.

use std::fs;

use crate::support::project::{Ended, Project};

/// What becomes of a journal's text.
type Damage = fn(&str) -> String;

#[test]
fn an_older_release_does_not_go_on_when_the_newest_journal_cannot_be_read() {
    let damages: [(&str, Damage); 5] = [
        ("a damaged line", |text| text.replacen("\n{", "\n{{", 1)),
        ("nothing", |_| String::new()),
        ("a torn first line", |text| text.chars().take(40).collect()),
        ("a newer form", |text| text.replacen("\"format\":2", "\"format\":9", 1)),
        ("a newer form that nothing here reads", |_| {
            "{\"event\":{\"type\":\"begun\",\"format\":9}}\n".to_owned()
        }),
    ];
    for (damage, change) in damages {
        for newest_is_done in [true, false] {
            let project = Project::new();
            project.configure("1.0", "");
            let older = project.hinder();
            project.configure("2.0", "");
            let newest = if newest_is_done { project.release() } else { project.hinder() };
            let latest = project.tag("out/shelf", "app:latest");
            let text = fs::read_to_string(project.journal(&newest)).unwrap();
            fs::write(project.journal(&newest), change(&text)).unwrap();
            project.run(&["resume"]).expect(2).says(&[
                "cannot be read",
                &older,
                &newest,
                "1.0",
                "castoff resume RUN",
            ]);
            assert_eq!(project.tag("out/shelf", "app:latest"), latest, "{damage}");
            assert_eq!(project.tag("out/shelf", "app:1.0"), None, "{damage}");
            let listed = project.run(&["runs"]).expect(0);
            assert!(listed.stderr.contains(&newest), "{damage}: {}", listed.stderr);
        }
    }
}

#[test]
fn a_run_does_not_go_on_behind_a_newer_one_that_is_done() {
    let project = Project::new();
    project.configure("1.0", "");
    let older = project.hinder();
    configure_other(&project, "2.0");
    let newer = project.release();
    let told = project.run(&["resume"]).expect(2);
    let told = told.says(&["a newer run that is done", &older, &newer, "app:latest", " → "]);
    assert!(told.stderr.contains("app:1.0 not checked yet → "), "{}", told.stderr);
    // By its name it goes on, and says what that does.
    let named = project.run(&["resume", &older]).expect(0);
    named.says(&["`app:latest` at shelf moves to an older version: it names 2.0 now, and this \
                  run is 1.0"]);
    assert!(project.tag("out/shelf", "app:1.0").is_some());
}

/// The same project with other content.
fn configure_other(project: &Project, version: &str) {
    project.configure(version, "");
    let text = fs::read_to_string(project.path("castoff.toml")).unwrap();
    project.write("castoff.toml", text.replace("linux/amd64", "linux/arm64"));
}

#[test]
fn a_new_release_says_which_moving_tag_goes_back_before_it_does() {
    for flags in [&["--batch"][..], &["--batch", "-q"]] {
        let project = Project::new();
        configure_other(&project, "2.0");
        project.release();
        let before = project.tag("out/shelf", "app:latest").unwrap();
        project.configure("1.0", "");
        let back = "`app:latest` at shelf moves to an older version: it names 2.0 now, and this \
                    run is 1.0";
        for looks in [&["plan"][..], &["--batch", "--dry-run"], &["plan", "--json"]] {
            let shown = project.run(looks).expect(0).stdout;
            assert_eq!(shown.matches(back).count(), 1, "{shown}");
        }
        let ended = project.run(flags).expect(0);
        let after = project.tag("out/shelf", "app:latest").unwrap();
        let told = ended.stderr;
        assert_eq!(told.matches(back).count(), 1, "{told}");
        assert!(told.contains(&format!("app:latest {before} → {after}")), "{told}");
        assert!(!ended.stdout.contains("goes back"), "{}", ended.stdout);
        if flags.contains(&"-q") {
            assert!(told.contains("`app:latest` at shelf loses linux/arm64"), "{told}");
            assert_eq!(told.lines().count(), 3, "{told}");
        }
    }
}

#[test]
fn a_moving_tag_that_names_the_same_afterwards_does_not_go_back() {
    let project = Project::new();
    for version in ["2.0", "1.0"] {
        project.configure(version, "");
        let ended = project.run(&["--batch", "-q"]).expect(0);
        assert_eq!(ended.stderr, "", "{version}");
    }
}

#[test]
fn of_two_unfinished_runs_none_is_chosen() {
    let project = Project::new();
    project.configure("1.0", "");
    let first = project.hinder();
    project.configure("2.0", "");
    let second = project.hinder();
    let told = project.run(&["resume"]).expect(2);
    told.says(&["2 unfinished runs", &first, &second, "1.0", "2.0", "app:latest"]);
    project.run(&["resume", &second]).expect(0);
}

#[test]
fn runs_of_other_projects_are_not_meant() {
    let project = Project::new();
    project.configure("1.0", "");
    let own = project.hinder();
    // Another project of the same user, whose run is newer.
    let config = fs::read_to_string(project.path("castoff.toml")).unwrap();
    project.write("other/castoff.toml", config.replace("oci:out/shelf", "oci:there"));
    let mut there = project.command(&["--batch", "-q"]);
    assert!(there.current_dir(project.path("other")).status().unwrap().success());
    project.run(&["resume"]).expect(0);
    assert!(project.tag("out/shelf", "app:1.0").is_some());
    let listed = project.run(&["runs"]).expect(0).stdout;
    assert!(listed.lines().any(|line| line.contains(&own) && line.contains("done")), "{listed}");
    // Another file in the same folder is another project, too.
    let run = project.hinder();
    project.write("second.toml", config.replace("oci:out/shelf", "oci:second"));
    let ended = project.run(&["resume", "--config", "second.toml"]).expect(4);
    assert!(!ended.stderr.contains(&run), "{}", ended.stderr);
}

#[test]
fn a_clock_that_was_ahead_does_not_make_an_older_run_the_newest() {
    let project = Project::new();
    project.configure("1.0", "");
    let older = project.hinder();
    let text = fs::read_to_string(project.journal(&older)).unwrap();
    fs::write(project.journal(&older), text.replace("\"at\":\"20", "\"at\":\"29")).unwrap();
    project.configure("2.0", "");
    project.release();
    project.run(&["resume"]).expect(2).says(&["a newer run that is done", &older]);
    let listed = project.run(&["runs"]).expect(0).stdout;
    assert!(listed.starts_with(&older), "{listed}");
}

#[test]
fn a_run_that_an_earlier_castoff_began_goes_on() {
    let project = Project::new();
    project.configure("1.0", "");
    project.hinder();
    fs::remove_file(project.home("state/castoff/runs.order")).unwrap();
    project.run(&["resume"]).expect(0);
    assert!(project.tag("out/shelf", "app:1.0").is_some());
}

#[test]
fn many_unfinished_runs_are_listed_in_few_lines_the_newest_last() {
    let project = Project::new();
    project.configure("1.0", "");
    let runs: Vec<String> = (0..10).map(|_| project.hinder()).collect();
    let told = project.run(&["resume"]).expect(2).stderr;
    assert!(told.contains("10 unfinished runs"), "{told}");
    assert!(told.contains("and 2 older") && told.contains(&runs[9]), "{told}");
    assert!(told.lines().count() < 14, "{told}");
}

#[test]
fn a_conflict_is_no_run_that_could_go_on() {
    let project = Project::new();
    project.configure("1.0", "");
    project.release();
    configure_other(&project, "1.0");
    let text = fs::read_to_string(project.path("castoff.toml")).unwrap();
    project
        .write("castoff.toml", text.replace("[[artifact]]", "immutable = [\"1.*\"]\n[[artifact]]"));
    project.run(&["--batch"]).expect(5);
    let told = project.run(&["resume"]).expect(4);
    told.says(&["this project has no unfinished run"]);
}

#[test]
fn a_retry_of_what_a_run_does_not_have_is_refused_with_the_nearest_name() {
    let project = Project::new();
    project.configure("1.0", "");
    let run = project.hinder();
    let told = project.run(&["retry", &run, "--sink", "shelff"]).expect(2);
    told.says(&["has no sink `shelff`", "did you mean `shelf`?"]);
    let told = project.run(&["retry", &run, "--artifact", "zzz"]).expect(2);
    told.says(&["has no artifact `zzz`", "it has app"]);
}

#[test]
fn a_sink_that_nothing_is_released_to_is_told() {
    let project = Project::new();
    let sink = "[[sink]]\nname = \"kept\"\nurl = \"oci:out/kept\"\nread_only = true\n";
    project.configure("1.0", sink);
    for flags in [&["plan"][..], &["--batch"]] {
        let told = project.run(flags).expect(0);
        told.says(&["sink `kept` is read_only: nothing is released to it"]);
    }
    assert!(!project.path("out/kept").exists());
}

#[test]
fn a_tag_that_loses_a_platform_is_told_before_it_moves() {
    let project = Project::new();
    project.configure("1.0", "");
    let config = fs::read_to_string(project.path("castoff.toml")).unwrap();
    let both = config.replace(r#"["linux/amd64"]"#, r#"["linux/amd64", "linux/arm64"]"#);
    project.write("castoff.toml", &both);
    let told = project.run(&["--batch"]).expect(0);
    assert!(!told.stderr.contains("loses"), "{}", told.stderr);
    for flags in [&["--batch"][..], &["--batch", "-q"]] {
        project.write("castoff.toml", &both);
        project.run(&["--batch", "-q"]).expect(0);
        let one = [flags, &["--platform", "linux/arm64"]].concat();
        let told = project.run(&one).expect(0);
        for tag in ["1.0", "latest"] {
            let line = format!("`app:{tag}` at shelf loses linux/amd64");
            assert!(told.stderr.contains(&line), "{}", told.stderr);
        }
    }
}

#[test]
fn a_sink_that_is_read_only_is_not_changed_by_its_url_either() {
    let project = Project::new();
    let url = format!("oci:{}", project.path("out/kept").display());
    let archives = Project::archives();
    project.run(&["push", "-q", "-t", "app:1", &archives, &url]).expect(0);
    let sink = "[[sink]]\nname = \"kept\"\nurl = \"oci:out/kept\"\nread_only = true\n";
    project.configure("1.0", sink);
    let (old, new) = (format!("{url}:app:1"), format!("{url}:app:2"));
    for arguments in [
        &["push", "-t", "app:2", &archives, &url][..],
        &["copy", &old, &new],
        &["rm", &old],
        &["gc", &url, "-t", "app", "--keep", "0", "--match", "*"],
    ] {
        let told = project.run(arguments).expect(4);
        told.says(&["sink `kept` is read_only"]);
    }
    project.run(&["ls", &old]).expect(0);
}

#[test]
fn runs_say_what_they_released_and_in_which_folder() {
    let project = Project::new();
    project.configure("1.0", "");
    let run = project.release();
    let told = project.run(&["runs"]).expect(0);
    assert!(told.stdout.ends_with("app 1.0 → shelf\n"), "{}", told.stdout);
    let mut elsewhere = project.command(&["runs"]);
    let told: Ended = elsewhere.current_dir(project.home("")).output().unwrap().into();
    let folder = project.path("").canonicalize().unwrap();
    assert!(told.stdout.contains(&format!("  in {}", folder.display())), "{}", told.stdout);
    let mut back = project.command(&["rollback", &run]);
    let told: Ended = back.current_dir(project.home("")).output().unwrap().into();
    told.expect(0).says(&[&format!("run {run} began in {}", folder.display())]);
}

#[test]
fn an_older_release_does_not_go_on_behind_one_that_is_not_listed_or_gone() {
    for damage in ["unlisted", "nothing listed", "gone"] {
        let project = Project::new();
        project.configure("1.0", "");
        let older = project.hinder();
        project.configure("2.0", "");
        let newest = project.release();
        let ledger = project.home("state/castoff/runs.order");
        let lines = fs::read_to_string(&ledger).unwrap();
        match damage {
            "gone" => fs::remove_file(project.journal(&newest)).unwrap(),
            _ => fs::write(project.journal(&newest), "").unwrap(),
        }
        match damage {
            "unlisted" => {
                let kept: Vec<&str> =
                    lines.lines().filter(|line| !line.contains(&newest)).collect();
                fs::write(&ledger, kept.join("\n") + "\n").unwrap();
            }
            "nothing listed" => fs::remove_file(&ledger).unwrap(),
            _ => {}
        }
        let latest = project.tag("out/shelf", "app:latest");
        let told = project.run(&["resume"]).expect(2);
        told.says(&[&older, &newest]);
        assert_eq!(project.tag("out/shelf", "app:latest"), latest, "{damage}");
    }
}

#[test]
fn an_optional_letter_of_a_pattern_is_one() {
    for tag in ["1.0", "v1.0", "2026.11.28"] {
        let project = Project::new();
        project.configure(tag, "");
        project.release();
        configure_other(&project, tag);
        let text = fs::read_to_string(project.path("castoff.toml")).unwrap();
        let text = text.replace("[[artifact]]", "immutable = [\"v?[0-9]*\"]\n[[artifact]]");
        project.write("castoff.toml", text);
        let before = project.tag("out/shelf", &format!("app:{tag}"));
        project.run(&["--batch"]).expect(5).says(&["is immutable"]);
        assert_eq!(project.tag("out/shelf", &format!("app:{tag}")), before);
    }
}
