//! Stopping what takes long.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Tells work on another thread to stop. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Halt(Arc<AtomicBool>);

/// Fails to read on once the work is to stop.
pub struct Halting<R> {
    inner: R,
    halt: Halt,
}

impl Halt {
    /// Tells the work to stop.
    pub fn call(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work is to stop.
    #[must_use]
    pub fn is_called(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Fails once the work is to stop.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn check(&self) -> io::Result<()> {
        if self.is_called() { Err(io::Error::other("stopped")) } else { Ok(()) }
    }

    /// Reads `inner` until the work is to stop.
    pub fn read<R>(&self, inner: R) -> Halting<R> {
        Halting { inner, halt: self.clone() }
    }
}

impl From<Arc<AtomicBool>> for Halt {
    /// Stops the work once `flag` is set.
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl<R: Read> Read for Halting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.halt.check()?;
        self.inner.read(buffer)
    }
}
