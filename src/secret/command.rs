//! A secret that a command prints.

use std::{io, path::Path, time::Duration};

use super::Secret;
use crate::{
    child::{self, Bounds, Printed},
    environment::Environment,
    model::{CommandLine, Failure, FailureKind, Side, escape},
};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much a command may print, in bytes.
const LIMIT: u64 = 64 << 10;

/// What `command` prints, without the end of the line.
pub(super) async fn run(
    command: &CommandLine,
    environment: &Environment,
    root: &Path,
) -> Result<Secret, Failure> {
    let (program, arguments) = command.words().ok_or_else(|| fail("it is empty"))?;
    let mut process = environment.command(program);
    process.args(arguments).current_dir(root);
    let bounds = Bounds { patience: PATIENCE, limit: LIMIT };
    let printed = child::run(process, &[], bounds).await.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => Failure::new(
            FailureKind::Timeout,
            Side::Local,
            format!("it took longer than {} s, and was stopped", PATIENCE.as_secs()),
        ),
        _ => fail(format!("`{program}`: {error}")),
    })?;
    secret(&printed)
}

fn secret(Printed { status, out, err }: &Printed) -> Result<Secret, Failure> {
    if !status.success() {
        let complaint = String::from_utf8_lossy(err);
        return Err(fail(format!("{status}: {}", escape(complaint.trim()))));
    }
    if out.len() as u64 > LIMIT {
        return Err(fail(format!("it printed more than {LIMIT} bytes")));
    }
    let text = std::str::from_utf8(out).map_err(|_| fail("its output is not UTF-8 text"))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() { Err(fail("it printed nothing")) } else { Ok(Secret::from(text)) }
}

fn fail(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Local, what)
}
