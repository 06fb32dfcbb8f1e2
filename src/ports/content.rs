//! Content of any size, and what became of it.

use std::{ops::Range, pin::Pin};

use async_trait::async_trait;
use tokio::io::AsyncRead;

use crate::model::{Digest, Failure};

/// A stream of content. An error that it ends with may hold a [`Failure`];
/// [`Failure::find_in`] takes it out.
pub type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// Content that can be read again, from anywhere.
#[async_trait]
pub trait Content: Send + Sync {
    /// Its length in bytes.
    fn size(&self) -> u64;

    /// Reads the bytes of `range`. A reader of the whole content fails at its
    /// end where the bytes are not those that the digest promised.
    async fn read(&self, range: Range<u64>) -> Result<Reader, Failure>;

    /// Whether it is a program, as the file that it was or is says.
    fn is_executable(&self) -> bool {
        false
    }

    /// The digest that a reader of the whole content checks it against, where
    /// it does, so that it need not be hashed again.
    fn checked_against(&self) -> Option<&Digest> {
        None
    }

    /// The file of this machine that it is read from unchecked, for people.
    fn unchecked_file(&self) -> Option<String> {
        None
    }
}

/// What became of content that was to be pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It was sent.
    Sent,
    /// The sink took it from another of its repositories.
    Mounted,
    /// It was there.
    Present,
    /// It has no place at this sink, such as a platform that it cannot hold.
    Skipped,
}
