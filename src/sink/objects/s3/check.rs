//! Whether a bucket can be reached.

use super::{bucket::S3Objects, error::failure};
use crate::model::{Failure, FailureKind};

/// Asks for the bucket; and where it is refused, for one of its keys: an
/// answer to HEAD has no body, and so no reason.
pub(super) async fn check(objects: &S3Objects) -> Result<(), Failure> {
    let (client, bucket) = (objects.client().await?, &objects.url.bucket);
    let Err(error) = client.head_bucket().bucket(bucket).send().await else { return Ok(()) };
    let was_answered = error.raw_response().is_some();
    let head = failure(error, format!("HEAD s3://{bucket}"));
    if !was_answered {
        return Err(head);
    }
    let list = client.list_objects_v2().bucket(bucket).max_keys(1).send().await;
    // One that answers this can be used, however it takes to HEAD.
    let Err(error) = list else { return Ok(()) };
    let list = failure(error, format!("GET s3://{bucket}"));
    let hint = head.hint.or_else(|| match list.kind {
        FailureKind::NotFound => Some(format!("create the bucket `{bucket}` first").into()),
        FailureKind::Forbidden | FailureKind::Unauthorized => {
            Some("check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the key's permissions".into())
        }
        _ => None,
    });
    let hint = list.hint.clone().or(hint);
    Err(Failure { hint, ..list })
}
