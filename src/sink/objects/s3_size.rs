//! How long an object is, where a HEAD does not tell.

use aws_sdk_s3::{config::http::HttpResponse, error::SdkError};

use super::{S3Objects, s3::absent, s3_error::failure};
use crate::model::Failure;

/// Whether a server does without HEAD.
pub(super) fn knows_no_head<E>(error: &SdkError<E, HttpResponse>) -> bool {
    error.raw_response().is_some_and(|answer| matches!(answer.status().as_u16(), 405 | 501))
}

/// The object's length in bytes, by asking for its first byte: none where
/// there is no such object.
pub(super) async fn by_get(objects: &S3Objects, key: &str) -> Result<Option<u64>, Failure> {
    let get = objects.client().await.get_object().bucket(&objects.url.bucket);
    let length = |bytes: Option<i64>| bytes.and_then(|bytes| u64::try_from(bytes).ok());
    match get.key(objects.key(key)).range("bytes=0-0").send().await {
        Ok(part) => {
            let whole = part.content_range().and_then(|range| range.rsplit_once('/'));
            let size = match whole {
                Some((_, whole)) => whole.trim().parse().ok(),
                None => length(part.content_length()),
            };
            Ok(Some(size.unwrap_or_default()))
        }
        // There is no first byte in an empty one.
        Err(error) if error.raw_response().is_some_and(|it| it.status().as_u16() == 416) => {
            Ok(Some(0))
        }
        Err(error) => absent(failure(error, objects.doing("GET", key))),
    }
}
