//! Compressed streams and tars, read with suspicion and written the same way
//! every time.
//!
//! What is read here came from outside. So a stream is recognised by its first
//! bytes and never by its name, inflates to a bounded size, and ends where it
//! says; a tar's names stay within it and mean one thing. What is written here
//! becomes part of a digest, so it depends on its input only.
//!
//! Errors are [`io::Error`]s that hold a [`Failure`], so that they pass through
//! readers of other crates; [`Failure::find_in`] takes it out again.

mod compression;
mod decoder;
mod gzip;
mod links;
mod pack;
mod passing;
mod pax;
mod plain;
mod raw_entry;
mod raw_tar;
mod tar_reader;

use std::{fmt::Display, io};

pub use compression::Compression;
pub use decoder::{Caps, Decoder};
pub use gzip::{COMPRESSOR, GzipWriter, Workers};
pub use links::Links;
pub use pack::{Packed, pack};
pub use passing::{HashingPipe, TeeReader};
pub use plain::{open_plain, read_plain, refuse_others};
pub use raw_entry::{EntryMetadata, RawEntry};
pub use raw_tar::RawTar;
pub use tar_reader::{EntryKind, TarEntry, TarReader};

use crate::model::{Failure, FailureKind, Side};

/// A failure of what was given at `name`.
pub(crate) fn invalid(name: &str, what: impl Display) -> Failure {
    Failure::new(FailureKind::Invalid, Side::Source, what).context(name)
}

/// Wraps `failure`, so that it passes through a reader.
pub(crate) fn as_io(failure: Failure) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, failure)
}

impl From<Failure> for io::Error {
    /// Wraps a failure, so that it passes through a reader or writer.
    fn from(failure: Failure) -> Self {
        as_io(failure)
    }
}
