//! Several engines, each for its platforms.

use super::{DOCKERFILE, PLATFORMS, expect_clean, project, shelf};
use crate::support::{Castoff, DockerEngine, Terminal};

fn two_engines(castoff: &Castoff, other: &str) {
    let config = std::fs::read_to_string(castoff.path("castoff.toml")).expect("a file");
    castoff.configure(&format!(
        "{config}\n[builders]\n\"linux/arm64\" = \"{other}\"\n[engine]\nattempts = 2\ndelay = \"100ms\"\n"
    ));
}

#[test]
fn each_platform_is_built_where_the_configuration_says() {
    let other = DockerEngine::start();
    let castoff = project(DOCKERFILE, "", &shelf());
    two_engines(&castoff, &other.host());
    let ended = castoff.run(&["--batch", "-v"]).expect(0);
    let at = |platform: &str, engine: &DockerEngine| {
        let line =
            ended.stderr.lines().find(|line| line.contains(&format!("{platform}: building")));
        assert!(line.expect("a line").contains(&engine.host()), "{line:?}");
    };
    at(PLATFORMS[1], &other);
    let line = ended.stderr.lines().find(|line| line.contains("linux/amd64: building"));
    assert!(line.expect("a line").contains("the Docker Engine"), "{line:?}");
    expect_clean(&other);
}

#[test]
fn an_engine_that_goes_away_fails_its_platform_alone_and_a_retry_finishes() {
    let mut other = DockerEngine::start();
    let step =
        "if test $(/bin/busybox uname -m) = aarch64; then echo waiting; /bin/busybox sleep 5; fi";
    let waiting =
        DOCKERFILE.replace("ARG GREETING=hello", &format!("ARG GREETING=hello\nRUN {step}"));
    let castoff = project(&waiting, "", &shelf());
    two_engines(&castoff, &other.host());
    let mut console = Terminal::start(&castoff.command::<&str>(&[]), (120, 40));
    console.expect("10 jobs");
    console.expect("build, then send");
    console.press("\r");
    console.expect("Release hello");
    console.press("\r");
    console.expect("2/");
    console.press("gj");
    console.expect("waiting");
    other.kill();
    console.expect("· 1 failed ·");
    console.expect("5 of 10 done");
    other.restart();
    console.press("R");
    console.expect("10 of 10 done");
    console.press("q");
    assert_eq!(console.end(), 0);
}
