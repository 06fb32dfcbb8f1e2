//! Objects of any size: one request, or parts in parallel.
//!
//! The upload of a large object is noted in the store before its first part,
//! so that an attempt that is made again, even by another process, asks the
//! bucket which parts it has and sends the others.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_sdk_s3::{
    primitives::{ByteStream, SdkBody},
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use sync_wrapper::SyncStream;
use tokio_util::io::ReaderStream;

use super::{
    super::Objects,
    bucket::{DIGEST, S3Objects, checksum_of},
    error::failure,
    write::broke_off,
};
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Hasher, Side},
    net::patiently,
    ports::{Content, Meter, each_chunk},
};

/// What is larger than this goes in parts, in bytes.
const WHOLE: u64 = 32 << 20;
/// The smallest part, in bytes.
const PART: u64 = 16 << 20;
/// The most parts that an upload may have.
pub(super) const PARTS: u64 = 10_000;
/// How many parts are under way at once.
pub(super) const PARALLEL: usize = 4;
/// How much is read at once, in bytes.
const CHUNK: usize = 256 << 10;

pub(super) async fn put(
    objects: &S3Objects,
    key: &str,
    node: &Descriptor,
    content: Arc<dyn Content>,
    content_type: &str,
    meter: &Meter,
) -> Result<(), Failure> {
    if node.size > WHOLE {
        return Upload { objects, key, node, content, content_type, meter }.run().await;
    }
    let told = Told::default();
    let put = || put_whole(objects, key, node, &content, content_type, told.of(meter));
    patiently(objects.options.patience, put).await
}

async fn put_whole(
    objects: &S3Objects,
    key: &str,
    node: &Descriptor,
    content: &Arc<dyn Content>,
    content_type: &str,
    meter: Counting,
) -> Result<(), Failure> {
    let put = objects
        .client()
        .await?
        .put_object()
        .bucket(&objects.url.bucket)
        .key(objects.key(key))
        .content_type(content_type)
        .content_length(length(node.size))
        .set_checksum_sha256(checksum_of(&node.digest))
        .metadata(DIGEST, node.digest.as_str())
        .body(body(content, 0..node.size, meter).await?);
    let doing = objects.doing("PUT", key);
    let answer = put.send().await.map_err(|error| failure(error, doing.clone()))?;
    if answer.e_tag().is_some() { Ok(()) } else { look(objects, key, node, doing).await }
}

/// Looks whether an object is there that an answer said to have been written.
/// A server may say so long before it is done, and something between may
/// answer in its place.
async fn look(
    objects: &S3Objects,
    key: &str,
    node: &Descriptor,
    doing: String,
) -> Result<(), Failure> {
    match objects.info(key).await? {
        Some(info) if !info.is_other(node) => Ok(()),
        _ => Err(broke_off(doing)),
    }
}

/// One upload in parts.
struct Upload<'a> {
    objects: &'a S3Objects,
    key: &'a str,
    node: &'a Descriptor,
    content: Arc<dyn Content>,
    content_type: &'a str,
    meter: &'a Meter,
}

