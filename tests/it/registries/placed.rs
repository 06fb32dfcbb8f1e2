//! A repository as a place, which is given something else than it is told.

use std::{io::Cursor, ops::Range, sync::Arc};

use async_trait::async_trait;
use castoff::{
    model::{Descriptor, Failure, FailureKind, Manifest, media_type},
    ports::{Content, Desk, Reader, SinkRepository as _},
    registry::{Anonymous, MemorySessions, RegistryClient},
    sink::registry::RegistrySink,
};

use super::Registry;
use crate::support::network::options;

/// Bytes that claim a size.
struct Claimed(Vec<u8>, u64);

#[async_trait]
impl Content for Claimed {
    fn size(&self) -> u64 {
        self.1
    }

    async fn read(&self, _: Range<u64>) -> Result<Reader, Failure> {
        Ok(Box::pin(Cursor::new(self.0.clone())))
    }
}

/// Pushes `content` as what `node` describes.
async fn push(registry: &Registry, node: &Descriptor, content: Claimed) -> Failure {
    let (host, sessions) = (&registry.server.address, Arc::new(MemorySessions::default()));
    let client = RegistryClient::new(host, &options(), Arc::new(Anonymous), sessions).unwrap();
    let sink = RegistrySink::new(Arc::new(client), "team/app".parse().unwrap());
    sink.push(node, Arc::new(content), &Desk::default()).await.unwrap_err()
}

#[tokio::test]
async fn a_manifest_that_is_another_than_was_promised_is_not_sent() {
    let registry = Registry::start();
    let config = Descriptor::of(media_type::CONFIG, b"{}");
    let raw = Manifest::of_image(config, Vec::new()).raw().to_vec();
    let node = Descriptor::of(media_type::MANIFEST, &raw);
    let mut other = raw;
    other.insert(1, b' ');
    other.pop();
    let failure = push(&registry, &node, Claimed(other, node.size)).await;
    assert_eq!(failure.kind, FailureKind::Integrity);
    assert!(failure.to_string().contains("has another digest"), "{failure}");
    assert!(registry.server.seen("PUT", "/manifests/").is_empty());
}

#[tokio::test]
async fn content_of_another_size_than_was_promised_is_not_sent() {
    let registry = Registry::start();
    for kind in [media_type::LAYER, media_type::MANIFEST] {
        let node = Descriptor::of(kind, b"content");
        let failure = push(&registry, &node, Claimed(b"content".to_vec(), 8)).await;
        assert_eq!(failure.kind, FailureKind::Integrity);
        assert!(failure.to_string().contains("has 8 bytes, not 7"), "{failure}");
    }
    assert!(registry.server.seen("POST", "").is_empty());
    assert!(registry.server.seen("PUT", "").is_empty());
}
