//! Work that a signal stops, so that it can tidy up.

use tokio::{
    signal::unix::{SignalKind, signal},
    task,
};

use crate::{
    aci::Halt,
    error::Error,
    model::{Failure, FailureKind, Side},
};

/// Does what takes long on a thread that may block; none where a signal
/// stopped it.
pub(super) async fn stoppable<T: Send + 'static>(
    work: impl FnOnce(&Halt) -> Result<T, Failure> + Send + 'static,
) -> Result<Option<T>, Error> {
    let halt = Halt::default();
    let told = halt.clone();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut task = task::spawn_blocking(move || work(&told));
    let done = loop {
        tokio::select! {
            done = &mut task => break done,
            _ = interrupt.recv() => halt.call(),
            _ = terminate.recv() => halt.call(),
            _ = hangup.recv() => halt.call(),
        }
    };
    let done = done.unwrap_or_else(|error| {
        Err(Failure::from_error(FailureKind::Internal, Side::Local, &error))
    });
    match done {
        Ok(done) => Ok(Some(done)),
        Err(_) if halt.is_called() => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}
