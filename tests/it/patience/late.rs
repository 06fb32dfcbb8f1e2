//! What was written is shown late.

use std::time::Duration;

use super::{BadRegistry, Manners, Project, QUICK, hub};

fn late() -> Manners {
    Manners { late: Duration::from_millis(300), ..Manners::default() }
}

#[test]
fn a_registry_that_shows_writes_late_is_waited_for() {
    let registry = BadRegistry::start(late());
    let project = Project::new(&["linux/amd64", "linux/arm64"], 1, 1000);
    project.configure(&hub(&registry), QUICK);
    let told = project.run(&["--batch"]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert!(told.err.contains("does not show the write yet"), "{}", told.err);
    assert!(registry.names("acme/a", "1").is_some());
}

#[test]
fn a_tag_that_still_shows_what_it_named_before_is_no_conflict() {
    let registry = BadRegistry::start(late());
    let project = Project::new(&["linux/amd64"], 1, 1000);
    project.configure(&hub(&registry), QUICK);
    assert_eq!(project.run(&["--batch"]).status, 0);
    let before = registry.names("acme/a", "latest");
    let next = Project::new(&["linux/arm64"], 2, 1000);
    next.configure(&hub(&registry), QUICK);
    registry.settle();
    let told = next.run(&["--batch"]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert_ne!(registry.names("acme/a", "latest"), before);
}

#[test]
fn a_rollback_at_once_is_not_taken_in_by_what_was_there_before() {
    let registry = BadRegistry::start(super::good());
    let project = Project::new(&["linux/amd64"], 1, 1000);
    project.configure(&hub(&registry), QUICK);
    assert_eq!(project.run(&["--batch"]).status, 0);
    let before = registry.names("acme/a", "latest");
    let next = Project::new(&["linux/arm64"], 2, 1000);
    next.configure(&hub(&registry), QUICK);
    let told = next.run(&["--batch", "--output", "json"]);
    assert_eq!(told.status, 0, "{}", told.err);
    registry.behave(late());
    let run = run_of(&told.out);
    let told = next.run(&["rollback", &run]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert_eq!(registry.names("acme/a", "latest"), before);
}

#[test]
fn a_removed_tag_that_is_still_shown_is_no_conflict() {
    let registry = BadRegistry::start(super::good());
    let project = Project::new(&["linux/amd64"], 1, 1000);
    project.configure(&hub(&registry), QUICK);
    assert_eq!(project.run(&["--batch"]).status, 0);
    registry.behave(late());
    let reference = format!("{}/a:latest", hub(&registry));
    let told = project.run(&["rm", &reference]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert_eq!(registry.names("acme/a", "latest"), None);
}

#[test]
fn a_signature_that_is_shown_late_is_waited_for_and_made_once() {
    for lists_referrers in [true, false] {
        let registry = BadRegistry::start(Manners { lists_referrers, ..super::good() });
        let project = Project::new(&["linux/amd64"], 1, 1000);
        project.configure(&hub(&registry), QUICK);
        assert_eq!(project.run(&["--batch"]).status, 0);
        let image = format!("{}/a:1", hub(&registry));
        for name in ["first", "second"] {
            assert_eq!(project.run(&["sign", "--generate-key", name]).status, 0);
        }
        registry.behave(Manners { lists_referrers, ..late() });
        for name in ["first", "second", "first"] {
            let told = project.run(&["sign", &image, "--key", &format!("{name}.key")]);
            assert_eq!(told.status, 0, "{lists_referrers}: {}", told.err);
        }
        registry.settle();
        registry.behave(Manners { lists_referrers, ..super::good() });
        for name in ["first", "second"] {
            let told = project.run(&["verify", &image, "--key", &format!("{name}.pub")]);
            assert_eq!(told.status, 0, "{lists_referrers}: {}", told.err);
        }
        let signatures = registry.signatures("acme/a");
        assert_eq!(signatures, 2, "{lists_referrers}");
    }
}

#[test]
fn a_collection_whose_removals_are_shown_late_ends_by_itself() {
    for lists_referrers in [true, false] {
        let registry = BadRegistry::start(Manners { lists_referrers, ..super::good() });
        let project = Project::new(&["linux/amd64"], 1, 1000);
        project.configure(&hub(&registry), QUICK);
        assert_eq!(project.run(&["--batch"]).status, 0);
        assert_eq!(project.run(&["sign", "--generate-key", "own"]).status, 0);
        let image = format!("{}/a:1", hub(&registry));
        assert_eq!(project.run(&["sign", &image, "--key", "own.key"]).status, 0);
        registry.settle();
        registry.behave(Manners { lists_referrers, ..late() });
        let repository = format!("{}/a", hub(&registry));
        let told = project.run(&["gc", &repository, "--keep", "0", "--match", "*"]);
        assert_eq!(told.status, 0, "{lists_referrers}: {}", told.err);
        registry.settle();
        assert_eq!(registry.signatures("acme/a"), 0, "{lists_referrers}: {}", told.err);
        assert_eq!(registry.names("acme/a", "1"), None);
    }
}

#[test]
fn a_tag_whose_move_is_never_shown_may_have_moved() {
    let registry = BadRegistry::start(super::good());
    for (seed, version) in [(1, "1"), (2, "2")] {
        let project = Project::new(&["linux/amd64"], seed, 1000);
        project.configure(&hub(&registry), QUICK);
        let config = std::fs::read_to_string(project.path("castoff.toml")).unwrap();
        let config = config.replace("version = \"1\"", &format!("version = \"{version}\""));
        std::fs::write(project.path("castoff.toml"), config).unwrap();
        assert_eq!(project.run(&["--batch"]).status, 0);
    }
    registry.settle();
    registry.behave(Manners { late: Duration::from_mins(10), ..Manners::default() });
    let project = Project::new(&["linux/amd64"], 1, 1000);
    project.configure(&hub(&registry), &QUICK.replace("5s", "400ms"));
    let [from, to] = ["1", "latest"].map(|tag| format!("{}/a:{tag}", hub(&registry)));
    let told = project.run(&["copy", &from, &to]);
    assert_eq!(told.status, 3, "{}", told.err);
    assert!(told.err.contains("may have moved"), "{}", told.err);
    assert!(!told.err.contains("else moved"), "{}", told.err);
    registry.settle();
    registry.behave(super::good());
    let told = project.run(&["resume"]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert_eq!(registry.names("acme/a", "latest"), registry.names("acme/a", "1"));
}

#[test]
fn only_a_third_thing_is_a_conflict_and_a_lie_is_not_waited_for_for_ever() {
    let manners = Manners { late: Duration::from_mins(10), ..Manners::default() };
    let registry = BadRegistry::start(manners);
    let project = Project::new(&["linux/amd64"], 1, 1000);
    project.configure(&hub(&registry), &QUICK.replace("5s", "400ms"));
    let told = project.run(&["--batch"]);
    assert_eq!(told.status, 3, "{}", told.err);
    assert!(told.err.contains("does not exist"), "{}", told.err);
}

/// The run that the first event names.
fn run_of(events: &str) -> String {
    let first = events.lines().next().expect("an event");
    let event: serde_json::Value = serde_json::from_str(first).expect("JSON");
    event["event"]["run"].as_str().expect("a run").to_owned()
}
