//! What is known of an object where a HEAD does not tell.

use aws_sdk_s3::{config::http::HttpResponse, error::SdkError};

use super::{
    super::ObjectInfo,
    bucket::{DIGEST, S3Objects, digest_of, timestamp},
    error::absent,
};
use crate::model::{Digest, Failure};

/// Whether a server does without HEAD.
pub(super) fn knows_no_head<E>(error: &SdkError<E, HttpResponse>) -> bool {
    error.raw_response().is_some_and(|answer| matches!(answer.status().as_u16(), 405 | 501))
}

/// What is known of an object, by asking for its first byte; none where there
/// is no such object.
pub(super) async fn by_get(objects: &S3Objects, key: &str) -> Result<Option<ObjectInfo>, Failure> {
    let get = objects.client().await?.get_object().bucket(&objects.url.bucket);
    let sent = get.key(objects.key(key)).range("bytes=0-0").send().await;
    let part = match sent {
        Ok(part) => part,
        // There is no first byte in an empty one.
        Err(error) if error.raw_response().is_some_and(|it| it.status().as_u16() == 416) => {
            let digest = Some(Digest::of(b""));
            return Ok(Some(ObjectInfo { size: 0, digest, content_type: None, modified: None }));
        }
        Err(error) => return absent(error, objects.doing("GET", key)),
    };
    let whole = part.content_range().and_then(|range| range.rsplit_once('/'));
    let size = match whole {
        Some((_, whole)) => whole.trim().parse().ok(),
        None => part.content_length().and_then(|bytes| u64::try_from(bytes).ok()),
    };
    let noted = part.metadata().and_then(|meta| meta.get(DIGEST)?.parse().ok());
    Ok(Some(ObjectInfo {
        size: size.unwrap_or_default(),
        digest: noted.or_else(|| digest_of(part.checksum_sha256())),
        content_type: part.content_type().map(str::to_owned),
        modified: part.last_modified().and_then(timestamp),
    }))
}
