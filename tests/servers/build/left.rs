//! What a build leaves at its engine: nothing, however it ends.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use super::{DOCKERFILE, Project, expect_clean, project, shelf};
use crate::support::{DockerEngine, output, run};

/// A step that takes long, and that no other test has.
fn sleep(number: u32) -> String {
    format!("sleep {}", std::process::id() * 10 + number)
}

/// A build with such a step.
fn sleeping(number: u32) -> String {
    DOCKERFILE.replace("ARG GREETING=hello", &format!("RUN /bin/busybox {}", sleep(number)))
}

fn begin(castoff: &Project) -> Child {
    let arguments = ["--batch", "--platform", "linux/amd64"];
    castoff.command(&arguments).stderr(Stdio::piped()).spawn().expect("castoff can be run")
}

fn is_there(what: &str) -> bool {
    output(Command::new("pgrep").args(["-f", what])).status.success()
}

/// Waits for a process with this in its command line to come or to go.
#[track_caller]
fn wait(what: &str, there: bool) {
    let began = Instant::now();
    while is_there(what) != there {
        assert!(began.elapsed().as_secs() < 60, "`{what}`: {}", !there);
        std::thread::yield_now();
    }
}

fn signal(castoff: &Child, name: &str) {
    run(Command::new("kill").args(["-s", name, &castoff.id().to_string()]));
}

#[test]
fn a_run_that_is_cancelled_ends_its_build_at_the_engine() {
    let engine = DockerEngine::start();
    let castoff = project(&sleeping(1), "", &shelf()).env("DOCKER_HOST", engine.host());
    let mut run = begin(&castoff);
    wait(&sleep(1), true);
    signal(&run, "INT");
    let said = BufReader::new(run.stderr.take().expect("it is piped"));
    let mut lines = said.lines().map_while(Result::ok);
    let heard = lines.find(|line| line.contains("press Ctrl-C again"));
    assert!(heard.is_some(), "the first signal was not heard");
    signal(&run, "INT");
    lines.for_each(drop);
    let status = run.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    wait(&sleep(1), false);
    expect_clean(&engine);
}

#[test]
fn a_castoff_that_is_killed_ends_its_build_at_the_engine() {
    let engine = DockerEngine::start();
    let castoff = project(&sleeping(2), "", &shelf()).env("DOCKER_HOST", engine.host());
    let mut run = begin(&castoff);
    wait(&sleep(2), true);
    signal(&run, "KILL");
    run.wait().expect("it ends");
    wait(&sleep(2), false);
    castoff.write("hello/Dockerfile", DOCKERFILE);
    let refused = castoff.run(&["resume"]).expect(4);
    assert!(refused.stderr.contains("changed since the run began"), "{}", refused.stderr);
    expect_clean(&engine);
}

#[test]
fn an_image_that_a_killed_castoff_left_is_removed_by_the_next_build() {
    let engine = DockerEngine::start();
    let castoff = project(DOCKERFILE, "", &shelf()).env("DOCKER_HOST", engine.host());
    let built = |castoff: &Project| {
        castoff.run(&["--batch", "-v", "--force", "--platform", "linux/amd64"]).expect(0).stderr
    };
    // The name that castoff gives on this machine, with a process that is none.
    let named = built(&castoff);
    let name =
        named.split("naming to ").nth(1).and_then(|rest| rest.lines().next()).expect("a name");
    let (machine, _) =
        name.rsplit_once('-').and_then(|(rest, _)| rest.rsplit_once('-')).expect("parts");
    let orphan = format!("{machine}-4194000-000000000000");
    let context = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(context.path().join("Dockerfile"), "FROM scratch\nLABEL orphan=yes\n")
        .expect("a file");
    run(engine.docker().args(["build", "-q", "-t", &orphan, "-t", "keep:1"]).arg(context.path()));
    let theirs = "castoff.invalid/build:0123456789ab-1-0";
    run(engine.docker().args(["tag", "keep:1", theirs]));
    built(&castoff);
    let images = engine.images();
    assert!(!images.contains("4194000"), "{images}");
    assert!(images.contains("keep:1") && images.contains("0123456789ab"), "{images}");
}

#[test]
fn a_full_disk_at_the_engine_is_told_as_such() {
    let engine = DockerEngine::on_a_disk_of("160m");
    let step = "/bin/busybox dd if=/dev/zero of=/big bs=1M count=400";
    let dockerfile = DOCKERFILE.replace("ARG GREETING=hello", &format!("RUN {step}"));
    let castoff = project(&dockerfile, "", &shelf()).env("DOCKER_HOST", engine.host());
    let ended = castoff.run(&["--batch", "--platform", "linux/amd64"]).expect(3);
    assert!(ended.stderr.contains("is full"), "{}", ended.stderr);
    assert!(ended.stderr.contains("No space left on device"), "{}", ended.stderr);
    assert!(ended.stderr.contains("docker system prune"), "{}", ended.stderr);
    expect_clean(&engine);
}

#[test]
fn a_context_of_two_gigabytes_needs_little_memory() {
    let castoff = project(DOCKERFILE, "", &shelf());
    let big = castoff.write("hello/big", "");
    let file = std::fs::File::options().write(true).open(&big).expect("a file");
    file.set_len(2 << 30).expect("a file may have holes");
    let dockerfile = DOCKERFILE.replace("ARG GREETING=hello", "COPY big /big");
    let size = |of: &Path| std::fs::metadata(of).expect("a file").len();
    assert_eq!(size(&big), 2 << 30);
    castoff.write("hello/Dockerfile", dockerfile);
    let release = castoff.command(&["--batch", "-q", "--platform", "linux/amd64"]);
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%M"]).arg(release.get_program()).args(release.get_args());
    timed.current_dir(castoff.path("")).env_clear();
    timed.envs(release.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = output(&mut timed);
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{said}");
    let peak: u64 = said.lines().last().and_then(|line| line.parse().ok()).expect("a number");
    // In KiB.
    assert!(peak < 160 << 10, "{peak} KiB");
}
