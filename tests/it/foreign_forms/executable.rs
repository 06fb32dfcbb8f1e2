//! Programs among files: no digest tells of them, and a folder shows them.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::support::project::Project;

fn tree(text: &str) -> Project {
    let project = Project::new();
    fill(&project, text);
    project
}

fn fill(project: &Project, text: &str) {
    for (name, mode) in [("tool", 0o755), ("notes", 0o644)] {
        let path = format!("tree/linux/amd64/{name}");
        project.write(&path, format!("{name} {text}"));
        fs::set_permissions(project.path(&path), fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[track_caller]
fn is_kept(project: &Project, folder: &str, text: &str) {
    for (name, mode) in [("tool", 0o755), ("notes", 0o644)] {
        let path = project.path(&format!("{folder}/df-dist-v1/f/1/linux/amd64/{name}"));
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{name} {text}"));
        let found = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name}: {found:o}");
    }
}

#[test]
fn a_program_can_be_run_where_it_was_released_to_a_folder() {
    let project = tree("one");
    let push = ["push", "-t", "f:1", "tree", "dir:out"];
    project.run(&push).expect(0);
    is_kept(&project, "out", "one");
    fill(&project, "two");
    project.run(&push).expect(0);
    is_kept(&project, "out", "two");
    // Nothing is sent for a mode alone, nor is it taken for damage.
    let tool = project.path("out/df-dist-v1/f/1/linux/amd64/tool");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o644)).unwrap();
    let told = project.run(&push).expect(0);
    assert!(!told.stderr.contains("damage"), "{told:?}");
}

#[test]
fn a_program_stays_one_where_it_is_copied_and_where_it_comes_back() {
    let project = tree("one");
    project.run(&["push", "-t", "f:1", "tree", "dir:out"]).expect(0);
    let config = "[[artifact]]\nname = \"f\"\nfrom = { files = \"tree\" }\n\
                  [[sink]]\nname = \"out\"\nurl = \"dir:out\"\n";
    project.write("castoff.toml", config);
    project.run(&["copy", "out/f:1", "dir:copy"]).expect(0);
    is_kept(&project, "copy", "one");
    fill(&project, "two");
    let before = project.runs();
    project.run(&["push", "-t", "f:1", "tree", "dir:out"]).expect(0);
    is_kept(&project, "out", "two");
    let run = project.runs().into_iter().find(|run| !before.contains(run)).unwrap();
    project.run(&["rollback", &run]).expect(0);
    is_kept(&project, "out", "one");
}