impl Upload<'_> {
    async fn run(&self) -> Result<(), Failure> {
        let digests = self.digests().await?;
        let noted = self.session();
        let (id, there) = match self.objects.store.noted(&noted).await? {
            Some(id) => match self.parts(&id).await? {
                Some(there) => (id, there),
                None => (self.begin(&noted).await?, BTreeMap::new()),
            },
            None => (self.begin(&noted).await?, BTreeMap::new()),
        };
        let length = part_length(self.node.size);
        let mut parts: Vec<CompletedPart> =
            stream::iter(ranges(self.node.size, length).zip(digests))
                .map(|((number, range), digest)| self.part(&id, number, range, digest, &there))
                .buffer_unordered(PARALLEL)
                .try_collect()
                .await?;
        parts.sort_by_key(CompletedPart::part_number);
        self.complete(&id, parts).await?;
        self.objects.store.forget_note(&noted).await
    }

    /// The digest of each part, by one reading of the whole, which must be what
    /// was promised: a bucket only hashes the parts.
    async fn digests(&self) -> Result<Vec<Digest>, Failure> {
        let length = part_length(self.node.size);
        let (mut whole, mut part) = (self.node.digest.hasher(), Hasher::default());
        let mut digests = Vec::new();
        each_chunk(&*self.content, 0..self.node.size, |mut chunk| {
            whole.update(chunk);
            while !chunk.is_empty() {
                let room = usize::try_from(length - part.size()).unwrap_or(usize::MAX);
                let (begin, rest) = chunk.split_at(chunk.len().min(room));
                part.update(begin);
                chunk = rest;
                if part.size() == length {
                    digests.push(std::mem::take(&mut part).finish());
                }
            }
            Ok(())
        })
        .await?;
        if part.size() > 0 {
            digests.push(part.finish());
        }
        if whole.finish() == self.node.digest {
            return Ok(digests);
        }
        let what = format!("the content for {} is something else", self.node.digest);
        Err(Failure::new(FailureKind::Integrity, Side::Source, what))
    }

    fn session(&self) -> String {
        let S3Objects { url, .. } = self.objects;
        let endpoint = url.endpoint.as_deref().unwrap_or_default();
        format!("s3 {endpoint} {} {} {}", url.bucket, self.objects.key(self.key), self.node.digest)
    }

    async fn begin(&self, noted: &str) -> Result<String, Failure> {
        let create = self
            .objects
            .client()
            .await?
            .create_multipart_upload()
            .bucket(&self.objects.url.bucket)
            .key(self.objects.key(self.key))
            .content_type(self.content_type)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .metadata(DIGEST, self.node.digest.as_str());
        let created = create.send().await.map_err(|error| failure(error, self.doing("POST")))?;
        let id = created.upload_id().ok_or_else(|| {
            Failure::new(FailureKind::Server, Side::Sink, "the answer has no upload ID")
                .context(self.doing("POST"))
        })?;
        self.objects.store.note(noted, id).await?;
        Ok(id.to_owned())
    }

    /// The parts that an upload has, by number; none where it is gone.
    async fn parts(&self, id: &str) -> Result<Option<BTreeMap<i32, CompletedPart>>, Failure> {
        let mut pages = self
            .objects
            .client()
            .await?
            .list_parts()
            .bucket(&self.objects.url.bucket)
            .key(self.objects.key(self.key))
            .upload_id(id)
            .into_paginator()
            .send();
        let mut there = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = match page.map_err(|error| failure(error, self.doing("LIST PARTS"))) {
                Ok(page) => page,
                Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
                Err(failure) => return Err(failure),
            };
            for part in page.parts() {
                let (Some(number), Some(tag)) = (part.part_number(), part.e_tag()) else {
                    continue;
                };
                let done = CompletedPart::builder().part_number(number).e_tag(tag);
                // Whether a part is what we would send is told by its checksum only.
                if let Some(checksum) = part.checksum_sha256() {
                    there.insert(number, done.checksum_sha256(checksum).build());
                }
            }
        }
        Ok(Some(there))
    }

    async fn part(
        &self,
        id: &str,
        number: i32,
        range: Range<u64>,
        digest: Digest,
        there: &BTreeMap<i32, CompletedPart>,
    ) -> Result<CompletedPart, Failure> {
        let size = range.end - range.start;
        let checksum = checksum_of(&digest);
        if let Some(part) =
            there.get(&number).filter(|part| part.checksum_sha256() == checksum.as_deref())
        {
            self.meter.skip(size);
            return Ok(part.clone());
        }
        let told = Told::default();
        let send =
            || self.send(id, number, range.clone(), checksum.as_deref(), told.of(self.meter));
        patiently(self.objects.options.patience, send).await
    }

    async fn send(
        &self,
        id: &str,
        number: i32,
        range: Range<u64>,
        checksum: Option<&str>,
        meter: Counting,
    ) -> Result<CompletedPart, Failure> {
        let send = self
            .objects
            .client()
            .await?
            .upload_part()
            .bucket(&self.objects.url.bucket)
            .key(self.objects.key(self.key))
            .upload_id(id)
            .part_number(number)
            .content_length(length(range.end - range.start))
            .set_checksum_sha256(checksum.map(str::to_owned))
            .body(body(&self.content, range, meter).await?);
        let answer = send.send().await.map_err(|error| failure(error, self.doing("PUT")))?;
        let tag = answer.e_tag().ok_or_else(|| broke_off(self.doing("PUT")))?;
        let part = CompletedPart::builder().part_number(number).e_tag(tag);
        Ok(part.set_checksum_sha256(checksum.map(str::to_owned)).build())
    }

    async fn complete(&self, id: &str, parts: Vec<CompletedPart>) -> Result<(), Failure> {
        let whole = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self
            .objects
            .client()
            .await?
            .complete_multipart_upload()
            .bucket(&self.objects.url.bucket)
            .key(self.objects.key(self.key))
            .upload_id(id)
            .multipart_upload(whole);
        complete.send().await.map_err(|error| failure(error, self.doing("POST")))?;
        look(self.objects, self.key, self.node, self.doing("POST")).await
    }

    fn doing(&self, verb: &str) -> String {
        self.objects.doing(verb, self.key)
    }
}

/// The length of each part of an object but the last, in bytes.
fn part_length(size: u64) -> u64 {
    size.div_ceil(PARTS).max(PART)
}

/// The parts of an object, of the length `part`, numbered from 1.
pub(super) fn ranges(size: u64, part: u64) -> impl Iterator<Item = (i32, Range<u64>)> {
    (1..).zip((0..size.div_ceil(part)).map(move |place| place * part..size.min((place + 1) * part)))
}

fn length(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// How much of a body was told of, however often it was sent.
#[derive(Default)]
struct Told(Arc<AtomicU64>);

/// Counts the bytes of a body that is sent once more.
struct Counting {
    at: u64,
    told: Arc<AtomicU64>,
    meter: Meter,
}

impl Told {
    fn of(&self, meter: &Meter) -> Counting {
        Counting { at: 0, told: Arc::clone(&self.0), meter: meter.clone() }
    }
}

impl Counting {
    fn advance(&mut self, bytes: u64) {
        self.at += bytes;
        let told = self.told.fetch_max(self.at, Ordering::Relaxed);
        self.meter.advance(self.at.saturating_sub(told));
    }
}

/// Content as the body of a request. It cannot be sent twice: an attempt that
/// fails is made again from its start.
async fn body(
    content: &Arc<dyn Content>,
    range: Range<u64>,
    mut meter: Counting,
) -> Result<ByteStream, Failure> {
    let reader = content.read(range).await?;
    let frames = ReaderStream::with_capacity(reader, CHUNK).map_ok(move |bytes| {
        meter.advance(bytes.len() as u64);
        Frame::data(bytes)
    });
    let body = StreamBody::new(SyncStream::new(frames));
    Ok(ByteStream::new(SdkBody::from_body_1_x(body)))
}
