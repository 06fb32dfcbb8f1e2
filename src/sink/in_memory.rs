//! Content that is held in memory.

use std::{io::Cursor, ops::Range};

use async_trait::async_trait;

use crate::{
    model::Failure,
    ports::{Content, Reader},
};

/// Small content as its bytes.
pub(super) struct InMemory(pub(super) Vec<u8>);

#[async_trait]
impl Content for InMemory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    async fn read(&self, range: Range<u64>) -> Result<Reader, Failure> {
        let length = self.0.len();
        let place = |at: u64| usize::try_from(at).unwrap_or(length).min(length);
        let piece = self.0[place(range.start)..place(range.end)].to_vec();
        Ok(Box::pin(Cursor::new(piece)))
    }
}
