//! Stored content, hashed again while it is read.

use std::{
    fs,
    io::{self, Read, SeekFrom},
    ops::Range,
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll, ready},
};

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt, ReadBuf};

use super::files::{is_executable, open_regular, storage};
use crate::{
    archive::as_io,
    model::{Descriptor, Digest, Failure, FailureKind, Hasher, Side},
    ports::{Content, Reader, blocking},
};

/// Content in a file, here or elsewhere.
#[derive(Clone, Debug)]
pub(super) struct StoredContent {
    digest: Digest,
    size: u64,
    path: PathBuf,
    /// What makes the store have it, to be removed when it is not so.
    claim: PathBuf,
    side: Side,
}

/// Reads whole content, and fails at its end where it has another digest.
struct Verified<R> {
    inner: R,
    content: StoredContent,
    hasher: Hasher,
}

impl StoredContent {
    pub(super) fn blob(node: &Descriptor, path: PathBuf) -> Self {
        let claim = path.clone();
        Self { digest: node.digest.clone(), size: node.size, path, claim, side: Side::Local }
    }

    pub(super) fn link(node: &Descriptor, path: PathBuf, claim: PathBuf) -> Self {
        Self { digest: node.digest.clone(), size: node.size, path, claim, side: Side::Source }
    }

    /// Reads all of it. Blocks.
    pub(super) fn read_whole(&self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        open_regular(&self.path)
            .and_then(|file| file.take(self.size + 1).read_to_end(&mut bytes))
            .map_err(|error| self.failed(&error))?;
        if self.digest.is_of(&bytes) { Ok(bytes) } else { Err(self.wrong()) }
    }

    fn failed(&self, error: &io::Error) -> Failure {
        match self.side {
            // It was given up meanwhile, since it was wrong.
            _ if error.kind() == io::ErrorKind::NotFound => {
                Failure::from_io(self.side, self.path.display(), error)
                    .hint("prepare the release again")
            }
            Side::Local => storage(&self.path, error),
            side => Failure::from_io(side, self.path.display(), error),
        }
    }

    /// Gives up the content, so that it is made again.
    fn wrong(&self) -> Failure {
        // Content that cannot be removed is found to be wrong again.
        let _ = fs::remove_file(&self.claim);
        Failure::new(
            FailureKind::Integrity,
            self.side,
            format!("the stored content is not {}", self.digest),
        )
        .context(self.path.display())
        .hint("prepare the release again")
    }
}

#[async_trait]
impl Content for StoredContent {
    fn size(&self) -> u64 {
        self.size
    }

    fn is_executable(&self) -> bool {
        is_executable(&self.path)
    }

    fn checked_against(&self) -> Option<&Digest> {
        Some(&self.digest)
    }

    async fn read(&self, range: Range<u64>) -> Result<Reader, Failure> {
        let content = self.clone();
        let file =
            blocking(move || open_regular(&content.path).map_err(|error| content.failed(&error)))
                .await?;
        let mut file = tokio::fs::File::from_std(file);
        if range == (0..self.size) {
            // One byte more than promised shows that there is more.
            let inner = file.take(self.size + 1);
            return Ok(Box::pin(Verified {
                inner,
                content: self.clone(),
                hasher: self.digest.hasher(),
            }));
        }
        file.seek(SeekFrom::Start(range.start)).await.map_err(|error| self.failed(&error))?;
        Ok(Box::pin(file.take(range.end.saturating_sub(range.start))))
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Verified<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let room = buffer.remaining() > 0;
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let new = &buffer.filled()[before..];
        self.hasher.update(new);
        let ended = room && new.is_empty();
        let size = self.hasher.size();
        // Checked before the last bytes are given out: a reader that knows the size
        // does not ask again after them.
        let whole = size == self.content.size && (ended || !new.is_empty());
        let wrong = whole && self.hasher.clone().finish() != self.content.digest;
        if wrong || size > self.content.size || (ended && size < self.content.size) {
            buffer.set_filled(before);
            return Poll::Ready(Err(as_io(self.content.wrong())));
        }
        Poll::Ready(Ok(()))
    }
}
