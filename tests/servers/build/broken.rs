//! Builds that fail, each with its message and nothing left behind.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use super::{DOCKERFILE, expect_clean, project, shelf};
use crate::support::{Castoff, DockerEngine, Ended, Web, run};

/// Releases for this machine's platform, or rather the first.
fn release(castoff: &Castoff) -> Ended {
    castoff.run(&["--batch", "-v", "--platform", "linux/amd64"])
}

/// A Dockerfile whose last step is `step`.
fn with_step(step: &str) -> String {
    DOCKERFILE.replace("ARG GREETING=hello", &format!("RUN {step}"))
}

#[track_caller]
fn expect_said(ended: &Ended, texts: &[&str]) {
    for text in texts {
        assert!(ended.stderr.contains(text), "no `{text}` in\n{}", ended.stderr);
    }
}

#[test]
fn a_step_that_fails_is_named_with_what_it_printed() {
    let engine = DockerEngine::start();
    let castoff = project(&with_step("echo broken >&2; exit 7"), "", &shelf())
        .env("DOCKER_HOST", engine.host());
    let ended = release(&castoff).expect(3);
    expect_said(&ended, &["echo broken >&2; exit 7", "exit code: 7", " broken\n"]);
    assert!(!castoff.path("shelf/index.json").exists(), "nothing was published");
    expect_clean(&engine);
}

#[test]
fn the_platform_that_fails_leaves_the_others_alone() {
    let step = "test $(/bin/busybox uname -m) != aarch64";
    let castoff = project(&with_step(step), "", &shelf());
    let ended = castoff.run(&["--batch", "-v"]).expect(3);
    expect_said(&ended, &["build hello linux/amd64: built", "linux/arm/v7: built"]);
    castoff.write("hello/Dockerfile", DOCKERFILE);
    let refused = castoff.run(&["resume"]).expect(4);
    expect_said(&refused, &["changed since the run began", "begin a new run"]);
}

#[test]
fn a_build_that_says_nothing_for_too_long_is_ended_at_the_engine() {
    let engine = DockerEngine::start();
    // As no other test has it.
    let sleep = format!("sleep {}3", std::process::id());
    let castoff = project(&with_step(&format!("/bin/busybox {sleep}")), "", &shelf())
        .env("DOCKER_HOST", engine.host());
    let config = fs::read_to_string(castoff.path("castoff.toml")).expect("a file");
    castoff.configure(&format!("{config}\n[engine]\nbuild_timeout = \"2s\"\nattempts = 1\n"));
    let ended = release(&castoff).expect(3);
    expect_said(&ended, &["the build printed nothing for 2 s", "engine.build_timeout"]);
    let began = std::time::Instant::now();
    while runs(&sleep) {
        assert!(began.elapsed().as_secs() < 60, "it still runs at the engine");
        std::thread::yield_now();
    }
    expect_clean(&engine);
}

/// Whether a process with this in its command line runs.
fn runs(what: &str) -> bool {
    crate::support::output(Command::new("pgrep").args(["-f", what])).status.success()
}

#[test]
fn what_a_step_prints_cannot_write_to_the_terminal() {
    let castoff = project(&with_step(r"printf '\033]0;pwned\007\033[2Jred\r\n'"), "", &shelf());
    let ended = release(&castoff).expect(0);
    assert!(!ended.stderr.contains('\u{1b}'), "{:?}", ended.stderr);
    expect_said(&ended, &["red"]);
}

#[test]
fn a_step_that_prints_a_hundred_megabytes_fills_neither_memory_nor_disk() {
    let castoff =
        project(&with_step("/bin/busybox yes | /bin/busybox head -c 100000000"), "", &shelf());
    let ended = castoff.run(&["--batch", "--platform", "linux/amd64"]).expect(0);
    assert!(ended.stderr.len() < 1 << 20, "{} bytes", ended.stderr.len());
    let logs = run(Command::new("du").arg("-sb").arg(castoff.path("../home/state")));
    let size: u64 = logs.split('\t').next().expect("a size").parse().expect("a number");
    assert!(size < 16 << 20, "{logs}");
}

