//! Small objects of a bucket, written on condition that no other publisher did.
//!
//! The condition is always sent: a bucket that ignores it does what it would
//! have done without, and one that refuses it is asked again without, and no
//! more.

use std::sync::atomic::Ordering;

use aws_sdk_s3::primitives::ByteStream;

use super::{
    super::Version,
    bucket::{DIGEST, S3Objects, checksum_of},
    error::{absent, failure, is_unknown_to_server},
};
use crate::model::{Digest, Failure, FailureKind, Side};

/// What must be at a key for it to be written.
#[derive(Clone, Copy)]
pub(super) enum Condition<'a> {
    None,
    /// Nothing.
    Absent,
    /// What has this tag.
    Tag(&'a str),
}

impl<'a> Condition<'a> {
    /// That nothing was written since an object was `seen`, or was not there.
    /// Where its bucket told no tag, it may be anything.
    pub(super) fn of(seen: Option<&'a Version>) -> Self {
        match seen {
            None => Self::Absent,
            Some(Version(Some(tag))) => Self::Tag(tag),
            Some(Version(None)) => Self::None,
        }
    }

    fn absent(self) -> Option<String> {
        matches!(self, Self::Absent).then(|| "*".to_owned())
    }

    fn tag(self) -> Option<String> {
        if let Self::Tag(tag) = self { Some(tag.to_owned()) } else { None }
    }

    /// The same for a server that may know no conditions.
    fn at(self, objects: &S3Objects) -> Self {
        if objects.knows_no_conditions.load(Ordering::Relaxed) { Self::None } else { self }
    }

    /// Whether a request that failed is to be sent again without.
    fn is_refused(self, objects: &S3Objects, is_unknown: bool) -> bool {
        let refused = is_unknown && !matches!(self, Self::None);
        if refused {
            objects.knows_no_conditions.store(true, Ordering::Relaxed);
        }
        refused
    }
}

/// Which writing an object is, from its entity tag. A proxy that compresses
/// may have made that a weak one, by which nothing is written.
pub(super) fn version(tag: Option<&str>) -> Version {
    Version(tag.map(|tag| tag.strip_prefix("W/").unwrap_or(tag).to_owned()))
}

/// Writes a small object. Fails as [`FailureKind::Conflict`] where the
/// condition does not hold.
pub(super) async fn put(
    objects: &S3Objects,
    key: &str,
    condition: Condition<'_>,
    bytes: &[u8],
    content_type: &str,
) -> Result<(), Failure> {
    let digest = Digest::of(bytes);
    let mut condition = condition.at(objects);
    loop {
        let put = objects.client().await?.put_object().bucket(&objects.url.bucket);
        let put = put
            .key(objects.key(key))
            .content_type(content_type)
            .set_checksum_sha256(checksum_of(&digest))
            .metadata(DIGEST, digest.as_str())
            .set_if_match(condition.tag())
            .set_if_none_match(condition.absent());
        match put.body(ByteStream::from(bytes.to_vec())).send().await {
            Ok(_) => return Ok(()),
            Err(error) if condition.is_refused(objects, is_unknown_to_server(&error)) => {
                condition = Condition::None;
            }
            Err(error) => return Err(failure(error, objects.doing("PUT", key))),
        }
    }
}

/// Removes an object, which need not be there.
pub(super) async fn delete(
    objects: &S3Objects,
    key: &str,
    condition: Condition<'_>,
) -> Result<(), Failure> {
    let mut condition = condition.at(objects);
    loop {
        let delete = objects.client().await?.delete_object().bucket(&objects.url.bucket);
        let delete = delete.key(objects.key(key)).set_if_match(condition.tag());
        match delete.send().await {
            Ok(_) => return Ok(()),
            Err(error) if condition.is_refused(objects, is_unknown_to_server(&error)) => {
                condition = Condition::None;
            }
            Err(error) => {
                return absent::<(), _>(error, objects.doing("DELETE", key)).map(drop);
            }
        }
    }
}

/// A success with an answer that does not say so to its end.
pub(super) fn broke_off(doing: String) -> Failure {
    let what = "the answer was 200, but does not say what was written";
    Failure::new(FailureKind::Server, Side::Sink, doing).because(what)
}
