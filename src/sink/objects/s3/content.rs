//! An object of a bucket as content.

use std::{io, ops::Range, sync::Arc};

use async_trait::async_trait;
use aws_sdk_s3::Client;
use futures_util::TryStreamExt;
use tokio_util::io::{ReaderStream, StreamReader};

use super::{bucket::S3Objects, error::failure};
use crate::{
    model::{Failure, FailureKind, Side},
    ports::{Content, Reader},
};

/// How much is read at once, in bytes.
const CHUNK: usize = 256 << 10;

/// An object as content.
struct ObjectContent {
    client: Client,
    bucket: String,
    key: String,
    doing: String,
    size: u64,
}

/// The object at `key`, which has `size` bytes.
pub(super) async fn of(
    bucket: &S3Objects,
    key: &str,
    size: u64,
) -> Result<Arc<dyn Content>, Failure> {
    Ok(Arc::new(ObjectContent {
        client: bucket.client().await?.clone(),
        bucket: bucket.url.bucket.clone(),
        key: bucket.key(key),
        doing: bucket.doing("GET", key),
        size,
    }))
}

#[async_trait]
impl Content for ObjectContent {
    fn size(&self) -> u64 {
        self.size
    }

    async fn read(&self, range: Range<u64>) -> Result<Reader, Failure> {
        if range.is_empty() {
            return Ok(Box::pin(tokio::io::empty()));
        }
        let bytes = format!("bytes={}-{}", range.start, range.end - 1);
        let get =
            self.client.get_object().bucket(&self.bucket).key(&self.key).range(bytes).send().await;
        let object = get.map_err(|error| failure(error, self.doing.clone()))?;
        let doing = self.doing.clone();
        let lost = move |error: io::Error| {
            let failure = Failure::from_error(FailureKind::Network, Side::Sink, &error);
            io::Error::other(failure.context(&doing))
        };
        let body = ReaderStream::with_capacity(object.body.into_async_read(), CHUNK);
        Ok(Box::pin(StreamReader::new(body.map_err(lost))))
    }
}
