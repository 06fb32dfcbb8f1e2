//! Builds in the console.

use super::{DOCKERFILE, project, shelf};
use crate::support::{Terminal, Web};

const ENTER: &str = "\r";

/// Builds whose third step fetches a file from a server that is down.
fn fetching(port: u16) -> String {
    let fetch = format!("ADD http://127.0.0.1:{port}/file /fetched");
    DOCKERFILE.replace("ARG GREETING=hello", &fetch)
}

/// Launches the release by keys alone.
fn launch(console: &mut Terminal) {
    console.expect("[✓] shelf");
    console.expect("10 jobs");
    console.expect("build, then send");
    console.press(ENTER);
    console.expect("Release hello");
    console.press(ENTER);
}

#[test]
fn builds_that_failed_are_retried_when_what_they_need_is_there() {
    let web = Web::down();
    let castoff = project(&fetching(web.port()), "", &shelf());
    let mut console = Terminal::start(&castoff.command::<&str>(&[]), (120, 40));
    launch(&mut console);
    console.expect("· 3 failed ·");
    console.expect("connection refused");
    let web = web.up("something");
    console.press("R");
    console.expect("10 of 10 done");
    drop(web);
    console.press("q");
    assert_eq!(console.end(), 0);
}

#[test]
fn one_platform_is_retried_alone() {
    let web = Web::down();
    let dockerfile = DOCKERFILE.replace(
        "FROM base\n",
        &format!(
            "FROM base AS for-amd64\nFROM base AS for-arm\nFROM base AS for-arm64\n\
             ADD http://127.0.0.1:{}/file /fetched\nFROM for-${{TARGETARCH}}\n",
            web.port()
        ),
    );
    let castoff = project(&dockerfile, "", &shelf());
    let mut console = Terminal::start(&castoff.command::<&str>(&[]), (120, 40));
    launch(&mut console);
    console.expect("· 1 failed ·");
    // To the cell of the platform that failed.
    console.press("ssg");
    console.press("/'failed\r");
    console.expect("1 row of 3");
    console.expect("connection refused");
    let web = web.up("something");
    console.press("r");
    console.expect("10 of 10 done");
    drop(web);
    console.press("q");
    assert_eq!(console.end(), 0);
}

#[test]
fn a_source_that_changed_since_is_told_and_not_built() {
    let web = Web::down();
    let castoff = project(&fetching(web.port()), "", &shelf());
    let mut console = Terminal::start(&castoff.command::<&str>(&[]), (120, 40));
    launch(&mut console);
    console.expect("· 3 failed ·");
    castoff.write("hello/Dockerfile", DOCKERFILE);
    console.press("r");
    console.expect("changed since the run began");
    console.expect("Plan a new release");
    console.press(ENTER);
    launch(&mut console);
    console.expect("10 of 10 done");
}
