//! Manifests and blobs on their way to a registry.

use std::{ops::Range, pin::Pin, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::RegistrySink;
use crate::{
    model::{Descriptor, Failure, FailureKind, MANIFEST_LIMIT, Side},
    ports::{Content, Desk, Meter, Pushed, SinkRepository, hash},
    registry::{Blob, ManifestName, Stored, There},
};

/// Content as the registry's client takes it, with its progress counted.
struct Counted {
    content: Arc<dyn Content>,
    meter: Meter,
}

impl RegistrySink {
    pub(super) async fn push_manifest(
        &self,
        expected: &Descriptor,
        content: &dyn Content,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        if self.exists(expected).await? {
            desk.meter.skip(expected.size);
            return Ok(Pushed::Present);
        }
        let bytes = read_manifest(expected, content).await?;
        let name = ManifestName::Digest(&expected.digest);
        self.client
            .put_manifest(&self.repository, name, expected.media_type.as_str(), bytes)
            .await?;
        desk.meter.advance(expected.size);
        Ok(Pushed::Sent)
    }

    pub(super) async fn push_blob(
        &self,
        expected: &Descriptor,
        content: Arc<dyn Content>,
        desk: &Desk,
    ) -> Result<Pushed, Failure> {
        check_size(expected, content.size())?;
        let _turn = self.turns.lock(expected.digest.as_str()).await;
        let blob = Arc::clone(&content);
        let blob = Arc::new(Counted { content: blob, meter: desk.meter.clone() });
        let (digest, size) = (&expected.digest, expected.size);
        let is_wrong = self.known.is_wrong(digest.as_str());
        let there = if is_wrong { There::Wrong } else { There::Unknown };
        let stored = self.client.push_blob(&self.repository, digest, size, blob, there).await;
        if stored.as_ref().is_err_and(|failure| failure.kind == FailureKind::Integrity) {
            // Whether it is ours that is wrong shows when it is read whole.
            hash(&*content, 0..size, digest.hasher()).await?;
        }
        let stored = stored?;
        if stored == Stored::Sent {
            // The registry hashed it when it took it.
            self.known.note_written(digest.as_str());
        }
        Ok(match stored {
            Stored::Sent => Pushed::Sent,
            Stored::Mounted => Pushed::Mounted,
            Stored::Present => Pushed::Present,
        })
    }

    /// Shows the registry's warnings where the operator looks.
    pub(super) fn pass_warnings(&self, desk: &Desk) {
        for warning in self.client.take_warnings() {
            desk.output.line(warning);
        }
    }
}

#[async_trait]
impl Blob for Counted {
    async fn read(&self, range: Range<u64>) -> Result<Pin<Box<dyn AsyncRead + Send>>, Failure> {
        self.content.read(range).await
    }

    fn advance(&self, bytes: u64) {
        self.meter.advance(bytes);
    }

    fn skip(&self, bytes: u64) {
        self.meter.skip(bytes);
    }
}

async fn read_manifest(expected: &Descriptor, content: &dyn Content) -> Result<Bytes, Failure> {
    check_size(expected, content.size())?;
    if expected.size > MANIFEST_LIMIT {
        let why = format!("{} has more than {MANIFEST_LIMIT} bytes", expected.digest);
        return Err(Failure::new(FailureKind::Invalid, Side::Source, why));
    }
    let mut bytes = Vec::new();
    let mut reader = content.read(0..expected.size).await?;
    reader.read_to_end(&mut bytes).await.map_err(|error| {
        Failure::find_in(&error)
            .unwrap_or_else(|| Failure::from_error(FailureKind::Storage, Side::Source, &error))
    })?;
    if expected.digest.is_of(&bytes) {
        return Ok(bytes.into());
    }
    let why = format!("the content at {} has another digest", expected.digest);
    Err(Failure::new(FailureKind::Integrity, Side::Source, why))
}

fn check_size(expected: &Descriptor, size: u64) -> Result<(), Failure> {
    if size == expected.size {
        return Ok(());
    }
    let why = format!("{} has {size} bytes, not {}", expected.digest, expected.size);
    Err(Failure::new(FailureKind::Integrity, Side::Source, why))
}
