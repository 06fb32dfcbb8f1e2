//! Reading on a thread that may block, counted and stoppable.

use std::{
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    aci::Halt,
    model::{Failure, FailureKind, Hasher, Side},
    ports::{self, Desk},
};

/// The thread's end of an attempt.
#[derive(Clone, Default)]
pub(super) struct Work {
    /// Where bytes are counted and lines are told.
    pub(super) desk: Desk,
    stop: Arc<AtomicBool>,
}

/// Counts what is read, and fails once it is no longer waited for.
pub(super) struct Metered<R> {
    inner: R,
    work: Work,
}

/// Stops the thread when the future that waits for it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

/// Runs `run` on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    desk: &Desk,
    run: impl FnOnce(&Work) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let work = Work { desk: desk.clone(), stop: Arc::default() };
    let _stop = StopOnDrop(Arc::clone(&work.stop));
    ports::blocking(move || run(&work)).await
}

impl Work {
    /// Fails once it is no longer waited for.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Failure::new(FailureKind::Internal, Side::Local, "it was cancelled"));
        }
        Ok(())
    }

    /// What stops work elsewhere, once it is no longer waited for.
    pub(super) fn halt(&self) -> Halt {
        Halt::from(Arc::clone(&self.stop))
    }

    /// Counts what is read from `inner`.
    pub(super) fn read<R>(&self, inner: R) -> Metered<R> {
        Metered { inner, work: self.clone() }
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.work.check()?;
        let count = self.inner.read(buffer)?;
        self.work.desk.meter.advance(count as u64);
        Ok(count)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Reads all of `reader` into `out`, and hashes it.
pub(crate) fn copy_hashed(reader: &mut impl Read, out: &mut impl io::Write) -> io::Result<Hasher> {
    copy_into(reader, out, Hasher::default())
}

/// The same, with the hasher of what is expected.
pub(crate) fn copy_into(
    reader: &mut impl Read,
    out: &mut impl io::Write,
    mut hasher: Hasher,
) -> io::Result<Hasher> {
    let mut buffer = vec![0; 128 << 10];
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok(hasher),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..count]);
        out.write_all(&buffer[..count])?;
    }
}

/// Describes an error of reading `path`, which may hold a failure that names
/// the path already.
pub(super) fn failed(path: &Path, error: &io::Error) -> Failure {
    match Failure::find_in(error) {
        Some(failure) => named(path, failure),
        None => Failure::from_io(Side::Source, path.display(), error),
    }
}

/// Puts `path` before the causes of `failure`, unless it begins with it.
pub(super) fn named(path: &Path, failure: Failure) -> Failure {
    let path = path.display().to_string();
    let is_named = failure.causes.first().is_some_and(|first| first.starts_with(&path));
    if is_named || failure.side == Side::Local { failure } else { failure.context(path) }
}
