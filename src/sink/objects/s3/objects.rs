//! A bucket's objects by key.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::types::ChecksumMode;
use tokio::io::AsyncReadExt;

use super::{
    super::{ListedObject, ObjectInfo, ObjectListing, ObjectVersion, Objects, Read},
    bucket::{DIGEST, S3Objects, digest_of, timestamp},
    check, content, copy,
    error::absent,
    list, probe, size, upload,
    write::{self, Condition},
};
use crate::{
    model::{Abilities, Can, Descriptor, Failure, FailureKind, Side},
    net::{Random, whole},
    ports::{Content, JobOutput, Meter, WHOLE_LIMIT},
    sink::folder_lock::FolderLock,
};

#[async_trait]
impl Objects for S3Objects {
    fn show(&self, key: &str) -> String {
        self.shown(key)
    }

    async fn check(&self) -> Result<(), Failure> {
        check::check(self).await
    }

    fn random(&self) -> Random {
        self.options.patience.random
    }

    async fn abilities(&self, may_write: bool) -> Result<Abilities, Failure> {
        let found = Abilities { catalogue: Can::Yes, referrers: Can::Yes, ..Abilities::default() };
        if may_write { probe::probe(self, found).await } else { Ok(found) }
    }

    async fn info(&self, key: &str) -> Result<Option<ObjectInfo>, Failure> {
        let head = self.client().await?.head_object().bucket(&self.url.bucket).key(self.key(key));
        match head.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(head) => {
                let noted = head.metadata().and_then(|meta| meta.get(DIGEST)?.parse().ok());
                let size = head.content_length().and_then(|size| u64::try_from(size).ok());
                // An answer without a body may have no length, or be said to
                // have one of 0.
                let Some(size) = size.filter(|size| *size > 0) else {
                    return size::by_get(self, key).await;
                };
                Ok(Some(ObjectInfo {
                    size,
                    digest: noted.or_else(|| digest_of(head.checksum_sha256())),
                    content_type: head.content_type().map(str::to_owned),
                    modified: head.last_modified().and_then(timestamp),
                }))
            }
            Err(error) if size::knows_no_head(&error) => size::by_get(self, key).await,
            Err(error) => absent(error, self.doing("HEAD", key)),
        }
    }

    async fn turn(&self, _output: &JobOutput) -> Result<Option<FolderLock>, Failure> {
        Ok(None)
    }

    async fn read(&self, key: &str) -> Result<Option<Read>, Failure> {
        let doing = || self.doing("GET", key);
        let get = self.client().await?.get_object().bucket(&self.url.bucket).key(self.key(key));
        let object = match get.send().await {
            Ok(object) => object,
            Err(error) => return absent(error, doing()),
        };
        let version = write::version(object.e_tag());
        let mut bytes = Vec::new();
        let mut body = object.body.into_async_read().take(WHOLE_LIMIT + 1);
        let read = whole(self.options.idle_timeout, &doing(), body.read_to_end(&mut bytes)).await?;
        read.map_err(|error| {
            Failure::from_error(FailureKind::Network, Side::Sink, &error).context(doing())
        })?;
        if bytes.len() as u64 > WHOLE_LIMIT {
            let what = format!("it has more than {WHOLE_LIMIT} bytes, which is too large");
            return Err(Failure::new(FailureKind::Protocol, Side::Sink, what).context(doing()));
        }
        Ok(Some(Read { bytes, version }))
    }

    async fn open(&self, key: &str, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        content::of(self, key, node.size).await
    }

    async fn put(&self, key: &str, bytes: &[u8], content_type: &str) -> Result<(), Failure> {
        write::put(self, key, Condition::None, bytes, content_type).await
    }

    async fn replace(
        &self,
        key: &str,
        seen: Option<&ObjectVersion>,
        bytes: &[u8],
        content_type: &str,
    ) -> Result<(), Failure> {
        write::put(self, key, Condition::of(seen), bytes, content_type).await
    }

    async fn remove(&self, key: &str, seen: &ObjectVersion) -> Result<(), Failure> {
        write::delete(self, key, Condition::of(Some(seen))).await
    }

    async fn put_content(
        &self,
        key: &str,
        node: &Descriptor,
        content: Arc<dyn Content>,
        content_type: &str,
        meter: &Meter,
    ) -> Result<(), Failure> {
        upload::put(self, key, node, content, content_type, meter).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), Failure> {
        Box::pin(copy::copy(self, from, to)).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        write::delete(self, key, Condition::None).await
    }

    async fn walk(&self, prefix: &str) -> Result<Vec<ListedObject>, Failure> {
        list::walk(self, prefix).await
    }

    async fn list(&self, prefix: &str) -> Result<ObjectListing, Failure> {
        list::list(self, prefix).await
    }
}
