//! A registry that does everything wrong at once.
//!
//! Ten seeds with writes that are shown 15 s late are a mode of `tests/run`:
//! `tests/run stamina`.

use std::time::Duration;

use super::{BadRegistry, Manners, Project, hub};

const PLATFORMS: [&str; 4] = ["linux/386", "linux/amd64", "linux/arm64", "linux/riscv64"];
const LAYERS: u64 = 25;
const SIZE: usize = 20_000;

fn ends_by_itself(seed: u64, late: Duration, engine: &str) {
    let registry = BadRegistry::start(Manners {
        late,
        bad_gateways: 50,
        forgotten: 20,
        closes: true,
        no_lengths: true,
        seed,
        ..Manners::default()
    });
    let project = Project::new(&PLATFORMS, LAYERS, SIZE);
    project.configure(&hub(&registry), engine);
    let told = project.run(&["--batch"]);
    assert_eq!(told.status, 0, "seed {seed}: {}", told.err);
    assert!(registry.is_whole("acme/a", "1"), "seed {seed}");
    let sent: usize = registry.bodies().iter().map(|of| of.body).sum();
    let content = PLATFORMS.len() * 25 * SIZE;
    assert!(sent * 10 <= content * 13, "seed {seed}: {sent} bytes of {content}");
}

#[test]
fn a_release_to_a_registry_that_does_everything_wrong_ends_by_itself() {
    ends_by_itself(1, Duration::from_millis(300), super::QUICK);
}

#[test]
#[ignore = "takes minutes: tests/run stamina"]
fn ten_releases_to_a_registry_that_shows_writes_15_seconds_late_end_by_themselves() {
    std::thread::scope(|scope| {
        for seed in 0..10 {
            scope.spawn(move || ends_by_itself(seed, Duration::from_secs(15), ""));
        }
    });
}
