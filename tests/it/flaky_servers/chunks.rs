//! Servers that want smaller pieces.

use super::{BadRegistry, Manners, Project, QUICK, hub};

#[test]
fn a_proxy_that_refuses_large_bodies_gets_smaller_ones_and_is_remembered() {
    for longest in [6 << 20, 1 << 20] {
        let registry = BadRegistry::start(Manners { longest: Some(longest), ..Manners::default() });
        let project = Project::new(&["linux/amd64"], 1, 9 << 20);
        project.configure(&hub(&registry), QUICK);
        let told = project.run(&["--batch"]);
        assert_eq!(told.status, 0, "{}", told.err);
        assert!(registry.names("acme/a", "1").is_some());
        let before = registry.asked().len();
        let next = Project::new(&["linux/arm64"], 2, 9 << 20);
        next.configure(&hub(&registry), QUICK);
        std::fs::rename(project.path("home"), next.path("home")).unwrap();
        let told = next.run(&["--batch"]);
        assert_eq!(told.status, 0, "{}", told.err);
        let refused = |of: &&super::bad_registry::Asked| of.method == "PATCH" && of.body == 0;
        let asked = registry.asked();
        assert_eq!(asked[before..].iter().filter(refused).count(), 0, "{longest}");
    }
}

/// As a proxy does that refuses a size without a word that arrives.
#[test]
fn chunks_of_which_each_is_cut_become_smaller_until_they_arrive() {
    let registry = BadRegistry::start(Manners { uncut: Some(3 << 20), ..Manners::default() });
    let project = Project::new(&["linux/amd64"], 1, 9 << 20);
    project.configure(&hub(&registry), QUICK);
    let told = project.run(&["--batch"]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert!(registry.names("acme/a", "1").is_some());
    let sent: usize = registry.bodies().iter().map(|of| of.body).sum();
    assert!(sent < 4 * (9 << 20), "{sent} bytes were sent");
}
