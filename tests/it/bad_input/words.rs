//! Names that are no names.

use insta::assert_snapshot;

use super::{World, image};
use crate::support::images::Form;

/// A good archive, and one thing of the configuration replaced.
fn replaced(from: &str, to: &str) -> String {
    let world = World::with(image().save(Form::Legacy, true));
    let config = std::fs::read_to_string(world.path("castoff.toml")).unwrap();
    assert!(config.contains(from), "{config}");
    world.write("castoff.toml", config.replacen(from, to, 1));
    world.refuse()
}

#[test]
fn a_version_that_makes_no_tag_is_refused() {
    assert_snapshot!(replaced("\"1.0\"", "\"1.0 final\""), @r"
    4
    error: artifact `app`
      1: `1.0 final` is not a tag: it may have letters, digits, `_`, `.` and `-` only
    ");
}

#[test]
fn a_name_that_makes_no_repository_is_refused() {
    assert_snapshot!(replaced("\"app\"", "\"App\""), @r"
    2
    error: …/castoff.toml:8: `App` is not a repository: each part must have lower-case letters and digits, with `.`, `_`, `__` or any number of `-` between them
    ");
}

#[test]
fn a_parameter_that_a_url_does_not_have_is_refused() {
    let bucket =
        "[[sink]]\nname = \"bucket\"\nurl = \"s3://b?endpoint=http://127.0.0.1:1&regoin=x\"\n";
    assert_snapshot!(replaced("[[sink]]\n", &format!("{bucket}[[sink]]\n")), @r"
    2
    error: …/castoff.toml:12: `sink.url`: `s3://b?endpoint=http://127.0.0.1:1&regoin=…` is not a sink: `regoin` is not a parameter; did you mean `region`?
    ");
}

#[test]
fn a_name_without_grammar_on_the_command_line_is_refused() {
    let world = World::with(image().save(Form::Legacy, true));
    let told = |arguments: &[&str]| world.refused(&world.run(arguments));
    let port = world.hub.local_addr().unwrap().port();
    let url = format!("docker://127.0.0.1:{port}/team/app");
    assert_snapshot!(told(&["push", "-q", "-t", "app:a b", "images", &url]), @r"
    2
    error: `a b` is not a tag: it may have letters, digits, `_`, `.` and `-` only
    ");
    assert_snapshot!(told(&["push", "-q", "-t", "App:1", "images", &url]), @r"
    2
    error: `App` is not a repository: each part must have lower-case letters and digits, with `.`, `_`, `__` or any number of `-` between them
    ");
    assert_snapshot!(told(&["push", "-q", "-t", "app:1", "images", "s3://b?regoin=x"]), @r"
    2
    error: `s3://b?regoin=…` is not a sink: `regoin` is not a parameter; did you mean `region`?
    ");
    assert_snapshot!(told(&["push", "-q", "-t", "app:1", "nowhere", &url]), @r"
    4
    error: …/nowhere does not exist
    ");
}
