//! A bucket.

use std::{
    io,
    ops::Range,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use async_trait::async_trait;
use aws_sdk_s3::{Client, operation::list_objects_v2::ListObjectsV2Output, types::ChecksumMode};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use tokio::{io::AsyncReadExt, sync::OnceCell};
use tokio_util::io::{ReaderStream, StreamReader};

use super::{
    Info, KeysOf, Listing, Objects, Read, Version, Written, s3_check, s3_client, s3_copy,
    s3_error::{absent, failure},
    s3_probe, s3_size, s3_upload,
    s3_write::{self, Condition},
};
use crate::{
    model::{Abilities, Can, Descriptor, Digest, Failure, FailureKind, S3Url, Side},
    net::{Patience, whole},
    ports::{Content, Meter, Output, Reader, WHOLE_LIMIT},
    sink::turn::Turn,
    store::Store,
};

/// The metadata in which we note what an object holds.
pub(super) const DIGEST: &str = "digest";
/// How much is read at once, in bytes.
const CHUNK: usize = 256 << 10;

/// How a bucket is reached.
#[derive(Clone, Copy, Debug)]
pub struct S3Options {
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long nothing may move.
    pub idle_timeout: Duration,
    /// How often what fails is tried again.
    pub patience: Patience,
}

/// Objects in a bucket.
pub struct S3Objects {
    pub(super) url: S3Url,
    /// Where unfinished uploads are noted.
    pub(super) store: Arc<Store>,
    pub(super) options: S3Options,
    keys: Option<Arc<dyn KeysOf>>,
    client: OnceCell<Client>,
    /// Set once the server said that it knows no conditions.
    pub(super) knows_no_conditions: AtomicBool,
}

impl S3Objects {
    /// The objects of `url`'s bucket, with the credentials that the AWS tools
    /// would use. They are looked for when the first request is made.
    #[must_use]
    pub fn new(url: S3Url, store: Arc<Store>, options: S3Options) -> Self {
        let (client, knows_no_conditions) = (OnceCell::new(), AtomicBool::default());
        Self { url, store, options, keys: None, client, knows_no_conditions }
    }

    /// The same, with what is asked for keys that the AWS tools would not find.
    #[must_use]
    pub fn with_keys(self, keys: Arc<dyn KeysOf>) -> Self {
        Self { keys: Some(keys), ..self }
    }

    pub(super) async fn client(&self) -> Result<&Client, Failure> {
        let connect = || s3_client::connect(&self.url, self.options, self.keys.as_ref());
        self.client.get_or_try_init(connect).await
    }

    pub(super) fn key(&self, key: &str) -> String {
        if self.url.prefix.is_empty() {
            key.to_owned()
        } else {
            format!("{}/{key}", self.url.prefix)
        }
    }

    pub(super) fn doing(&self, verb: &str, key: &str) -> String {
        format!("{verb} {}", self.show(key))
    }
}

/// A time as the client tells it.
pub(super) fn timestamp(at: &aws_sdk_s3::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

/// The digest that an SHA-256 checksum is; none for that of parts, which is
/// the hash of hashes.
pub(super) fn digest_of(checksum: Option<&str>) -> Option<Digest> {
    let bytes = BASE64_STANDARD.decode(checksum?).ok().filter(|bytes| bytes.len() == 32)?;
    format!("sha256:{}", hex::encode(bytes)).parse().ok()
}

pub(super) fn checksum_of(digest: &Digest) -> Option<String> {
    let bytes = hex::decode(digest.hex()).ok().filter(|_| digest.algorithm() == "sha256")?;
    Some(BASE64_STANDARD.encode(bytes))
}

#[async_trait]
impl Objects for S3Objects {
    fn show(&self, key: &str) -> String {
        format!("s3://{}/{}", self.url.bucket, self.key(key))
    }

    async fn check(&self) -> Result<(), Failure> {
        s3_check::check(self).await
    }

    async fn abilities(&self, may_write: bool) -> Result<Abilities, Failure> {
        let found = Abilities { catalogue: Can::Yes, referrers: Can::Yes, ..Abilities::default() };
        if may_write { s3_probe::probe(self, found).await } else { Ok(found) }
    }

    async fn info(&self, key: &str) -> Result<Option<Info>, Failure> {
        let head = self.client().await?.head_object().bucket(&self.url.bucket).key(self.key(key));
        match head.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(head) => {
                let noted = head.metadata().and_then(|meta| meta.get(DIGEST)?.parse().ok());
                let size = head.content_length().and_then(|size| u64::try_from(size).ok());
                // An answer without a body may have no length, or be said to
                // have one of 0.
                let Some(size) = size.filter(|size| *size > 0) else {
                    return s3_size::by_get(self, key).await;
                };
                Ok(Some(Info {
                    size,
                    digest: noted.or_else(|| digest_of(head.checksum_sha256())),
                    content_type: head.content_type().map(str::to_owned),
                    modified: head.last_modified().and_then(timestamp),
                }))
            }
            Err(error) if s3_size::knows_no_head(&error) => s3_size::by_get(self, key).await,
            Err(error) => absent(error, self.doing("HEAD", key)),
        }
    }

    async fn turn(&self, _output: &Output) -> Result<Option<Turn>, Failure> {
        Ok(None)
    }

    async fn read(&self, key: &str) -> Result<Option<Read>, Failure> {
        let doing = || self.doing("GET", key);
        let get = self.client().await?.get_object().bucket(&self.url.bucket).key(self.key(key));
        let object = match get.send().await {
            Ok(object) => object,
            Err(error) => return absent(error, doing()),
        };
        let version = s3_write::version(object.e_tag());
        let mut bytes = Vec::new();
        let mut body = object.body.into_async_read().take(WHOLE_LIMIT + 1);
        let read = whole(self.options.idle_timeout, &doing(), body.read_to_end(&mut bytes)).await?;
        read.map_err(|error| {
            Failure::from_error(FailureKind::Network, Side::Sink, &error).context(doing())
        })?;
        if bytes.len() as u64 > WHOLE_LIMIT {
            let what =
                format!("it has more than {WHOLE_LIMIT} bytes, which is too much to be read whole");
            return Err(Failure::new(FailureKind::Protocol, Side::Sink, what).context(doing()));
        }
        Ok(Some(Read { bytes, version }))
    }

    async fn open(&self, key: &str, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        Ok(Arc::new(ObjectContent {
            client: self.client().await?.clone(),
            bucket: self.url.bucket.clone(),
            key: self.key(key),
            doing: self.doing("GET", key),
            size: node.size,
        }))
    }

    async fn put(&self, key: &str, bytes: &[u8], content_type: &str) -> Result<(), Failure> {
        s3_write::put(self, key, Condition::None, bytes, content_type).await
    }

    async fn replace(
        &self,
        key: &str,
        seen: Option<&Version>,
        bytes: &[u8],
        content_type: &str,
    ) -> Result<(), Failure> {
        s3_write::put(self, key, Condition::of(seen), bytes, content_type).await
    }

    async fn remove(&self, key: &str, seen: &Version) -> Result<(), Failure> {
        s3_write::delete(self, key, Condition::of(Some(seen))).await
    }

    async fn put_content(
        &self,
        key: &str,
        node: &Descriptor,
        content: Arc<dyn Content>,
        content_type: &str,
        meter: &Meter,
    ) -> Result<(), Failure> {
        s3_upload::put(self, key, node, content, content_type, meter).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), Failure> {
        Box::pin(s3_copy::copy(self, from, to)).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        s3_write::delete(self, key, Condition::None).await
    }

    async fn walk(&self, prefix: &str) -> Result<Vec<Written>, Failure> {
        let below = self.key(prefix);
        let list = self.client().await?.list_objects_v2().bucket(&self.url.bucket).prefix(&below);
        let mut pages = list.into_paginator().send();
        let mut found = Vec::new();
        let (idle, doing) = (self.options.idle_timeout, self.doing("LIST", prefix));
        let mut before = None;
        while let Some(page) = whole(idle, &doing, pages.next()).await? {
            let page = page.map_err(|error| failure(error, doing.clone()))?;
            refuse_half(&page, &mut before).map_err(|failure| failure.context(&doing))?;
            found.extend(page.contents().iter().filter_map(|object| {
                let name = object.key()?.strip_prefix(&below).filter(|name| !name.is_empty())?;
                let size = object.size().and_then(|size| u64::try_from(size).ok());
                let modified = object.last_modified().and_then(timestamp);
                Some(Written { name: name.to_owned(), size: size.unwrap_or_default(), modified })
            }));
        }
        // While keys change, pages may overlap.
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found.dedup_by(|one, other| one.name == other.name);
        Ok(found)
    }

    async fn list(&self, prefix: &str) -> Result<Listing, Failure> {
        let below = self.key(prefix);
        let mut pages = self
            .client()
            .await?
            .list_objects_v2()
            .bucket(&self.url.bucket)
            .prefix(&below)
            .delimiter("/")
            .into_paginator()
            .send();
        let mut listing = Listing::default();
        let (idle, doing) = (self.options.idle_timeout, self.doing("LIST", prefix));
        let mut before = None;
        while let Some(page) = whole(idle, &doing, pages.next()).await? {
            let page = page.map_err(|error| failure(error, doing.clone()))?;
            refuse_half(&page, &mut before).map_err(|failure| failure.context(&doing))?;
            let keys =
                page.contents().iter().filter_map(|object| object.key()?.strip_prefix(&below));
            listing.keys.extend(keys.filter(|key| !key.is_empty()).map(str::to_owned));
            let folders = page.common_prefixes().iter();
            let folders = folders
                .filter_map(|folder| folder.prefix()?.strip_prefix(&below)?.strip_suffix('/'));
            listing.folders.extend(folders.map(str::to_owned));
        }
        for names in [&mut listing.keys, &mut listing.folders] {
            names.sort();
            names.dedup();
        }
        Ok(listing)
    }
}

/// An object as content.
struct ObjectContent {
    client: Client,
    bucket: String,
    key: String,
    doing: String,
    size: u64,
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

/// Fails where a page says that more follow and not how they are asked for, as
/// of a server that knows lists of version 1 alone, or gives the token of the page
/// `before` again, which leads to no end: half a list is none.
fn refuse_half(page: &ListObjectsV2Output, before: &mut Option<String>) -> Result<(), Failure> {
    if page.is_truncated() != Some(true) {
        return Ok(());
    }
    let token = page.next_continuation_token().unwrap_or_default();
    let why = match before.replace(token.to_owned()) {
        _ if token.is_empty() => "the list is cut off, and does not tell how it goes on",
        Some(before) if before == token => "the list is cut off, and goes on with the same page",
        _ => return Ok(()),
    };
    Err(Failure::new(FailureKind::Protocol, Side::Sink, why)
        .hint("the server has to know ListObjectsV2: list-type=2 and continuation tokens"))
}
