//! A base that moved has its images built again.

use std::process::Command;

use super::{Project, project, shelf};
use crate::support::{DockerRegistry, busybox, copy_folder, run};

/// A registry with the base `acme/base:1`, which has `/release` with `one`.
fn registry() -> DockerRegistry {
    DockerRegistry::start()
}

/// Publishes an image with `/release` as the base.
fn publish(castoff: &Project, registry: &DockerRegistry, text: &str) {
    copy_folder(&busybox::archives(text), &castoff.path(&format!("base-{text}")));
    let url = format!("docker://{}/acme/base:1", registry.address());
    castoff.run(&["push", "--insecure", &format!("base-{text}"), &url]).expect(0);
}

fn release(castoff: &Project) -> String {
    castoff.run(&["--batch", "-v", "--platform", "linux/amd64"]).expect(0).stderr
}

/// The file `/release` of what was released.
fn released(castoff: &Project) -> String {
    let to = tempfile::tempdir().expect("a folder");
    let image = format!("oci:{}:hello:1.0", castoff.path("shelf").display());
    run(Command::new("skopeo")
        .args(["--insecure-policy", "copy", "-q", &image])
        .arg(format!("dir:{}", to.path().display())));
    let script = "for l in *; do tar -xzOf \"$l\" release 2>/dev/null && exit; done; exit 9";
    run(Command::new("sh").args(["-c", script]).current_dir(to.path()))
}

fn with(dockerfile: &str) -> (Project, DockerRegistry) {
    let registry = registry();
    let base = format!("{}/acme/base:1", registry.address());
    let castoff = project(&dockerfile.replace("BASE", &base), "", &shelf());
    castoff.write("hello/notes", "notes");
    publish(&castoff, &registry, "one");
    (castoff, registry)
}

#[test]
fn a_base_that_moved_has_the_image_built_again() {
    let (castoff, registry) = with("FROM BASE\nCOPY notes /\n");
    assert!(release(&castoff).contains(": building "));
    assert_eq!(released(&castoff), "one");
    let again = release(&castoff);
    assert!(again.contains("unchanged since it was built"), "{again}");
    publish(&castoff, &registry, "two");
    let moved = release(&castoff);
    assert!(moved.contains(": building "), "{moved}");
    assert_eq!(released(&castoff), "two");
}

#[test]
fn what_files_are_copied_from_counts_as_a_base_does() {
    let (castoff, registry) = with("FROM scratch\nCOPY --from=BASE /release /\n");
    release(&castoff);
    assert!(release(&castoff).contains("unchanged since it was built"));
    publish(&castoff, &registry, "two");
    assert!(release(&castoff).contains(": building "));
    assert_eq!(released(&castoff), "two");
}

#[test]
fn where_a_base_cannot_be_looked_at_that_is_told_and_what_was_known_counts() {
    let (castoff, registry) = with("FROM BASE\nCOPY notes /\n");
    release(&castoff);
    drop(registry);
    let told = release(&castoff);
    assert!(told.contains("/acme/base:1 cannot be resolved"), "{told}");
    assert!(told.contains("unchanged since it was built"), "{told}");
}

#[test]
fn an_image_on_a_base_that_no_registry_has_is_built_each_time() {
    let registry = DockerRegistry::start();
    let base = format!("{}/local:1", registry.address());
    let castoff = project(&format!("FROM {base}\nCOPY notes /\n"), "", &shelf());
    castoff.write("hello/notes", "notes");
    castoff.write("local", "FROM scratch\nCOPY notes /local\n");
    let (file, context) = (castoff.path("local"), castoff.path("hello"));
    let mut build = castoff.engine.docker();
    run(build.args(["build", "-q", "-t", &base, "-f"]).args([&file, &context]));
    assert!(release(&castoff).contains("its registry does not have it"));
    assert!(release(&castoff).contains(": building "));
}
