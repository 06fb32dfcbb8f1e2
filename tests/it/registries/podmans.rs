//! What Podman is told of registries in registries.conf.

use super::{Desk, Registry};

const FILE: &str = "home/config/containers/registries.conf";
const DROPPED_IN: &str = "home/config/containers/registries.conf.d/50-mine.conf";

#[test]
fn a_registry_that_is_blocked_is_asked_for_nothing() {
    for (prefix, file) in [("", FILE), ("/team", DROPPED_IN), ("/team/app", FILE)] {
        let registry = Registry::start();
        registry.held().image("1");
        let desk = Desk::new();
        let entry = format!("{}{prefix}", registry.server.address);
        desk.write(file, format!("[[registry]]\nlocation = \"{entry}\"\nblocked = true\n"));
        for verb in [
            vec!["inspect", &*registry.url(":1")],
            vec!["push", "-t", "app:1", "images", &*registry.url("")],
        ] {
            let ended = desk.run(&verb);
            assert_ne!(ended.status, 0);
            ended.says(&[&format!("it blocks `{entry}`"), file.rsplit('/').next().unwrap()]);
        }
        assert!(registry.server.seen("*", "team").is_empty());
        // Another one is not.
        let other = Registry::start();
        other.held().image("1");
        desk.run(&["inspect", &other.url(":1")]).expect(0);
    }
}

#[test]
fn what_a_later_file_says_goes_before() {
    let registry = Registry::start();
    registry.held().image("1");
    let desk = Desk::new();
    let entry = format!("[[registry]]\nlocation = \"{}\"\nblocked = ", registry.server.address);
    desk.write(FILE, format!("{entry}true\n"));
    desk.run(&["inspect", &registry.url(":1")]).says(&["it blocks"]);
    desk.write(DROPPED_IN, format!("{entry}false\n"));
    desk.run(&["inspect", &registry.url(":1")]).expect(0);
}

#[test]
fn a_registry_that_is_insecure_for_podman_is_so_here() {
    let registry = Registry::start();
    registry.held().image("1");
    let desk = Desk::new();
    // This machine is asked with TLS alone where an authority is named.
    desk.write("ca.pem", include_str!("../keys/ec.pem"));
    let url = registry.url(":1");
    let verb = ["inspect", "--ca", "ca.pem", &url];
    desk.run(&verb).expect(4);
    let own = desk.write(
        "own.conf",
        format!("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", registry.server.address),
    );
    let desk = desk.env("CONTAINERS_REGISTRIES_CONF", own.display().to_string());
    desk.run(&verb).expect(0);
}

#[test]
fn what_is_not_followed_is_said_by_name() {
    let registry = Registry::start();
    registry.held().image("1");
    let host = &registry.server.address;
    for (rest, said) in [
        ("location = \"other.example/mirror\"", "is at `other.example/mirror`"),
        ("[[registry.mirror]]\nlocation = \"mirror.example\"", "has mirrors"),
        ("insecure = true", "alone is insecure"),
    ] {
        let desk = Desk::new();
        desk.write(FILE, format!("[[registry]]\nprefix = \"{host}/team\"\n{rest}\n"));
        desk.run(&["inspect", &registry.url(":1")]).expect(0).says(&[
            said,
            "registries.conf",
            "castoff ignores",
        ]);
    }
    let desk = Desk::new();
    desk.write(FILE, "[[registry]\n");
    desk.run(&["inspect", &registry.url(":1")]).says(&["registries.conf"]);
}
