//! Objects that are copied within a bucket.
//!
//! A bucket copies at most 5 GiB in one request. What is larger is copied part
//! by part, and where that cannot be done either it goes through this machine.

use std::ops::Range;

use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    types::{CompletedMultipartUpload, CompletedPart},
};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    super::{ObjectInfo, Objects},
    bucket::{DIGEST, S3Objects},
    error::failure,
    upload::{self, PARALLEL, PARTS, ranges},
    write::broke_off,
};
use crate::{
    model::{Descriptor, Digest, Failure, media_type::OCTET_STREAM},
    net::patiently,
    ports::Meter,
};

/// What is never copied in one request, in bytes.
const WHOLE: u64 = 5 << 30;
/// The smallest part but the last, in bytes: one request is to be answered
/// soon.
const PART: u64 = 512 << 20;

/// A copy from one key to another, of what is known of the first.
struct ObjectCopy<'a> {
    objects: &'a S3Objects,
    from: &'a str,
    to: &'a str,
    info: &'a ObjectInfo,
}

/// Copies an object within the bucket. Only an answer that tells what was
/// written is a success: the server may answer 200 long before it is done.
pub(super) async fn copy(objects: &S3Objects, from: &str, to: &str) -> Result<(), Failure> {
    let copy = objects.client().await?.copy_object().bucket(&objects.url.bucket);
    let copied = copy.copy_source(source(objects, from)).key(objects.key(to)).send().await;
    let copied = match copied {
        Ok(copied) => copied,
        Err(error) => {
            let (code, message) = (error.code().map(str::to_owned), error.message());
            let is_told = is_too_large(code.as_deref(), message);
            let failure = failure(error, objects.doing("COPY", to));
            if !is_told && code.as_deref() != Some("InvalidRequest") {
                return Err(failure);
            }
            return match objects.info(from).await? {
                Some(info) if is_told || info.size > WHOLE => {
                    ObjectCopy { objects, from, to, info: &info }.large().await
                }
                _ => Err(failure),
            };
        }
    };
    // The tag of a whole answer ends in the quotation mark that it begins with.
    let tag = copied.copy_object_result().and_then(|result| result.e_tag()).unwrap_or_default();
    if tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"') {
        return Ok(());
    }
    let (from, there) = (objects.info(from).await?, objects.info(to).await?);
    let same = |there: &ObjectInfo| {
        from.as_ref().is_some_and(|of| (of.size, &of.digest) == (there.size, &there.digest))
    };
    let is_there = there.as_ref().is_some_and(same);
    if is_there { Ok(()) } else { Err(broke_off(objects.doing("COPY", to))) }
}

/// Whether a bucket refuses to copy something of that size at once.
fn is_too_large(code: Option<&str>, message: Option<&str>) -> bool {
    let says = |word| message.is_some_and(|message| message.to_lowercase().contains(word));
    match code {
        Some("EntityTooLarge") => true,
        Some("InvalidRequest") => says("larger than") || says("too large"),
        _ => false,
    }
}

impl ObjectCopy<'_> {
    /// Copies in parts, or by reading and writing it where parts cannot be
    /// copied.
    async fn large(&self) -> Result<(), Failure> {
        match self.in_parts().await {
            Err(failure) if !failure.is_transient() => self.through_here().await,
            copied => copied,
        }
    }

    async fn in_parts(&self) -> Result<(), Failure> {
        let Self { objects, to, info, .. } = *self;
        let (client, bucket) = (objects.client().await?, &objects.url.bucket);
        let begin = client.create_multipart_upload().bucket(bucket).key(objects.key(to));
        let begin = begin.set_content_type(info.content_type.clone());
        let noted = info.digest.iter().map(|digest| (DIGEST.to_owned(), digest.to_string()));
        let begin = begin.set_metadata(Some(noted.collect()));
        let upload = begin.send().await.map_err(|error| failure(error, self.doing()))?;
        let id = upload.upload_id().ok_or_else(|| broke_off(self.doing()))?;
        let copied = self.parts(id).await;
        if copied.is_err() {
            // What is not ended costs as much as an object.
            let abort = client.abort_multipart_upload().bucket(bucket).key(objects.key(to));
            if let Err(error) = abort.upload_id(id).send().await {
                tracing::info!("{}", failure(error, self.doing()));
            }
        }
        copied
    }

    async fn parts(&self, id: &str) -> Result<(), Failure> {
        let Self { objects, to, info, .. } = *self;
        let length = info.size.div_ceil(PARTS).max(PART);
        let mut parts: Vec<CompletedPart> = stream::iter(ranges(info.size, length))
            .map(async |(number, range)| {
                let copy = || self.part(id, number, range.clone());
                patiently(objects.options.patience, copy).await
            })
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await?;
        parts.sort_by_key(CompletedPart::part_number);
        let whole = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = objects.client().await?.complete_multipart_upload();
        let complete = complete.bucket(&objects.url.bucket).key(objects.key(to)).upload_id(id);
        let completed = complete.multipart_upload(whole).send().await;
        completed.map_err(|error| failure(error, self.doing()))?;
        let is_it = |there: &ObjectInfo| {
            there.size == info.size && (there.digest.is_none() || there.digest == info.digest)
        };
        let there = objects.info(to).await?;
        if there.as_ref().is_some_and(is_it) { Ok(()) } else { Err(broke_off(self.doing())) }
    }

    async fn part(
        &self,
        id: &str,
        number: i32,
        range: Range<u64>,
    ) -> Result<CompletedPart, Failure> {
        let Self { objects, from, to, .. } = *self;
        let copy = objects.client().await?.upload_part_copy().bucket(&objects.url.bucket);
        let copy = copy.key(objects.key(to)).upload_id(id).part_number(number);
        let copy = copy.copy_source(source(objects, from));
        let copy = copy.copy_source_range(format!("bytes={}-{}", range.start, range.end - 1));
        let copied = copy.send().await.map_err(|error| failure(error, self.doing()))?;
        let tag = copied.copy_part_result().and_then(|part| part.e_tag());
        let tag = tag.ok_or_else(|| broke_off(self.doing()))?;
        Ok(CompletedPart::builder().part_number(number).e_tag(tag).build())
    }

    async fn through_here(&self) -> Result<(), Failure> {
        let Self { objects, from, to, info } = *self;
        let digest = if let Some(digest) = &info.digest {
            digest.clone()
        } else {
            let unknown = Descriptor::new(OCTET_STREAM, Digest::of(b""), info.size);
            objects.digest(from, &unknown).await?
        };
        let node = Descriptor::new(OCTET_STREAM, digest, info.size);
        let content = objects.open(from, &node).await?;
        let content_type = info.content_type.as_deref().unwrap_or(OCTET_STREAM);
        upload::put(objects, to, &node, content, content_type, &Meter::default()).await
    }

    fn doing(&self) -> String {
        self.objects.doing("COPY", self.to)
    }
}

/// The source of a copy as its header wants it.
fn source(objects: &S3Objects, key: &str) -> String {
    let encoded = |part: &str| {
        let part: String = url::form_urlencoded::byte_serialize(part.as_bytes()).collect();
        part.replace('+', "%20")
    };
    let key = objects.key(key);
    let parts: Vec<String> = key.split('/').map(encoded).collect();
    format!("{}/{}", objects.url.bucket, parts.join("/"))
}
