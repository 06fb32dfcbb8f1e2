//! Runs that are put back, one behind the other.

use crate::support::{
    images::{Form, Image},
    project::Project,
    tars::layer,
};

/// A project that pushes one of two images as `app:latest`, and the runs that
/// did, in order.
fn pushed(contents: &[&str]) -> (Project, Vec<String>) {
    let project = Project::new();
    let mut runs = Vec::new();
    for content in contents {
        let image = Image::new("linux/amd64", &[layer("file", content)]);
        let folder = format!("images-{content}");
        project.write(&format!("{folder}/linux.amd64.tar"), image.save(Form::Docker25, true));
        project.run(&["push", "-t", "app:latest", &folder, "oci:shelf"]).expect(0);
        runs.push(project.runs().into_iter().find(|run| !runs.contains(run)).expect("a new run"));
    }
    (project, runs)
}

#[test]
fn a_rollback_takes_no_tag_from_a_newer_run_that_gave_it_the_same_content() {
    let (project, runs) = pushed(&["a", "b", "a"]);
    let [first, second, third] = &runs[..] else { panic!("three runs") };
    let tag = || project.tag("shelf", "app:latest");
    let newest = tag();
    for run in [first, second] {
        let told = project.run(&["rollback", run]).expect(5);
        told.says(&["app:latest", "was moved later", "castoff rollback"]);
        assert_eq!(tag(), newest);
    }
    project.run(&["rollback", third]).expect(0);
    project.run(&["rollback", first]).expect(5).says(&[second]);
    project.run(&["rollback", second]).expect(0);
    assert_eq!(tag(), newest);
    project.run(&["rollback", first]).expect(0);
    assert_eq!(tag(), None);
}

#[test]
fn a_run_is_rolled_back_once_unless_its_rollback_was_rolled_back() {
    let (project, runs) = pushed(&["a", "b"]);
    let (tag, second) = (|| project.tag("shelf", "app:latest"), &runs[1]);
    let newest = tag();
    let known = project.runs();
    project.run(&["rollback", second]).expect(0);
    let undo = project.runs().into_iter().find(|run| !known.contains(run)).expect("a new run");
    let told = project.run(&["rollback", second]).expect(4);
    told.says(&[second, "was rolled back by run", &undo]);
    project.run(&["rollback", &undo]).expect(0);
    assert_eq!(tag(), newest);
    project.run(&["rollback", second]).expect(0);
    assert_ne!(tag(), newest);
}

#[test]
fn a_rollback_takes_no_tag_that_a_damaged_newer_journal_may_have_moved() {
    let (project, runs) = pushed(&["a", "b", "a"]);
    let [first, second, third] = &runs[..] else { panic!("three runs") };
    let newest = project.tag("shelf", "app:latest");
    for run in [second, third] {
        let text = std::fs::read_to_string(project.journal(run)).unwrap();
        let damaged: Vec<String> = text
            .lines()
            .enumerate()
            .map(|(at, line)| if at == 4 { line.replace('{', "[") } else { line.to_owned() })
            .collect();
        std::fs::write(project.journal(run), damaged.join("\n") + "\n").unwrap();
    }
    let told = project.run(&["rollback", first]).expect(4);
    told.says(&[second, "may have moved the same tags", "is damaged"]);
    assert_eq!(project.tag("shelf", "app:latest"), newest);
}

#[test]
fn an_empty_name_is_no_run() {
    let (project, _) = pushed(&["a"]);
    for verb in ["rollback", "resume", "retry"] {
        project.run(&[verb, ""]).expect(2).says(&["the name of the run is empty"]);
    }
    assert!(project.tag("shelf", "app:latest").is_some());
}

#[test]
fn a_journal_under_another_name_is_no_run_of_its_own() {
    let (project, runs) = pushed(&["a"]);
    std::fs::copy(project.journal(&runs[0]), project.journal("20261129-200204-eeee")).unwrap();
    let told = project.run(&["runs"]).expect(0);
    assert_eq!(told.stdout.lines().count(), 1, "{}", told.stdout);
    told.says(&["20261129-200204-eeee.jsonl is the journal of run", &runs[0]]);
    project.run(&["resume"]).expect(4).says(&["no unfinished run"]);
}

#[test]
fn pipes_in_place_of_what_is_kept_beside_journals_hold_nothing_up() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let (project, _) = pushed(&["a"]);
    let heads = project.home("state/castoff/runs.heads");
    std::fs::remove_file(&heads).unwrap();
    mknodat(CWD, &heads, FileType::Fifo, Mode::RWXU, 0).unwrap();
    assert_eq!(project.run(&["runs"]).expect(0).stdout.lines().count(), 1);
    project.run(&["push", "-t", "app:latest", "images-a", "oci:shelf"]).expect(0);
    let order = project.home("state/castoff/runs.order");
    std::fs::remove_file(&order).unwrap();
    mknodat(CWD, &order, FileType::Fifo, Mode::RWXU, 0).unwrap();
    let told = project.run(&["push", "-t", "app:latest", "images-a", "oci:shelf"]).expect(4);
    told.says(&["runs.order", "not a regular file"]);
}
