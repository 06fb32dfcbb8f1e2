//! A secret that a command prints.

use std::{path::Path, process::Stdio, time::Duration};

use secrecy::zeroize::Zeroizing;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Child,
    time::timeout,
};

use super::Secret;
use crate::{
    child,
    model::{CommandLine, Failure, FailureKind, Side, escape},
};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much a command may print, in bytes.
const LIMIT: u64 = 64 << 10;
/// How much of what it complains about is shown, in bytes.
const COMPLAINT: u64 = 2 << 10;

/// What `command` prints, without the end of the line.
pub(super) async fn run(command: &CommandLine, root: &Path) -> Result<Secret, Failure> {
    let (program, arguments) = command.words().ok_or_else(|| fail("it is empty"))?;
    let mut process = child::command(program);
    process.args(arguments).current_dir(root).stdin(Stdio::null());
    process.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A group of its own, which can be ended with all that it began.
    #[cfg(unix)]
    process.process_group(0);
    let child = process.spawn().map_err(|error| fail(format!("`{program}`: {error}")))?;
    let mut group = Group(child);
    match timeout(PATIENCE, group.answer()).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::new(
            FailureKind::Timeout,
            Side::Local,
            format!("it took longer than {} s, and was ended", PATIENCE.as_secs()),
        )),
    }
}

/// A command with all that it began; ended when it is dropped.
struct Group(Child);

impl Group {
    async fn answer(&mut self) -> Result<Secret, Failure> {
        let (out, err) = (self.0.stdout.take(), self.0.stderr.take());
        let (printed, complaint) = tokio::join!(read(out, LIMIT), read(err, COMPLAINT));
        let status = self.0.wait().await.map_err(fail)?;
        if !status.success() {
            let complaint = String::from_utf8_lossy(&complaint);
            return Err(fail(format!("{status}: {}", escape(complaint.trim()))));
        }
        if printed.len() as u64 > LIMIT {
            return Err(fail(format!("it printed more than {LIMIT} bytes")));
        }
        let text = std::str::from_utf8(&printed).map_err(|_| fail("it printed what is no text"))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() { Err(fail("it printed nothing")) } else { Ok(Secret::from(text)) }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its id is its own as long as it was not waited for.
        #[cfg(unix)]
        if let Some(group) = self.0.id().and_then(|id| i32::try_from(id).ok())
            && let Some(group) = rustix::process::Pid::from_raw(group)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// Reads all of a pipe, and keeps a little more than `limit` bytes.
async fn read(pipe: Option<impl AsyncRead + Unpin>, limit: u64) -> Zeroizing<Vec<u8>> {
    // Room for all of it: a vector that grows leaves copies behind.
    let capacity = usize::try_from(limit + 1).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    if let Some(mut pipe) = pipe {
        let read = (&mut pipe).take(limit + 1).read_to_end(&mut bytes).await;
        let rest = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
        // What broke off is told by the status.
        drop((read, rest));
    }
    bytes
}

fn fail(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Local, what)
}
