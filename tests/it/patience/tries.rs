//! How often one thing is tried.

use std::time::{Duration, Instant};

use super::{BadRegistry, Manners, Project, QUICK, bad_registry::LARGE, hub, layer};

#[test]
fn a_blob_that_is_refused_with_500_is_sent_as_often_as_attempts_say_in_all() {
    for status in [500, 507] {
        let manners = Manners { refuses_bodies: Some(status), ..Manners::default() };
        let registry = BadRegistry::start(manners);
        // Both platforms need the same layer, and two jobs would send it.
        let project = Project::new(&[], 0, 0);
        for platform in ["linux/amd64", "linux/arm64"] {
            project.add(platform, &[layer(1, 3 << 20)]);
        }
        project.configure(&hub(&registry), &format!("{QUICK}\njobs = 1"));
        let told = project.run(&["--batch"]);
        assert_eq!(told.status, 3, "{}", told.err);
        let sizes: Vec<_> = registry.bodies().iter().map(|of| of.body).collect();
        let large = sizes.iter().filter(|size| **size > LARGE).count();
        assert_eq!(large, 5, "{status}: {sizes:?}\n{}", told.err);
        assert_eq!(told.err.matches("; next attempt in").count(), 4, "{}", told.err);
    }
}

#[test]
fn what_a_server_does_not_implement_is_told_at_once() {
    for status in [501, 505] {
        let manners = Manners { refuses_bodies: Some(status), ..Manners::default() };
        let registry = BadRegistry::start(manners);
        let project = Project::new(&["linux/amd64"], 1, 3 << 20);
        project.configure(&hub(&registry), QUICK);
        let told = project.run(&["--batch"]);
        assert_eq!(told.status, 3, "{}", told.err);
        assert!(!told.err.contains("again in"), "{}", told.err);
    }
}

#[test]
fn a_manifest_that_is_refused_with_500_is_sent_as_often_as_attempts_say() {
    let manners = Manners { refuses_manifests: Some(500), ..Manners::default() };
    let registry = BadRegistry::start(manners);
    let project = Project::new(&["linux/amd64"], 1, 1000);
    project.configure(&hub(&registry), QUICK);
    let told = project.run(&["--batch"]);
    assert_eq!(told.status, 3, "{}", told.err);
    let puts = registry.asked().into_iter().filter(|of| of.path.contains("/manifests/sha256"));
    assert_eq!(puts.filter(|of| of.method == "PUT").count(), 5, "{}", told.err);
}

#[test]
fn a_server_that_never_answers_is_told_of_after_a_few_timeouts() {
    let registry = BadRegistry::start(Manners { silent: true, ..Manners::default() });
    let project = Project::new(&["linux/amd64"], 1, 1000);
    project.configure(&hub(&registry), &format!("{QUICK}\nidle_timeout = \"200ms\""));
    let began = Instant::now();
    let told = project.run(&["--batch"]);
    assert_ne!(told.status, 0, "{}", told.err);
    assert!(told.err.contains("no data"), "{}", told.err);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}\n{}", began.elapsed(), told.err);
}

#[test]
fn a_server_that_refuses_connections_is_told_of_soon() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let project = Project::new(&["linux/amd64"], 1, 1000);
    project.configure(&format!("docker://{address}/acme"), QUICK);
    let told = project.run(&["--batch"]);
    assert_ne!(told.status, 0, "{}", told.err);
    assert!(told.err.matches("again in").count() <= 2, "{}", told.err);
}

#[test]
fn a_server_that_closes_kept_connections_costs_no_wait() {
    let registry = BadRegistry::start(Manners { closes: true, ..Manners::default() });
    let project = Project::new(&["linux/amd64", "linux/arm64"], 2, 400_000);
    project.configure(&hub(&registry), QUICK);
    let told = project.run(&["--batch"]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert!(!told.err.contains("again in"), "{}", told.err);
}

/// Two machines whose waits are the same would come back at the same moment.
#[test]
fn no_two_runs_wait_the_same() {
    let waits = |seed: u64| {
        let manners = Manners { refuses_manifests: Some(503), seed, ..Manners::default() };
        let registry = BadRegistry::start(manners);
        let project = Project::new(&["linux/amd64"], 1, 1000);
        let engine = "attempts = 4\ndelay = \"30ms\"\nmax_delay = \"60ms\"";
        project.configure(&hub(&registry), engine);
        project.run(&["--batch"]);
        let mut asked = registry.asked();
        asked.retain(|of| of.method == "PUT" && of.path.contains("/manifests/"));
        let waits: Vec<_> = asked.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
        waits
    };
    let (one, other) = (waits(0), waits(0));
    assert_eq!(one.len(), other.len());
    let differ = |(a, b): (&Duration, &Duration)| a.abs_diff(*b) > Duration::from_millis(3);
    assert!(one.iter().zip(&other).any(differ), "{one:?} {other:?}");
}
