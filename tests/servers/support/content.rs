//! Content in memory.

use std::{io::Cursor, ops::Range, sync::Arc};

use async_trait::async_trait;
use castoff::{
    model::{Descriptor, Failure, media_type},
    ports::{Content, Reader},
};

/// Bytes in memory.
pub(crate) struct Memory(Vec<u8>);

impl Memory {
    /// A blob of `size` bytes that depend on `seed`.
    pub(crate) fn blob(seed: u8, size: usize) -> (Descriptor, Arc<dyn Content>) {
        let bytes = (0..size).map(|place| seed ^ (place % 251).to_le_bytes()[0]).collect();
        Self::of(media_type::OCTET_STREAM, bytes)
    }

    /// Content of a media type.
    pub(crate) fn of(kind: &str, bytes: Vec<u8>) -> (Descriptor, Arc<dyn Content>) {
        (Descriptor::of(kind, &bytes), Arc::new(Self(bytes)))
    }

    /// A manifest over a configuration and layers.
    pub(crate) fn manifest(
        config: &Descriptor,
        layers: &[Descriptor],
    ) -> (Descriptor, Arc<dyn Content>) {
        let config = Descriptor { media_type: media_type::CONFIG.into(), ..config.clone() };
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": media_type::MANIFEST,
            "config": config, "layers": layers,
        });
        Self::of(media_type::MANIFEST, manifest.to_string().into_bytes())
    }
}

#[async_trait]
impl Content for Memory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    async fn read(&self, range: Range<u64>) -> Result<Reader, Failure> {
        let place = |at: u64| usize::try_from(at).expect("tests are small");
        let bytes = self.0[place(range.start)..place(range.end)].to_vec();
        Ok(Box::pin(Cursor::new(bytes)))
    }
}