#[test]
fn what_no_build_can_copy_is_refused_before_the_start() {
    let castoff = project(DOCKERFILE, "", &shelf());
    run(Command::new("mkfifo").arg(castoff.path("hello/pipe")));
    let ended = release(&castoff).expect(4);
    expect_said(&ended, &["hello/pipe", "a named pipe", ".dockerignore"]);
    castoff.write("hello/.dockerignore", "pipe\n");
    release(&castoff).expect(0);
}

#[test]
fn a_file_that_nobody_may_read_is_named() {
    let castoff = project(DOCKERFILE, "", &shelf());
    let secret = castoff.write("hello/secret", "");
    fs::remove_file(&secret).expect("a file");
    std::os::unix::fs::symlink("loop", castoff.path("hello/loop")).expect("a link");
    release(&castoff).expect(0);
    fs::create_dir(&secret).expect("a folder");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("a mode");
    // Root reads all.
    let status = if fs::read_dir(&secret).is_ok() { 0 } else { 4 };
    release(&castoff).expect(status);
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_found() {
    let castoff = project(DOCKERFILE, "", &shelf());
    let path = castoff.write("hello/growing", "");
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (grows, until) = (path.clone(), std::sync::Arc::clone(&stop));
    let writer = std::thread::spawn(move || {
        use std::io::Write;
        let mut file = fs::File::options().append(true).open(grows).expect("a file");
        while !until.load(std::sync::atomic::Ordering::Relaxed) {
            file.write_all(b"more\n").expect("room");
        }
    });
    let ended = release(&castoff).expect(4);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writer.join().expect("it ends");
    expect_said(&ended, &["hello/growing", "changed"]);
}

#[test]
fn a_dockerfile_that_does_not_exist_is_refused_before_the_start() {
    let castoff = project(DOCKERFILE, "", &shelf());
    fs::remove_file(castoff.path("hello/Dockerfile")).expect("a file");
    let ended = release(&castoff).expect(4);
    expect_said(&ended, &["hello/Dockerfile", "No such file"]);
}

#[test]
fn a_dockerfile_that_is_none_is_told_by_the_engine() {
    let castoff = project("FORM scratch\n", "", &shelf());
    expect_said(&release(&castoff).expect(3), &["FORM"]);
}

#[test]
fn an_engine_that_is_not_there_is_told_before_the_start() {
    let castoff = project(DOCKERFILE, "", &shelf()).env("DOCKER_HOST", "unix:///nonexistent");
    let ended = release(&castoff).expect(4);
    expect_said(&ended, &["the Docker Engine cannot be used", "/nonexistent", "DOCKER_HOST"]);
}

#[test]
fn an_engine_that_is_too_old_is_told_before_the_start() {
    // No engine that old can be had any more: only what it says of itself.
    let web = Web::down();
    let version = r#"{"ApiVersion":"1.24","Version":"1.12.6","Os":"linux","Arch":"amd64"}"#;
    let _old = web.up(version);
    let host = format!("tcp://127.0.0.1:{}", web.port());
    let castoff = project(DOCKERFILE, "", &shelf()).env("DOCKER_HOST", host);
    let ended = release(&castoff).expect(4);
    expect_said(&ended, &["version 1.12.6", "too old", "Docker 20.10"]);
}

#[test]
fn a_platform_that_no_engine_can_build_is_told_before_the_start() {
    let castoff = project(DOCKERFILE, "", &shelf());
    let config = fs::read_to_string(castoff.path("castoff.toml")).expect("a file");
    castoff.configure(&config.replace("linux/arm64", "linux/mips64le"));
    let ended = castoff.run(&["--batch"]).expect(4);
    expect_said(&ended, &["cannot build for linux/mips64le", "qemu-user-static", "[builders]"]);
}
