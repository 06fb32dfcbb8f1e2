//! Payloads whose images are built on one that moves.

use serde_json::json;

use super::World;
use crate::support::{Base, git_server::commit};

fn world(base: &Base) -> World {
    let world = World::new();
    let repository = world.castoff.path("../repository");
    let dockerfile = format!("FROM {}\nCOPY hello /\n", base.name());
    commit(&repository, &[("Dockerfile", &dockerfile), ("hello", "hi")]);
    let url = format!("file://{}", repository.display());
    world.hello(&json!({ "git_repo": { "url": url } }));
    world
}

#[test]
fn a_base_that_moved_has_a_payload_built_again_and_a_resume_builds_on_the_old_one() {
    let base = Base::start();
    let world = world(&base);
    world.castoff.configure(
        "[release]\nversion = \"7\"\nplatforms = [\"linux/amd64\"]\n\
         [[artifact]]\nname = \"hello\"\nfrom = { image_builder = \"payload.json\" }\n\
         [[sink]]\nname = \"shelf\"\nurl = \"oci:out/shelf\"\n",
    );
    base.expect_followed(&world.castoff, "out");
}

#[test]
fn an_image_build_looks_whether_its_base_moved() {
    let base = Base::start();
    let world = world(&base);
    base.publish(&world.castoff, "one");
    let build = || world.castoff.run(&["image", "build", "payload.json", "-v"]).expect(0).stderr;
    let released = || world.file("acme/hello:1.0", "linux/amd64", "release");
    build();
    assert_eq!(released().as_deref(), Some("one"));
    base.publish(&world.castoff, "two");
    let again = build();
    assert!(again.contains(": building "), "{again}");
    assert_eq!(released().as_deref(), Some("two"));
}
