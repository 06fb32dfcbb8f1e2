//! What a bucket can do, found out with an object of our own, which is removed
//! again.

use aws_sdk_s3::primitives::ByteStream;

use super::{super::Objects, bucket::S3Objects, error::failure};
use crate::model::{Abilities, Can, Failure, FailureKind};

/// Where the object lies.
const KEY: &str = ".castoff-probe";
/// The entity tag of nothing that is there.
const OTHER: &str = "\"00000000000000000000000000000000\"";

/// Tries what needs the permission to write.
pub(super) async fn probe(objects: &S3Objects, found: Abilities) -> Result<Abilities, Failure> {
    match objects.put(KEY, b"probe", "text/plain").await {
        Ok(()) => {}
        Err(failure) if failure.is_transient() => return Err(failure),
        Err(_) => return Ok(found),
    }
    let conditional_writes = heeds(objects).await;
    let copied = format!("{KEY}-copied");
    let mounts = known(objects.copy(KEY, &copied).await);
    let deletes = known(objects.delete(&copied).await.and(objects.delete(KEY).await))?;
    Ok(Abilities {
        mounts: mounts?,
        tag_deletes: deletes,
        manifest_deletes: deletes,
        conditional_writes: conditional_writes?,
        resumable_uploads: parts(objects).await?,
        ..found
    })
}

/// Whether an object is not written over that is to be new, and neither one
/// that is to be another: both are tried, since some servers take a condition
/// and do not heed it.
async fn heeds(objects: &S3Objects) -> Result<Can, Failure> {
    let put = || async {
        let put = objects.client().await?.put_object().bucket(&objects.url.bucket);
        Ok::<_, Failure>(put.key(objects.key(KEY)).body(ByteStream::from_static(b"again")))
    };
    let (new, same) = (put().await?.if_none_match("*"), put().await?.if_match(OTHER));
    for put in [new, same] {
        match put.send().await.map_err(|error| failure(error, objects.doing("PUT", KEY))) {
            Err(failure) if failure.kind == FailureKind::Conflict => {}
            Err(failure) if failure.is_transient() => return Err(failure),
            _ => return Ok(Can::No),
        }
    }
    Ok(Can::Yes)
}

/// Whether an upload in parts can be begun.
async fn parts(objects: &S3Objects) -> Result<Can, Failure> {
    let (client, bucket) = (objects.client().await?, &objects.url.bucket);
    let begun = client.create_multipart_upload().bucket(bucket).key(objects.key(KEY)).send().await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(error) => return known(Err(failure(error, objects.doing("POST", KEY)))),
    };
    let abort = client.abort_multipart_upload().bucket(bucket).key(objects.key(KEY));
    let aborted = abort.set_upload_id(begun.upload_id).send().await;
    known(aborted.map(drop).map_err(|error| failure(error, objects.doing("DELETE", KEY))))
}

fn known(tried: Result<(), Failure>) -> Result<Can, Failure> {
    match tried {
        Ok(()) => Ok(Can::Yes),
        Err(failure) if failure.is_transient() => Err(failure),
        Err(failure) if failure.kind == FailureKind::Forbidden => Ok(Can::Unknown),
        Err(_) => Ok(Can::No),
    }
}
