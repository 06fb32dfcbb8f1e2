//! Images that a sweep took, and that a rollback of an older run brings back.

use super::signing::{Signed, cosign};

const PLACES: [&str; 2] = ["garage", "shelf"];

/// A signed release under `latest` alone, and a newer one that has taken that,
/// after which the first was swept away; and the newer run's name.
fn swept(name: &str) -> (Signed, String) {
    let signed = Signed::new();
    let release = |version: &str| {
        signed.lab.content(version);
        signed.configure(version, name, &cosign("release"));
        let config = signed.lab.castoff.path("castoff.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        signed.lab.castoff.configure(&text.replace("\"{version}\", ", ""));
        signed.lab.run(&["--batch", "--sink", "garage", "--sink", "shelf"]).expect(0);
    };
    release("1.0");
    release("2.0");
    let run = signed.lab.newest_run();
    for place in PLACES {
        let gc = ["gc", &format!("{place}/{name}"), "--keep", "5", "--grace", "0s"];
        signed.lab.run(&gc).expect(0);
    }
    (signed, run)
}

#[test]
fn an_image_that_a_rollback_brings_back_has_its_signatures_again() {
    let (signed, run) = swept("brought");
    let told = signed.lab.run(&["rollback", &run]).expect(0).stderr;
    assert!(!told.contains("sent 0 B"), "{told}");
    for place in PLACES {
        let image = format!("{place}/brought:latest");
        signed
            .lab
            .run(&["verify", &image, "--key", "release.pub", "--platform", super::ARM])
            .expect(0);
        signed.lab.run(&["verify", &image, "--key", "release.pub"]).expect(0);
    }
}

#[test]
fn what_comes_back_without_its_signatures_is_told_before_its_tag_moves() {
    let (signed, run) = swept("unsigned");
    // The sweeps were another machine's.
    let listed = signed.lab.run(&["runs", "--json"]).expect(0).stdout;
    let names = listed.lines().map(|line| {
        let past: serde_json::Value = serde_json::from_str(line).unwrap();
        past["run"].as_str().unwrap().to_owned()
    });
    for name in names.skip_while(|name| *name != run).skip(1) {
        std::fs::remove_file(signed.lab.journal(&name)).unwrap();
    }
    let told = signed.lab.run(&["rollback", &run, "-q"]).expect(0).stderr;
    for place in PLACES {
        let said = format!("`unsigned:latest` at {place} is restored from the content store");
        assert!(told.contains(&said), "{told}");
    }
}

#[test]
fn a_tag_that_is_put_back_after_a_sweep_has_its_signatures_again() {
    let signed = Signed::new();
    signed.configure("1.0", "removed", &cosign("release"));
    signed.lab.run(&["--batch", "--sink", "garage", "--sink", "shelf"]).expect(0);
    for place in PLACES {
        let image = |tag: &str| format!("{place}/removed:{tag}");
        signed.lab.run(&["rm", &image("latest"), &image("1.0")]).expect(0);
        let run = signed.lab.newest_run();
        let gc = ["gc", &format!("{place}/removed"), "--keep", "5", "--grace", "0s"];
        signed.lab.run(&gc).expect(0);
        signed.lab.run(&["rollback", &run]).expect(0);
        signed.lab.run(&["verify", &image("1.0"), "--key", "release.pub"]).expect(0);
    }
}
