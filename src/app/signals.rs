//! Signals become commands: Ctrl-C once drains, twice cancels.

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::run::{Command, Stop};

/// Listens until nobody hears any more.
pub(super) async fn listen(commands: mpsc::Sender<Command>) {
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        tracing::warn!("signals cannot be caught");
        return;
    };
    let mut stop = Stop::Drain;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => stop = Stop::Cancel,
            _ = hangup.recv() => stop = Stop::Cancel,
        }
        if commands.send(Command::Stop(stop)).await.is_err() {
            return;
        }
        stop = Stop::Cancel;
    }
}
