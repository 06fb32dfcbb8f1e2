//! Content that vanishes between two jobs, or between two runs.

use super::{BadRegistry, Manners, Project, QUICK, good, hub};

#[test]
fn a_resume_puts_back_what_a_registry_collected_meanwhile() {
    let registry = BadRegistry::start(good());
    let project = Project::new(&["linux/amd64", "linux/arm64"], 1, 1000);
    project.configure(&hub(&registry), QUICK);
    // The tags cannot move, so the run stops after the check.
    registry.behave(Manners { refuses_tags: Some(500), ..good() });
    let told = project.run(&["--batch"]);
    assert_eq!(told.status, 3, "{}", told.err);
    registry.lose_manifests();
    registry.behave(good());
    let told = project.run(&["resume"]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert!(registry.is_whole("acme/a", "1"));
}

#[test]
fn an_index_whose_manifests_vanished_is_joined_again_after_they_were_pushed() {
    let registry = BadRegistry::start(good());
    let project = Project::new(&["linux/amd64", "linux/arm64"], 1, 1000);
    project.configure(&hub(&registry), QUICK);
    registry.behave(Manners { refuses_indexes: Some(500), ..good() });
    let told = project.run(&["--batch"]);
    assert_eq!(told.status, 3, "{}", told.err);
    registry.lose_manifests();
    registry.behave(good());
    let told = project.run(&["resume"]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert!(registry.is_whole("acme/a", "1"));
}

#[test]
fn a_registry_that_lied_about_a_blob_gets_it_in_the_same_run() {
    let registry = BadRegistry::start(good());
    let project = Project::new(&["linux/amd64"], 2, 1000);
    project.configure(&hub(&registry), QUICK);
    assert_eq!(project.run(&["--batch"]).status, 0);
    registry.lose_blobs();
    registry.lose_manifests();
    let told = project.run_in("another", &["--batch", "--force"]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert!(registry.is_whole("acme/a", "1"));
}
