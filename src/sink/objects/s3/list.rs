//! A bucket's lists.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;

use super::{
    super::{Listing, Written},
    bucket::{S3Objects, timestamp},
    error::failure,
};
use crate::{
    model::{Failure, FailureKind, Side},
    net::whole,
};

/// All objects below `prefix`, however deep.
pub(super) async fn walk(bucket: &S3Objects, prefix: &str) -> Result<Vec<Written>, Failure> {
    let below = bucket.key(prefix);
    let list = bucket.client().await?.list_objects_v2().bucket(&bucket.url.bucket).prefix(&below);
    let mut pages = list.into_paginator().send();
    let mut found = Vec::new();
    let (idle, doing) = (bucket.options.idle_timeout, bucket.doing("LIST", prefix));
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

/// What lies directly below `prefix`.
pub(super) async fn list(bucket: &S3Objects, prefix: &str) -> Result<Listing, Failure> {
    let below = bucket.key(prefix);
    let mut pages = bucket
        .client()
        .await?
        .list_objects_v2()
        .bucket(&bucket.url.bucket)
        .prefix(&below)
        .delimiter("/")
        .into_paginator()
        .send();
    let mut listing = Listing::default();
    let (idle, doing) = (bucket.options.idle_timeout, bucket.doing("LIST", prefix));
    let mut before = None;
    while let Some(page) = whole(idle, &doing, pages.next()).await? {
        let page = page.map_err(|error| failure(error, doing.clone()))?;
        refuse_half(&page, &mut before).map_err(|failure| failure.context(&doing))?;
        let keys = page.contents().iter().filter_map(|object| object.key()?.strip_prefix(&below));
        listing.keys.extend(keys.filter(|key| !key.is_empty()).map(str::to_owned));
        let folders = page.common_prefixes().iter();
        let folders =
            folders.filter_map(|folder| folder.prefix()?.strip_prefix(&below)?.strip_suffix('/'));
        listing.folders.extend(folders.map(str::to_owned));
    }
    for names in [&mut listing.keys, &mut listing.folders] {
        names.sort();
        names.dedup();
    }
    Ok(listing)
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
        _ if token.is_empty() => "the list is truncated, without a continuation token",
        Some(before) if before == token => {
            "the list is truncated, and its next page is the same page"
        }
        _ => return Ok(()),
    };
    Err(Failure::new(FailureKind::Protocol, Side::Sink, why)
        .hint("the server must support ListObjectsV2: list-type=2 and continuation tokens"))
}
