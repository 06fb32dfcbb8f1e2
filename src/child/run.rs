//! A program that answers, within bounds of time and of size.

use std::{
    io,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use secrecy::zeroize::Zeroizing;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};

/// How much of what a program complains about is kept, in bytes.
const COMPLAINT: u64 = 2 << 10;

/// How much a program may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How long it may take.
    pub patience: Duration,
    /// How much of what it prints is kept, in bytes; one more tells that
    /// there was more.
    pub limit: u64,
}

/// What a program printed, which may be a secret, and how it ended.
pub struct Printed {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub out: Zeroizing<Vec<u8>>,
    /// What it complained about.
    pub err: Zeroizing<Vec<u8>>,
}

/// Runs a program that is told `input` to its end. It is ended with all that
/// it began when its time is up, and when the caller gives up.
///
/// # Errors
///
/// Fails as [`io::ErrorKind::TimedOut`] when its time is up, and where it
/// cannot be begun. How it ended is no error.
pub async fn run(mut command: Command, input: &[u8], bounds: Bounds) -> io::Result<Printed> {
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A group of its own, which can be ended with all that it began.
    #[cfg(unix)]
    command.process_group(0);
    let mut group = Group(command.spawn()?);
    timeout(bounds.patience, group.answer(input, bounds.limit)).await?
}

/// A program with all that it began; ended when it is dropped.
struct Group(Child);

impl Group {
    async fn answer(&mut self, input: &[u8], limit: u64) -> io::Result<Printed> {
        let stdin = self.0.stdin.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // One that does not read tells why in another way.
                drop(stdin.write_all(input).await);
            }
        };
        let (out, err) = (self.0.stdout.take(), self.0.stderr.take());
        let (out, err, ()) = tokio::join!(read(out, limit), read(err, COMPLAINT), write);
        Ok(Printed { status: self.0.wait().await?, out, err })
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
