//! Secrets in a real keyring, and where none can be had.

mod access;
mod ambiguous;
mod console;
mod helper;
mod signing;
mod verbs;

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Castoff, Ended};

/// How long castoff may take where a keyring does not answer.
const SOON: Duration = Duration::from_secs(5);

/// Runs castoff with something to read.
fn piped(castoff: &Castoff, arguments: &[&str], input: &str) -> Ended {
    let mut command = castoff.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may refuse before it has read.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap().into()
}

/// Fails unless castoff ends soon, with status 4 and `told`.
#[track_caller]
fn refused_soon(castoff: &Castoff, arguments: &[&str], told: &str) -> Ended {
    let began = Instant::now();
    let ended = piped(castoff, arguments, "hunter2").expect(4);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
    ended
}

/// Fails if `secret` is in any file below a folder.
#[track_caller]
fn expect_nowhere(secret: &str, folder: &Path) {
    let mut grep = Command::new("grep");
    let found = grep.args(["-raF", "--", secret]).arg(folder).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}
