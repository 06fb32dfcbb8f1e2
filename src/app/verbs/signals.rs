//! Signals become commands: Ctrl-C once drains, twice cancels, three times
//! ends the program.

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{self, error::TrySendError},
};

use crate::{
    error::Exit,
    run::{Command, Stop},
};

/// How often Ctrl-C is pressed to end at once.
const INTERRUPTS: u32 = 3;

/// Listens until its receiver is gone.
pub(crate) async fn listen(commands: mpsc::Sender<Command>) {
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        tracing::warn!("signals cannot be handled");
        return;
    };
    let mut stop = Stop::Drain;
    let mut interrupts = 0;
    loop {
        tokio::select! {
            _ = interrupt.recv() => interrupts += 1,
            _ = terminate.recv() => stop = Stop::Cancel,
            _ = hangup.recv() => stop = Stop::Cancel,
        }
        if interrupts == INTERRUPTS {
            end();
        }
        match commands.try_send(Command::Stop(stop)) {
            Err(TrySendError::Closed(_)) => return,
            // What is in the queue stops the run too.
            Ok(()) | Err(TrySendError::Full(_)) => {}
        }
        stop = Stop::Cancel;
    }
}

/// Ends the program at once. The journal has all that happened.
#[expect(clippy::exit, reason = "the user interrupted castoff three times")]
fn end() -> ! {
    std::process::exit(Exit::Stopped as i32)
}
