//! Programs that tests run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output},
    time::{Duration, Instant},
};

/// How long a server may take to start or to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs a program to its end, and gives back what it printed.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let output = output(command);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{printed}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    printed
}

/// Runs a program to its end, however that is.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        panic!("{} cannot be run, which tests/run installs: {error}", name(command))
    })
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// What `tests/run` downloaded or built: the path in `variable`, or the one
/// below its folder.
pub(crate) fn provided(variable: &str, below: &str) -> PathBuf {
    let cache = || match std::env::var_os("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(std::env::var_os("HOME").expect("$HOME is set")).join(".cache"),
    };
    let path = std::env::var_os(variable)
        .map_or_else(|| cache().join("castoff-tests").join(below), PathBuf::from);
    assert!(path.exists(), "{} is missing: run the tests with tests/run", path.display());
    path
}

/// Asks `is_ready` until it says so, as long as the server runs.
#[track_caller]
pub(super) fn wait_until_ready(process: &mut Child, log: &Path, is_ready: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_ready() {
        let ended = process.try_wait().expect("it is our child");
        if ended.is_some() || began.elapsed() > PATIENCE {
            // It may have ended by itself.
            drop(process.kill());
            let said = fs::read_to_string(log).unwrap_or_default();
            panic!("the server did not start ({ended:?}):\n{said}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Asks a server to end, and waits until it has.
pub(super) fn terminate(process: &mut Child) {
    let id = process.id().to_string();
    // It may have ended by itself.
    drop(Command::new("kill").args(["-TERM", &id]).status());
    let began = Instant::now();
    while matches!(process.try_wait(), Ok(None)) {
        if began.elapsed() > PATIENCE {
            drop(process.kill());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port that is free now.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    // All are held until all are known, so that no two are the same.
    let held = [(); N].map(|()| std::net::TcpListener::bind("127.0.0.1:0").expect("a free port"));
    held.map(|listener| listener.local_addr().expect("it is bound").port())
}

/// A program of a newer Debian, which `tests/run` fetched.
pub(crate) fn newer(program: &str) -> Command {
    let folder = std::env::var_os("CASTOFF_TEST_NEWER").expect("tests/run sets it");
    Command::new(std::path::Path::new(&folder).join(program))
}
